"""What must hold for all letters of a run together; looked at when everything else is done."""

from __future__ import annotations

from eprom_verify.checks.case import EPROM, SYSTEM
from eprom_verify.checks.letter_case import CALLBACK, IN, LETTER, LETTER_STATUS, LetterLedger
from eprom_verify.checks.mistaken import none_mistaken
from eprom_verify.checks.whole_run import all_answered, judge
from eprom_verify.checks.words import as_json
from eprom_verify.contract import Finding
from eprom_verify.errors import ContractBroken, ForAPerson, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.rig import HARNESS, Rig


def follow_contract(rig: Rig, ledger: LetterLedger, messages: str) -> None:
    """Every message of a kind follows the contract.

    `messages` is "brev", "svar på brev", "statuser" or "svar på statuser". The harness's own letters are not judged,
    nor statuses that were asked for in another edition.
    """
    letters, statuses = _seen(rig, LETTER), _seen(rig, LETTER_STATUS)
    own = [each for each in letters if each.sender != HARNESS]
    ordinary = [each for each in statuses if each.message_id not in ledger.other_edition]
    judged, party = {
        "brev": (_requests(own), SYSTEM),
        "svar på brev": (_responses(letters), EPROM),
        "statuser": (_requests(ordinary), EPROM),
        "svar på statuser": (_responses(statuses), SYSTEM),
    }[messages]
    judge(judged, party)
    if messages == "svar på statuser":
        all_answered(rig, LETTER_STATUS)


def letters_say_what_was_asked(rig: Rig, ledger: LetterLedger) -> None:
    """Every letter is to whom it was asked for, has the sender and the message that were, and is not in test mode."""
    if not ledger.asked or not rig.seen(LETTER):
        raise Unverified("Bestillersystemet er ikke bedt om å sende noe brev, eller har ikke gjort det.")
    none_mistaken(rig, IN, LETTER)
    if ledger.differences:
        exchange, name, wanted, seen = ledger.differences[0]
        raise ContractBroken(
            SYSTEM,
            f"{name} er {as_json(wanted)}, som bestillersystemet ble bedt om",
            f"{as_json(seen)} – {len(ledger.differences)} slike avvik i kjøringen",
            where=f"/{name}",
            source=IN,
            exchanges=(exchange.id,),
        )


def statuses_belong_to_letters(rig: Rig) -> None:
    """Every status is about a letter that was sent in this run."""
    statuses = _statuses(rig)
    sent = {each.message_id for each in _seen(rig, LETTER)} - {ZERO_GUID}
    strange = [each for each in statuses if each.message_id not in sent]
    if strange and rig.may_have_made_more(LETTER):
        raise Unverified("Et brev fikk ikke noe svar, og en status kan gjelde det.")
    if strange and rig.simulator is None:
        raise ForAPerson(
            f"{len(strange)} statuser gjelder brev som kjøringen ikke har sendt, den første {strange[0].message_id}. "
            "De kan gjelde en annen kjøring: se etter hvem som har sendt dem."
        )
    if strange:
        seen = f"{len(strange)} statuser for ukjente brev, den første for {strange[0].message_id}"
        raise _broken("alle statuser gjelder et brev i kjøringen", seen, strange)


def no_status_twice(rig: Rig, ledger: LetterLedger) -> None:
    """ePROM sent no status again that had been accepted."""
    accepted: set[tuple[object, ...]] = set()
    again = []
    all_answered(rig, LETTER_STATUS)
    for each in _statuses(rig):
        key = (each.message_id, str(each.request.member("sentStatus")).casefold())
        if key in accepted and each.message_id not in ledger.repeated:
            again.append(each)
        if each.status == 200 and each.response is not None and each.response.member("success") is True:
            accepted.add(key)
    if again:
        raise _broken("en godtatt status blir ikke sendt på nytt", f"{len(again)} statuser kom igjen", again)


def _statuses(rig: Rig) -> list[Exchange]:
    """The statuses of the run; silence proves nothing.

    Raises:
        Unverified: there was none.
    """
    found = _seen(rig, LETTER_STATUS)
    if not found:
        raise Unverified("Kjøringen har ingen status for et brev, så den viser ingenting.")
    return found


def _requests(exchanges: list[Exchange]) -> list[tuple[Exchange, tuple[Finding, ...]]]:
    return [(each, each.request.findings) for each in exchanges]


def _responses(exchanges: list[Exchange]) -> list[tuple[Exchange, tuple[Finding, ...]]]:
    return [(each, each.response.findings) for each in exchanges if each.response is not None]


def _seen(rig: Rig, operation: str) -> list[Exchange]:
    return rig.seen(operation)


def _broken(expected: str, received: str, exchanges: list[Exchange]) -> ContractBroken:
    ids = tuple(each.id for each in exchanges[:5])
    return ContractBroken(EPROM, expected, received, source=CALLBACK, exchanges=ids)
