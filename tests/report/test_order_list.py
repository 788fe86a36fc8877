"""The order list: which orders are on it, what it tells of each, and that a spreadsheet takes it for text."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from eprom_verify.exchange import ZERO_GUID
from eprom_verify.report.order_list import COLUMNS, OrderLine, as_csv, orders_of
from tests.report.sample_protocol import BEGUN, EXCHANGES, ORDER, a_status, an_order, exchange, message

LETTER = "3c2e9d55-1a4b-4f0e-9a07-52d6c1b0aa02"


def the_line(*exchanges: object) -> OrderLine:
    (line,) = orders_of(list(exchanges))  # type: ignore[arg-type]
    return line


def rows_of(data: bytes) -> list[list[str]]:
    """As Excel with Norwegian settings reads it."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_answered_order() -> None:
    assert the_line(*EXCHANGES) == OrderLine(
        kind="Skjema",
        id=ORDER,
        requested_at="2026-11-27T08:00:01.000Z",
        answered_at="2026-11-27T08:00:01.000Z",
        http_status="200",
        distribution_rule="Basic",
        channel_answered="Helsenorge",
        channel_last="Helsenorge",
        statuses="Ordered 08:01:01Z; Completed 08:03:01Z",
        error_codes="",
        outcome="Besvart og returnert",
        sender="bestillersystem",
        exchange=str(UUID(int=1)),
    )


def test_unreachable_patient() -> None:
    told = a_status("Error", 1, notificationChannel="None", formOrderStatusErrorCode="PatientUnreachable")
    line = the_line(an_order(), told)
    assert (line.outcome, line.error_codes, line.channel_last) == (
        "Pasienten kunne ikke nås",
        "PatientUnreachable",
        "None",
    )


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, {"id": ORDER}),
        (401, {"Message": "The API key is missing"}),
        (200, {"id": ZERO_GUID}),
        (200, {"id": None}),
        (200, {"id": ""}),
        (200, [ORDER]),
        (200, b"<html>"),
    ],
)
def test_refused_orders_are_left_out(status: int, answer: object) -> None:
    assert orders_of([exchange("A", {"distributionRule": "Basic"}, answer, status=status)]) == []


def test_unanswered_order_is_left_out() -> None:
    assert orders_of([replace(an_order(), response=None, status=None, failure="Ingen forbindelse")]) == []


def test_order_of_the_tool_is_marked() -> None:
    assert the_line(replace(an_order(), sender="eprom-verify")).sender == "eprom-verify"


@pytest.mark.parametrize(("sent", "outcome"), [(0, "Sendt til innbyggeren"), ("Error", "Ikke sendt")])
def test_letter(sent: object, outcome: str) -> None:
    sending = exchange("B", {"nationalId": "26670271527"}, {"messageToCitizenId": LETTER, "notificationChannel": 2})
    told = exchange("K", {"messageToCitizenId": LETTER, "sentStatus": sent}, {"success": True}, sender="eprom")
    line = the_line(sending, told)
    assert (line.kind, line.id, line.channel_answered, line.outcome) == ("Brev", LETTER, "DigitalMailbox", outcome)


def test_letter_that_was_not_sent_is_left_out() -> None:
    answer = {"messageToCitizenId": ZERO_GUID, "notificationChannel": 0}
    assert orders_of([exchange("B", {}, answer)]) == []


def initiated(**more: object) -> dict[str, object]:
    return {
        "formOrderId": ORDER,
        "formOrderStatus": "Completed",
        "isPatientInitiated": True,
        "patientInitiatedValues": {"nationalId": "26670271527", "orderTimestampUTC": "2026-11-27T07:59:00Z"},
    } | more


def test_order_of_a_patient() -> None:
    line = the_line(exchange("J", initiated(), {"success": True}, sender="eprom"))
    assert (line.kind, line.sender, line.requested_at) == (
        "Pasientinitiert skjema",
        "pasient",
        "2026-11-27T07:59:00.000Z",
    )


def test_own_order_stays_own_whatever_the_return_says() -> None:
    back = exchange("J", initiated(), {"success": True}, sender="eprom", number=2)
    assert [each.kind for each in orders_of([back, an_order()])] == ["Skjema"]


def test_return_of_an_unknown_order_is_left_out() -> None:
    assert orders_of([a_status("Completed", 1)]) == []


@pytest.mark.parametrize("said", ["i går", 7, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_unreadable_time_of_a_patients_order(said: object) -> None:
    asked = initiated(patientInitiatedValues={"orderTimestampUTC": said})
    assert the_line(exchange("J", asked, {"success": True})).requested_at == ""


def test_repeated_status_is_counted() -> None:
    line = the_line(an_order(), a_status("Ordered", 1), a_status("Ordered", 2))
    assert line.statuses == "Ordered 08:01:01Z (2 ganger)"


def test_status_that_the_system_did_not_take() -> None:
    refused = replace(a_status("Ordered", 1), response=message(1, {"success": False}))
    assert the_line(an_order(), refused).statuses == "Ordered 08:01:01Z (ikke godtatt)"


def test_status_on_another_day_has_its_date() -> None:
    late = a_status("Completed", 60 * 24)
    assert the_line(an_order(), late).statuses == "Completed 2026-11-28T08:00:01.000Z"


def test_status_before_the_answer() -> None:
    assert the_line(a_status("Ordered", 0), an_order()).statuses == "Ordered 08:00:01Z"


def test_status_in_another_case_is_of_the_same_order() -> None:
    assert the_line(an_order(), a_status("Ordered", 1, ORDER.upper())).statuses == "Ordered 08:01:01Z"


def test_answer_outranks_what_comes_after_it() -> None:
    line = the_line(an_order(), a_status("Completed", 1), a_status("DigipostDelivered", 2))
    assert line.outcome == "Besvart og returnert"


def test_nobody_is_notified() -> None:
    line = the_line(an_order(distributionRule=2), a_status("Ordered", 1, notificationChannel=0))
    assert (line.distribution_rule, line.outcome) == ("NoDistribution", "Bestilt uten varsel, ikke besvart")


def test_rule_that_is_not_stated() -> None:
    assert the_line(an_order(distributionRule=None)).distribution_rule == "Basic (ikke oppgitt)"


def test_same_id_twice() -> None:
    line = the_line(an_order(), an_order(number=2))
    assert line.outcome == "Ingen status mottatt; ePROM ga samme id i 2 svar"


@pytest.mark.parametrize("name", ["26670271527", "id 26670271527 her", "266702 71527", ["26670271527"]])
def test_no_national_id(name: object) -> None:
    lines = orders_of([an_order(name, distributionRule="26670271527")])  # type: ignore[arg-type]
    assert b"71527" not in as_csv(lines)


def test_guid_with_eleven_digits_is_kept() -> None:
    name = "00000000-0000-4000-8000-226670271527"
    assert the_line(an_order(name)).id == name


def test_csv_is_as_excel_wants_it() -> None:
    data = as_csv(orders_of(EXCHANGES))
    assert data.startswith(b"\xef\xbb\xbfType;Id;Bestilt (UTC);")
    assert data.endswith(b"\r\n")
    head, row = rows_of(data)
    assert tuple(head) == COLUMNS
    assert row[1] == ORDER
    assert len(row) == len(COLUMNS)


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "|calc", "%0A=1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula: str) -> None:
    line = replace(the_line(*EXCHANGES), outcome=formula, sender=formula)
    (_, row) = rows_of(as_csv([line]))
    assert row[10].startswith("'")
    assert row[11].startswith("'")


@pytest.mark.parametrize(
    "text", ["a\r\nb", "a\nb", 'a";b', "a\x00b", "a\x1b[31mb", "a\u202eb", "a\ud800b", "a😀b", "a;b"]
)
def test_hostile_text_stays_in_its_cell(text: str) -> None:
    (_, row) = rows_of(as_csv([replace(the_line(*EXCHANGES), outcome=text)]))
    assert len(row) == len(COLUMNS)
    assert row[10][0] + row[10][-1] == "ab"
    assert not {"\x00", "\x1b", "\u202e", "\n", "\r"}.intersection(row[10])


@pytest.mark.parametrize(
    "answer",
    [{"id": "x" * 1_000_000}, {"id": "=cmd|' /C calc'!A0"}, {"id": "\u202e\x00\x1b[2J"}, {"id": "\ud800"}],
)
def test_hostile_id_makes_one_short_line(answer: object) -> None:
    (_, row) = rows_of(as_csv(orders_of([exchange("A", {}, answer)])))
    assert len(row[1]) < 100
    assert row[1].isprintable()


def test_hostile_values_are_not_repeated() -> None:
    told = a_status("<script>", 1, notificationChannel={"a": 1}, formOrderStatusErrorCode=["x"])
    line = the_line(an_order(distributionRule="=1+1"), told)
    assert line.distribution_rule == line.channel_last == line.error_codes == "(ukjent verdi)"
    assert line.statuses == "(ukjent verdi) 08:01:01Z"


def test_times_are_utc_whatever_zone_they_were_noted_in() -> None:
    at = BEGUN.astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(milliseconds=5)
    line = the_line(replace(an_order(), request=replace(an_order().request, at=at)))
    assert line.requested_at == "2026-11-27T08:00:01.005Z"
