"""Setninger om hele kjøringen under ett."""

from __future__ import annotations

from pytest_bdd import given, then

from eprom_verify.checks import whole_run
from eprom_verify.checks.quiet import wait_until_quiet
from eprom_verify.rig import Rig


@given("at alle bestillinger i kjøringen er ferdige")
def everything_is_done(rig: Rig) -> None:
    wait_until_quiet(rig)


@then("har ingen bestilling eller status endt i en feil som ikke var ment")
def no_errors(rig: Rig) -> None:
    whole_run.no_errors(rig)


@then("er ingen bestilling sendt to ganger")
def no_order_twice(rig: Rig) -> None:
    whole_run.no_order_twice(rig)


@then("ingen godtatt status er sendt på nytt")
def no_status_twice(rig: Rig) -> None:
    whole_run.no_status_twice(rig)


@then("følger alle bestillinger fra bestillersystemet kontrakten")
def orders_follow_contract(rig: Rig) -> None:
    whole_run.requests_follow_contract(rig, "A")


@then("følger alle svar på statuser kontrakten")
def status_answers_follow_contract(rig: Rig) -> None:
    whole_run.responses_follow_contract(rig, "I", "J")


@then("følger alle svar på bestillinger kontrakten")
def order_answers_follow_contract(rig: Rig) -> None:
    whole_run.responses_follow_contract(rig, "A")


@then("følger alle statuser kontrakten")
def statuses_follow_contract(rig: Rig) -> None:
    whole_run.requests_follow_contract(rig, "I")


@then("følger alle returer kontrakten")
def returns_follow_contract(rig: Rig) -> None:
    whole_run.requests_follow_contract(rig, "J")


@then("gjelder alle statuser en bestilling i kjøringen")
def statuses_belong(rig: Rig) -> None:
    whole_run.statuses_belong_to_orders(rig)


@then("sier alle bestillinger det som bestillersystemet ble bedt om")
def orders_say_what_was_asked(rig: Rig) -> None:
    whole_run.orders_say_what_was_asked(rig)


@then("får hver bestilling ett utfall, på én kanal")
def one_outcome_each(rig: Rig) -> None:
    whole_run.one_outcome_each(rig)


@then("har ingen status for NoDistribution en varslingskanal")
def no_distribution_is_silent(rig: Rig) -> None:
    whole_run.no_distribution_stays_silent(rig)
