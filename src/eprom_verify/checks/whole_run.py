"""What must hold for all messages of a run together; looked at when everything else is done."""

from __future__ import annotations

from collections import Counter

from eprom_verify.checks.blame import caller_at_fault
from eprom_verify.checks.case import EPROM, ORDERING, RETURN, STATUS, SYSTEM
from eprom_verify.checks.failing import meant_to_fail
from eprom_verify.checks.receiving import UnusualLedger
from eprom_verify.checks.statuses import order_channel
from eprom_verify.checks.strays import none_unaccounted_for
from eprom_verify.checks.words import as_json, beginning
from eprom_verify.contract import Finding, Party
from eprom_verify.contract import operation as operation_named
from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.rig import HARNESS, Rig

SOURCE = "IntegrasjonVerifikasjon, 1) Bestilling av skjema"
_LISTED = 5
_ANSWER_CHARS = 200


def no_errors(rig: Rig) -> None:
    """No order of the bestillersystem and no status ended in an error, but for those that a scenario provoked.

    Letters and privacy settings are not part of what the source speaks of: a status or message of theirs that is not
    accepted is for the requirements of their own chapters.
    """
    known = {each.order_id for each in _seen(rig, ORDERING)} | rig.ledger.unordered
    accepted = {_told(each): each.request.seq for each in _seen(rig, ORDERING, STATUS, RETURN) if _accepted(each)}
    for each in _seen(rig, ORDERING, STATUS, RETURN):
        refusable = each.operation != ORDERING and each.order_id in rig.ledgers.of(UnusualLedger).refusable
        # A status of an order that nobody made may be refused, with another key at least; S-06 tells that it came.
        refusable |= each.operation == STATUS and each.key_matches is False and each.order_id not in known
        # The bestillersystem may send one again by itself, and be answered after the scenario has looked.
        refusable |= each.operation == ORDERING and meant_to_fail(rig, each)
        if each.id in rig.ledger.provoked or each.sender == HARNESS or refusable:
            continue
        if each.operation == ORDERING and (each.failure or not each.done):
            raise HarnessProblem(f"En bestilling nådde ikke fram, eller ble ikke besvart: {each.failure or 'ennå'}")
        # What the network lost, and was delivered again and accepted.
        if (each.failure or not each.done) and accepted.get(_told(each), 0) > each.request.seq:
            continue
        ended = each.failure or (None if each.status == 200 else f"status {each.status}")
        if not each.done:
            ended = f"ikke besvart etter {rig.order_s:g} s"
        if ended is None and each.operation != ORDERING and not _accepted(each):
            ended = "meldingen ble ikke godtatt med success"
        if ended and each.response is not None:
            ended += f": {beginning(each.response.text, _ANSWER_CHARS) or 'svaret er tomt'}"
        if ended:
            raise _broken(
                _blamed(each),
                "alle bestillinger blir tatt imot, og alle statuser blir besvart med success",
                f"{each.method} {each.url}: {ended}",
                [each],
            )
    _something_to_see(rig)


def no_order_twice(rig: Rig) -> None:
    """The bestillersystem sent no more orders for a person than it was asked to place."""
    _something_to_see(rig)
    # An order for the wrong patient is one too few, not one too many: it is no duplicate.
    mistaken = {order.id for order, name, _, _ in rig.ledger.differences if name == "nationalId"}
    orders = [each for each in _seen(rig, ORDERING) if each.sender == SYSTEM and each.id not in mistaken]
    sent = Counter(str(each.request.member("nationalId")) for each in orders)
    too_many = {person: count for person, count in sent.items() if count > rig.ledger.asked[person]}
    if too_many:
        orders = [each for each in orders if str(each.request.member("nationalId")) in too_many]
        extra = sum(count - rig.ledger.asked[person] for person, count in too_many.items())
        raise _broken(SYSTEM, "hver bestilling blir sendt én gang", f"{extra} bestillinger for mye", orders)


def no_status_twice(rig: Rig) -> None:
    """ePROM sent no status again that had been accepted; redelivery of what was not accepted is as documented."""
    _something_to_see(rig)
    all_answered(rig, STATUS, RETURN)
    accepted: set[tuple[object, ...]] = set()
    again = []
    for each in _seen(rig, STATUS, RETURN):
        key = (each.order_id, str(each.request.member("formOrderStatus")).casefold())
        if key in accepted and each.order_id not in rig.ledger.repeated:
            again.append(each)
        if _accepted(each) and each.id not in rig.unsure:
            accepted.add(key)
    if again:
        raise _broken(EPROM, "en godtatt status blir ikke sendt på nytt", f"{len(again)} statuser kom igjen", again)


def requests_follow_contract(rig: Rig, operation: str) -> None:
    """Every request of an operation follows the contract; the harness's own calls are not judged."""
    seen = [each for each in _seen(rig, operation) if each.sender != HARNESS]
    judged = [each for each in seen if _caller(operation) == SYSTEM or each.order_id not in rig.ledger.other_edition]
    judge([(each, each.request.findings) for each in judged], _caller(operation))


def responses_follow_contract(rig: Rig, *operations: str) -> None:
    """Every response of operations that the same end answers follows the contract."""
    told = rig.ledger.told_to_answer
    seen = [each for each in _seen(rig, *operations) if each.id not in told]
    judged = [(each, each.response.findings) for each in seen if each.response is not None]
    judge(judged, EPROM if _caller(operations[0]) == SYSTEM else SYSTEM)
    all_answered(rig, *operations)


def statuses_belong_to_orders(rig: Rig) -> None:
    """Every status is about an order that was made in this run, or that a patient made, as it says itself.

    Raises:
        ForAPerson: some are of orders that others may have made, in an environment that they may use too.
    """
    _something_to_see(rig)
    made = {each.order_id for each in _seen(rig, ORDERING) if _made(each)}
    known = made | rig.ledger.unordered
    strange = [
        each for each in _seen(rig, STATUS, RETURN) if each.order_id not in known and not _begun_by_patient(each)
    ]
    if (strange or rig.strays(STATUS, RETURN)) and rig.may_have_made_more(ORDERING):
        raise Unverified("En bestilling fikk ikke noe svar, og en status kan gjelde den.")
    if strange:
        seen = f"{len(strange)} statuser for ukjente bestillinger, den første for {strange[0].order_id}"
        raise _broken(EPROM, "alle statuser gjelder en bestilling i kjøringen", seen, strange)
    none_unaccounted_for(rig, "bestillinger", STATUS, RETURN)


def judge(judged: list[tuple[Exchange, tuple[Finding, ...]]], party: str) -> None:
    """The messages of an end have no violation among their findings."""
    if not judged:
        raise Unverified("Kjøringen har ingen slike meldinger å se på.")
    broken = [(each, finding) for each, found in judged for finding in found if finding.is_violation]
    if not broken:
        return
    kinds = Counter((finding.rule, finding.pointer) for _, finding in broken)
    first = broken[0][1]
    more = f" (og {len(kinds) - 1} andre slags avvik)" if len(kinds) > 1 else ""
    count = kinds[first.rule, first.pointer]
    raise ContractBroken(
        party,
        first.expected,
        f"{first.received} – i {count} av {len(judged)} meldinger{more}",
        where=first.pointer,
        source=first.source,
        hint=first.message,
        exchanges=tuple(each.id for each, _ in broken[:_LISTED]),
    )


def orders_say_what_was_asked(rig: Rig) -> None:
    """Every order says what the bestillersystem was asked to order."""
    if not rig.ledger.asked:
        raise Unverified("Bestillersystemet er ikke bedt om å bestille noe.")
    if not any(each.sender != HARNESS for each in _seen(rig, ORDERING)):
        raise Unverified("Bestillersystemet har ikke bestilt noe.")
    if rig.ledger.differences:
        exchange, name, wanted, seen = rig.ledger.differences[0]
        count = len(rig.ledger.differences)
        mask = rig.journal.mask.text
        raise ContractBroken(
            SYSTEM,
            f"{name} er {mask(as_json(wanted))}, som bestillersystemet ble bedt om",
            f"{mask(as_json(seen))} – {count} slike avvik i kjøringen",
            where=f"/{name}",
            source="BestillingAvSkjemaV2, Parametere - Inn",
            hint="Bestillersystemet bestiller for feil pasient." if name == "nationalId" else "",
            exchanges=(exchange.id,),
        )


def one_outcome_each(rig: Rig) -> None:
    """No order is reported both as ordered and as failed, nor on two channels."""
    _something_to_see(rig)
    outcomes: dict[str | None, dict[tuple[str, str], Exchange]] = {}
    for each in _seen(rig, STATUS):
        status = str(each.request.member("formOrderStatus")).casefold()
        if status in ("ordered", "error"):
            key = (status, str(each.request.member("notificationChannel")).casefold())
            outcomes.setdefault(each.order_id, {})[key] = each
    torn = [each for each in outcomes.values() if len(each) > 1]
    if torn:
        seen = ", så ".join(f"{status} på kanal {channel}" for status, channel in torn[0])
        raise _broken(EPROM, "hver bestilling får ett utfall, på én kanal", seen, list(torn[0].values()))


def no_distribution_stays_silent(rig: Rig) -> None:
    """No status of an order with NoDistribution names a channel or an error, however late it comes."""
    silent = {
        each.order_id
        for each in _seen(rig, ORDERING)
        if _made(each) and str(each.request.member("distributionRule")) in ("NoDistribution", "2")
    }
    if not silent:
        raise Unverified("Kjøringen har ingen bestilling med NoDistribution.")
    for each in _seen(rig, STATUS):
        told = order_channel(each) if each.order_id in silent else NotificationChannel.NoChannel
        if told is not NotificationChannel.NoChannel:
            raise _broken(EPROM, "ingen blir varslet med NoDistribution", f"varslet på {told.wire_name}", [each])


def _begun_by_patient(exchange: Exchange) -> bool:
    """Whether a return says that nobody but the patient ordered the form. Source: PasientinitiertBestillingAvSkjema."""
    return exchange.operation == RETURN and exchange.request.member("isPatientInitiated") is True


def _told(exchange: Exchange) -> tuple[str, str | None, str]:
    """What a message tells, and of which order: the same when it is delivered again."""
    return exchange.operation, exchange.order_id, str(exchange.request.member("formOrderStatus"))


def _something_to_see(rig: Rig) -> None:
    """Silence proves nothing: an order of the bestillersystem was made, and a status came for it.

    Raises:
        Unverified: there was none.
    """
    made = any(each.sender != HARNESS and _made(each) for each in _seen(rig, ORDERING))
    if not made or not _seen(rig, STATUS):
        raise Unverified("Kjøringen har ingen bestilling fra bestillersystemet med status, så den viser ingenting.")


def all_answered(rig: Rig, *operations: str) -> None:
    """No message still waits for its answer; one that does has been waited for as long as is waited.

    Raises:
        Unverified: some do, and what they will be answered cannot be judged.
    """
    waiting = [each for each in rig.journal.unanswered if each.operation in operations]
    if waiting:
        raise Unverified(f"{len(waiting)} meldinger er ennå ikke besvart, så svarene på dem kan ikke sees.")


def _caller(letter: str) -> str:
    return EPROM if operation_named(letter).caller is Party.EPROM else SYSTEM


def _blamed(exchange: Exchange) -> str:
    """Who is at fault when an exchange ends badly: the one who called wrongly, else the one who answered."""
    caller, answerer = (SYSTEM, EPROM) if exchange.operation == ORDERING else (EPROM, SYSTEM)
    return caller if caller_at_fault(exchange) else answerer


def _seen(rig: Rig, *operations: str) -> list[Exchange]:
    """The exchanges of these operations, also those that nobody has answered."""
    return rig.seen(*operations)


def _made(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.order_id not in (None, ZERO_GUID)


def _accepted(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.response is not None and exchange.response.member("success") is True


def _broken(party: str, expected: str, received: str, exchanges: list[Exchange]) -> ContractBroken:
    ids = tuple(each.id for each in exchanges[:_LISTED])
    return ContractBroken(party, expected, received, source=SOURCE, exchanges=ids)
