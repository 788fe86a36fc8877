"""Setninger om å bestille på vegne av noen, og om den som fyller ut for andre."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import on_behalf
from eprom_verify.checks.case import Case
from eprom_verify.checks.ordering import order_was_sent_with


@given(parsers.parse('utgaven "{edition}" av kontrakten'))
def in_edition(case: Case, edition: str) -> None:
    on_behalf.only_in(case, edition)


@when(parsers.parse('bestillersystemet bestiller på vegne av "{persona}" med regelen "{rule}"'))
def the_system_orders_on_behalf(case: Case, persona: str, rule: str) -> None:
    on_behalf.order(case, persona, rule)


@when(parsers.parse('ePROM får en riktig bestilling på vegne av "{persona}" med regelen "{rule}"'))
def ordered_on_behalf_rightly(case: Case, persona: str, rule: str) -> None:
    on_behalf.order(case, persona, rule)
    on_behalf.sent_rightly(case)
    order_was_sent_with(case, rule)


@when(parsers.parse('det bestilles direkte hos ePROM på vegne av "{persona}"'))
def ordered_directly_on_behalf(case: Case, persona: str) -> None:
    case.call(onBehalfOfNationalId=case.rig.national_id(persona))


@when(parsers.parse('det bestilles direkte hos ePROM på vegne av en med "{kind}"'))
def ordered_directly_on_behalf_of_kind(case: Case, kind: str) -> None:
    assert case.simulator
    case.call(onBehalfOfNationalId=case.rig.negative_ids[kind])


@then("er bestillingen til pasienten, på vegne av den det gjelder")
def sent_rightly(case: Case) -> None:
    on_behalf.sent_rightly(case)


@then("er bestillingen ikke på vegne av noen")
def not_on_behalf(case: Case) -> None:
    on_behalf.not_on_behalf(case)


@then("gjentar svaret hvem det er bestilt på vegne av")
def echoed(case: Case) -> None:
    on_behalf.echoed(case)


@then(parsers.parse('får ikke "{persona}" kopi av skjemaet'))
def no_copy(case: Case, persona: str) -> None:
    on_behalf.no_copy(case, persona)


@then(parsers.parse('forteller svaret at "{persona}" fylte ut skjemaet som "{kind}"'))
def filled_out_by(case: Case, persona: str, kind: str) -> None:
    on_behalf.filled_out_by(case, persona, kind)


@then(parsers.parse('har bestillersystemet registrert skjemaet på "{persona}"'))
def registered_on(case: Case, persona: str) -> None:
    on_behalf.registered_on(case, persona)


@then("svarer ePROM på bestillingen uten en feil hos seg selv")
def answered_at_all(case: Case) -> None:
    on_behalf.answered_at_all(case)
