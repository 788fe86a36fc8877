"""What must hold for all messages about privacy settings in a run; looked at when everything else is done."""

from __future__ import annotations

from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import EPROM, SYSTEM
from eprom_verify.checks.privacy import source_of
from eprom_verify.checks.privacy_case import CHANGE, LIST, READ, TOLD
from eprom_verify.checks.whole_run import judge
from eprom_verify.errors import Unverified
from eprom_verify.exchange import Exchange
from eprom_verify.rig import HARNESS, Rig

CALLS = (READ, CHANGE, LIST)


def calls_follow_contract(rig: Rig) -> None:
    """Every call of the bestillersystem follows the contract; the harness's own are not judged."""
    judge([(each, each.request.findings) for each in _seen(rig, *CALLS) if each.sender != HARNESS], SYSTEM)


def answers_follow_contract(rig: Rig) -> None:
    """Every answer of ePROM follows the contract, also those that the harness itself asked for."""
    judge([(each, each.response.findings) for each in _seen(rig, *CALLS) if each.response is not None], EPROM)


def messages_follow_contract(rig: Rig) -> None:
    """Every message about a change follows the contract."""
    judge([(each, each.request.findings) for each in _seen(rig, TOLD)], EPROM)


def message_answers_follow_contract(rig: Rig) -> None:
    """Every answer of the bestillersystem to such a message follows the contract."""
    judge([(each, each.response.findings) for each in _seen(rig, TOLD) if each.response is not None], SYSTEM)


def no_message_twice(rig: Rig) -> None:
    """ePROM sent no message again that had been accepted, but for what a scenario told the simulator to repeat.

    A message has no number and no time: what tells that it is the same again is that nothing else was said of the
    citizen's setting in between.

    Raises:
        Unverified: there was no message.
    """
    seen = [each for each in _seen(rig, TOLD) if each.done]
    if not seen:
        raise Unverified("Kjøringen har ingen meldinger om endringer å se på.")
    newest: dict[tuple[str, str], str] = {}
    for each in seen:
        pvk_id = str(each.request.member("id")).casefold()
        whose = (str(each.request.member("nationalId")), pvk_id)
        status = str(each.request.member("status"))
        if newest.get(whose) == status and pvk_id not in rig.ledger.repeated:
            expected = "en godtatt melding om en endring blir ikke sendt på nytt"
            raise broken(expected, f"{status} kom igjen", each, source=source_of(TOLD), party=EPROM)
        if each.status == 200 and each.response is not None and each.response.member("success") is True:
            newest[whose] = status


def _seen(rig: Rig, *operations: str) -> list[Exchange]:
    return rig.seen(*operations)
