"""What must hold of an order on behalf of somebody: who is named, who gets the form, and whose the answer is.

Source of every check here: BestillingAvSkjemaV2 and PaVegneAvFlyt; each failure names the page.
"""

from __future__ import annotations

from eprom_verify.checks import returning
from eprom_verify.checks.answering import of_each_answer
from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import ORDERING, SYSTEM, Case
from eprom_verify.checks.initiated import not_marked
from eprom_verify.checks.ordering import IN, OUT
from eprom_verify.checks.patience import patient
from eprom_verify.checks.statuses import key_is_right, order_channel
from eprom_verify.checks.words import as_json
from eprom_verify.contract.enumerations import FormOrderStatus, NotificationChannel
from eprom_verify.errors import ContractBroken, HarnessProblem, NotApplicable, Unverified
from eprom_verify.rig import HARNESS

FLOW = 'PaVegneAvFlyt, Flyt og sikkerhet ved bruk av "på vegne av"'
SPECIAL = "IntegrasjonVerifikasjon, Spesialtilfeller"
MEMBER = "onBehalfOfNationalId"


def only_in(case: Case, edition: str) -> None:
    """The scenario is about one edition of the contract.

    Raises:
        NotApplicable: the run is in the other.
    """
    if case.rig.config.edition != edition:
        raise NotApplicable(f"Gjelder utgave {edition} av kontrakten.")


def order(case: Case, represented: str, rule: str) -> None:
    """Let the bestillersystem order a form for the patient, on behalf of this persona."""
    case.place(rule, on_behalf_of_national_id=case.rig.national_id(represented))


def sent_rightly(case: Case) -> None:
    """The order goes to the receiver, and names the represented person."""
    _names(case, "nationalId", case.national_id, "den som skal motta skjemaet")
    _names(case, MEMBER, _represented(case), "den som skjemaet gjelder")


def not_on_behalf(case: Case) -> None:
    """An order to the patient in person names nobody else."""
    seen = case.made.request.member(MEMBER)
    if seen not in (None, ""):
        expected = f"{MEMBER} er uten verdi, for pasienten mottar skjemaet selv"
        raise broken(expected, as_json(seen), case.made, where=f"/{MEMBER}", source=IN, party=SYSTEM)


def echoed(case: Case) -> None:
    """The answer repeats whom the form is about."""
    sent_rightly(case)
    assert case.order_id
    seen = case.made.response.member(MEMBER) if case.made.response else None
    if seen != _represented(case):
        raise broken(f"svaret gjentar {MEMBER}", as_json(seen), case.made, where=f"/{MEMBER}", source=OUT)


def no_copy(case: Case, persona: str) -> None:
    """Whoever filled in the form for somebody else got no copy of it.

    Raises:
        HarnessProblem: nobody answered the form, so that it proves nothing.
    """
    answered = case.simulator.orders[case.order_id]
    if answered.status is not FormOrderStatus.Completed:
        raise HarnessProblem("Skjemaet er ikke besvart, så det viser ikke noe at det ikke er kopiert.")
    copies = [each for each in answered.copies if each.national_id == case.rig.national_id(persona)]
    if copies:
        seen = ", ".join(each.channel.wire_name for each in copies)
        raise broken("den som fyller ut for andre, får ingen kopi", f"kopi på {seen}", case.made, source=SPECIAL)


def filled_out_by(case: Case, persona: str, kind: str) -> None:
    """The return tells who filled in the form on Helsenorge, and in what role.

    Raises:
        Unverified: the form did not go there, and then it is not to be told.
    """
    if order_channel(case.status()) is not NotificationChannel.Helsenorge:
        raise Unverified("Skjemaet ble ikke sendt på Helsenorge, og da forteller ikke svaret hvem som fylte ut.")
    found = returning.returned(case, "Completed")
    told = found.request.member("filledOutBy")
    seen = (told.get("filledOutByActNationalId"), told.get("filledOutByActType")) if isinstance(told, dict) else None
    if seen != (case.rig.national_id(persona), kind):
        expected = f"fylt ut av «{persona}» ({case.rig.national_id(persona)}) som {kind}"
        raise broken(expected, as_json(told), found, where="/filledOutBy", source=returning.PAGE)


@of_each_answer
@patient
def registered_on(case: Case, persona: str) -> None:
    """The bestillersystem has registered the form on the person whom it is about, whoever received or answered it.

    Raises:
        Unverified: the order was sent more than once, so that the form may be another than the one that is looked at.
    """
    found, national_id = returning.returned(case, "Completed"), case.rig.national_id(persona)
    key_is_right(found)
    not_marked(case)
    sent = sum(each.operation == ORDERING for each in case.evidence(case.since))
    if sent > 1 and not case.answered:
        raise Unverified("Bestillingen ble sendt flere ganger, så det er ikke sikkert hvilken som er registrert.")
    seen = case.rig.driver.patient_of(case.order_id)
    if seen != national_id:
        expected = f"skjemaet er registrert på den det gjelder ({national_id})"
        received = f"det er registrert på {seen}" if seen else "det er ikke registrert på noen"
        raise broken(expected, received, found, source=IN, party=SYSTEM)


def answered_at_all(case: Case) -> None:
    """ePROM made the order, or said that it did not: anything but an error of its own."""
    case.reached()
    if case.made.status is None or case.made.status >= 500:
        raise broken("ePROM svarer på bestillingen (200 eller 4xx)", case.answer_text, case.made, source=IN)


def _names(case: Case, name: str, wanted: str, who: str) -> None:
    seen = case.made.request.member(name)
    if seen != wanted and case.made.sender != HARNESS:
        raise broken(f"{name} er {who} ({wanted})", as_json(seen), case.made, where=f"/{name}", source=IN, party=SYSTEM)


def _represented(case: Case) -> str:
    if case.intent is None or case.intent.on_behalf_of_national_id is None:
        exchanges = (case.order.id,) if case.order else ()
        raise ContractBroken(
            SYSTEM,
            "det bestilles på vegne av noen",
            "ingen er oppgitt",
            where=f"/{MEMBER}",
            source=FLOW,
            exchanges=exchanges,
        )
    return case.intent.on_behalf_of_national_id
