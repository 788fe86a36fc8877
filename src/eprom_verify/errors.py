"""The families of what can go wrong: theirs (the contract was broken), ours, and the network's; see `network`."""

from __future__ import annotations

from dataclasses import dataclass


class EpromVerifyError(Exception):
    """Base of every exception that this package raises on purpose."""


RULE_NOT_USED = "Integrasjonen bruker ikke regelen"
ONLY_SIMULATED = "Kan bare prøves mot simulatoren."
TO_BE_ANSWERED = "Mot et testmiljø må en tester svare som pasienten på"
THEN_TAKE_UP = ". Ta så opp igjen kjøringen."
"""How the reason begins of a scenario that needs a distribution rule which the integration does not order with."""


@dataclass(eq=False)
class UsageProblem(EpromVerifyError):
    """Wrong usage or configuration: the command stops with exit code 2 and this message.

    `problem` says what is wrong, `remedy` what to do, both in Norwegian and without secrets.
    """

    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        # A problem of several lines is a list, and the remedy is for all of it.
        between = "\n" if "\n" in self.problem else " "
        return f"{self.problem}{between}{self.remedy}".strip()


class UnsafeTarget(UsageProblem):
    """The address is ePROM's production environment, or cannot be told from it."""


class UnsafeNationalId(UsageProblem):
    """A national id that is neither synthetic nor allow-listed was about to leave the harness.

    The message never holds the number itself.
    """


@dataclass(eq=False)
class ContractBroken(EpromVerifyError, AssertionError):
    """Theirs: an end of the integration did not do what the documentation says.

    `party` is the end that broke it, "eprom" or "bestillersystem". Texts are Norwegian, for the tester. `where` is a
    step, a JSON pointer or a masked URL; `source` a page and its section, and `source_url` the page's address, filled
    in where the failure is judged; `exchanges` the ids of the exchanges that show it. An AssertionError too, so that
    tools which tell failures from errors by it (Allure) see a failure.
    """

    party: str
    expected: str
    received: str
    where: str = ""
    source: str = ""
    hint: str = ""
    exchanges: tuple[str, ...] = ()
    source_url: str = ""

    def __str__(self) -> str:
        lines = [f"Forventet: {self.expected}", f"Fikk: {self.received}"]
        if self.where:
            lines.append(f"Hvor: {self.where}")
        if self.source:
            lines.append(f"Kilde: {self.source}" + (f" ({self.source_url})" if self.source_url else ""))
        if self.hint:
            lines.append(f"Prøv: {self.hint}")
        return "\n".join(lines)


class HarnessProblem(EpromVerifyError):
    """Ours or the network's: never counted against the integration."""


class NetworkProblem(HarnessProblem):
    """The network's, or of what stands between here and ePROM; the text says what, and what to do."""


class Undecided(EpromVerifyError):
    """Base of the reasons why a scenario says neither yes nor no; the text is the reason, in Norwegian."""


class Unverified(Undecided):
    """A precondition was missing: no persona configured, nobody attended."""


class ForAPerson(Unverified):
    """No machine can do or see this here, so a person must."""


class NotTold(ForAPerson):
    """The bestillersystem cannot be asked what it has registered, so a person must look."""


class Waiting(Undecided):
    """A callback is still due, and its deadline has not passed."""


class NotApplicable(Undecided):
    """The integration does not use this, or this rig cannot show it."""
