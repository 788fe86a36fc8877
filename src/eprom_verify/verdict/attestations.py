"""What a tester has seen and answers for, where no machine can see: the attended points of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from eprom_verify.verdict.outcomes import Outcome

_NORWAY = ZoneInfo("Europe/Oslo")


class Answer(StrEnum):
    """What a tester says of a requirement."""

    APPROVED = "godkjent"
    REJECTED = "ikke_godkjent"
    NOT_APPLICABLE = "ikke_aktuelt"

    @property
    def norwegian(self) -> str:
        """The answer in everything that testers read."""
        return _ANSWERS[self]


_ANSWERS = {
    Answer.APPROVED: "Godkjent",
    Answer.REJECTED: "Ikke godkjent",
    Answer.NOT_APPLICABLE: "Ikke aktuelt",
}


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that shows what the tester saw; `name` is that of the file as it is kept, below `vedlegg`.

    `size` is in bytes and `sha256` in hexadecimal, both of the file as it is kept.
    """

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """One answer: `at` is when it was given, with a time zone; `words` what the tester saw."""

    requirement: str
    answer: Answer
    words: str
    tester: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


def counted(
    given: Attestation, outcome: Outcome, reason: str, *, attestable: bool, may_be_absent: bool
) -> tuple[Outcome, str]:
    """What a requirement and its reason come to when a tester's answer is counted.

    A no always counts. A yes counts only where the question was the tester's to decide, and that it does not apply only
    where it `may_be_absent`: what the machine would else have judged is there or not by the profile alone.
    """
    when = given.at.astimezone(_NORWAY).strftime("%d.%m.%Y kl. %H.%M")
    words = f"{given.answer.norwegian}, sier {given.tester} ({when}): {given.words}"
    if given.answer is Answer.REJECTED and outcome is not Outcome.NOT_APPLICABLE:
        return Outcome.FAILED, words
    if not attestable or (given.answer is Answer.NOT_APPLICABLE and not may_be_absent):
        return outcome, reason
    return (Outcome.ATTESTED if given.answer is Answer.APPROVED else Outcome.NOT_APPLICABLE), words
