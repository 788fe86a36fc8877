"""What must hold when a form comes back: answered, expired, late, again, or before its time.

Source of every check here: ReturAvUtfyltSkjema, section Mottak, unless it says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eprom_verify.checks.answering import by_tester, of_each_answer
from eprom_verify.checks.blame import broken, refused_by
from eprom_verify.checks.case import EPROM, RETURN, SYSTEM, Case
from eprom_verify.checks.patience import patient
from eprom_verify.checks.quiet import wait_until_quiet
from eprom_verify.checks.statuses import key_is_right, order_channel
from eprom_verify.checks.words import as_json, beginning, how_often
from eprom_verify.contract.enumerations import FormOrderStatus
from eprom_verify.contract.findings import cut
from eprom_verify.errors import ContractBroken, HarnessProblem, NotApplicable, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.rig import HARNESS
from eprom_verify.simulator.returns import Answer

PAGE = "ReturAvUtfyltSkjema, Mottak"

# The documentation's own example of RAND-12.
RAND_12: dict[str, Any] = {
    "HealthGeneral": 1,
    "HealthLimitingActivities": 1,
    "HealthLimitingFloors": 1,
    "PhysicalHealthLessDone": 1,
    "PhysicalHealthLimitingActivity": 1,
    "EmotionalIssuesLessDone": 1,
    "EmotionalIssuesLimitingActivity": 1,
    "LastFourWeeksPain": 2,
    "LastFourWeeksRelaxed": 2,
    "LastFourWeeksSurplusOfEnergy": 2,
    "LastFourWeeksDepressed": 2,
    "LastFourWeeksSocial": 1,
}


def deliver(case: Case, answer: Answer) -> None:
    """Let the patient deliver the form."""
    case.rig.in_simulator(case.simulator.forms.answer(case.order_id, answer))


def answer(case: Case) -> None:
    """Let the patient answer the form, no matter what; in a real environment a tester is the patient."""
    if case.rig.simulator is None:
        by_tester(case)
    else:
        deliver(case, Answer(data=RAND_12))


def let_expire(case: Case) -> None:
    """Let the time for answering run out."""
    case.rig.in_simulator(case.simulator.forms.expire(case.order_id))


def report(case: Case, status: str) -> None:
    """Let ePROM send one of the later statuses of the order."""
    case.rig.in_simulator(case.simulator.forms.report(case.order_id, FormOrderStatus[status]))


def returned(case: Case, status: str) -> Exchange:
    """ePROM has returned the form with this status; waits for it.

    Raises:
        ContractBroken: it did not come before its deadline.
    """
    order_id, seconds = case.order_id, case.rig.config.deadlines.status_s
    found = case.awaited(
        lambda each: (
            each.operation == RETURN
            and each.order_id == order_id
            and (each.failure is None or not case.answered)
            and str(each.request.member("formOrderStatus")).casefold() == status.casefold()
        ),
        f"skjemaet med status {status} for bestillingen",
        case.made,
    )
    if found is None and case.made.sender != HARNESS and case.made.request.member("testMode") is True:
        raise Unverified("Bestillersystemet bestilte i testmodus, og da skal ikke skjemaet returneres.")
    if found is None:
        case.refuse_if_away("Skjemaet", case.made)
        raise ContractBroken(
            EPROM,
            f"ePROM returnerer skjemaet med status {status} innen {seconds:g} s",
            "ingenting kom",
            source=PAGE,
            hint="Sjekk at ApiBaseUrl i ePROM Admin peker på mottaket.",
            exchanges=(case.made.id,),
        )
    return found


def not_returned(case: Case) -> None:
    """Nothing is returned for the order, also when everything that was under way has come."""
    order_id = case.order_id
    wait_until_quiet(case.rig)
    seen = case.rig.journal.exchanges(since=case.since)
    found = next((each for each in seen if each.operation == RETURN and each.order_id == order_id), None)
    if found is not None:
        raise broken("skjemaet blir ikke returnert", "det kom et svar", found, source=PAGE)


@of_each_answer
def return_accepted(case: Case, status: str) -> None:
    """The bestillersystem answered the return with success."""
    found = returned(case, status)
    key_is_right(found)
    if found.status != 200 or found.response is None or found.response.member("success") is not True:
        text = beginning(found.response.text, 200) if found.response else found.failure
        expected = 'bestillersystemet svarer 200 med {"success": true}'
        raise broken(expected, f"{found.status}: {text}", found, source=PAGE, party=refused_by(found))


@of_each_answer
def registered_as_returned(case: Case) -> None:
    """The bestillersystem has registered just the answers that ePROM returned, exactly once."""
    told = form_data(returned(case, "Completed"))
    if told is None:
        raise Unverified("formData er ikke en tekst med JSON; det hører til et annet krav.")
    answers_registered(case, told)


@patient
def answers_registered(case: Case, answers: Mapping[str, Any]) -> None:
    """The bestillersystem has registered the answers, exactly once and exactly as they were given."""
    found = returned(case, "Completed")
    key_is_right(found)
    if form_data(found) != answers:
        raise broken(f"formData er {_shown(answers)}", _shown(form_data(found)), found, where="/formData", source=PAGE)
    seen = [each for each in case.registered() if each.status is FormOrderStatus.Completed]
    if [each.answers for each in seen] != [answers]:
        listed = "; ".join(_shown(each.answers) for each in seen)
        raise broken(
            f"bestillersystemet har registrert svaret én gang: {_shown(answers)}",
            listed or "ikke noe svar registrert",
            found,
            source=PAGE,
            party=SYSTEM,
        )


@of_each_answer
@patient
def answer_registered_once(case: Case) -> None:
    """The bestillersystem has registered that the form was answered, exactly once."""
    found = returned(case, "Completed")
    key_is_right(found)
    count = sum(each.status is FormOrderStatus.Completed for each in case.registered())
    if count != 1:
        expected = "bestillersystemet har registrert svaret én gang"
        raise broken(expected, f"svaret er registrert {how_often(count)}", found, source=PAGE, party=SYSTEM)


@patient
def status_is_registered(case: Case, status: str) -> None:
    """The bestillersystem has registered this status exactly once, and no answers with it."""
    wanted = FormOrderStatus[status]
    came = returned(case, status) if wanted is FormOrderStatus.Expired else _status_came(case, status)
    key_is_right(came)
    seen = [each for each in case.registered() if each.status is wanted]
    if len(seen) != 1 or seen[0].answers is not None:
        listed = ", ".join(each.status.name for each in case.registered())
        raise ContractBroken(
            SYSTEM,
            f"bestillersystemet har registrert {status} én gang",
            listed or "ingen status registrert",
            where="/formOrderStatus",
            source="Integrasjonsguide, FormOrderStatus",
            exchanges=(came.id,),
        )


def return_came(case: Case, times: int, status: str = "Completed") -> None:
    """The return was delivered this many times: without it, what follows would prove nothing.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    returned(case, status)
    order_id = case.order_id

    def deliveries() -> list[Exchange]:
        seen = case.rig.journal.exchanges(since=case.since)
        return [each for each in seen if each.operation == RETURN and each.done and each.order_id == order_id]

    last = case.rig.journal.wait_for(
        lambda each: each.operation == RETURN and each.order_id == order_id and len(deliveries()) >= times,
        timeout_s=case.rig.config.deadlines.status_s,
        since=case.since,
    )
    if last is None:
        raise HarnessProblem(f"Simulatoren leverte svaret {len(deliveries())} av {times} ganger.")


def before_status(case: Case) -> None:
    """The answer came before the status of the order.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    answer, status = returned(case, "Completed"), case.status()
    if answer.request.seq > status.request.seq:
        raise HarnessProblem("Simulatoren leverte statusen før svaret.")


@of_each_answer
def form_data_is_text(case: Case) -> None:
    """formData is a string that holds a JSON object."""
    found = returned(case, "Completed")
    if form_data(found) is None:
        seen = type(found.request.member("formData")).__name__
        raise broken("formData er en tekst som inneholder et JSON-objekt", seen, found, where="/formData", source=PAGE)


@of_each_answer
def return_names_channel(case: Case) -> None:
    """The return names the channel that the status named."""
    found, status = returned(case, "Completed"), case.status()
    seen = order_channel(found)
    wanted = order_channel(status)
    if seen is not wanted:
        raise broken(
            f"notificationChannel er {wanted.wire_name}, som i statusen",
            seen.wire_name,
            found,
            where="/notificationChannel",
            source=PAGE,
        )


@of_each_answer
def return_has_key(case: Case) -> None:
    """The return carries the key of the bestillersystem that ordered."""
    found = returned(case, "Completed")
    if found.key_matches is not True:
        raise broken("apiKey er bestillersystemets egen", "en annen nøkkel", found, where="/apiKey", source=PAGE)


@of_each_answer
def scanned(case: Case, *, expected: bool) -> None:
    """scannedPaperId is an id for a form on paper, and the zero GUID for any other."""
    found = returned(case, "Completed")
    value = found.request.member("scannedPaperId")
    if (value not in (None, "", ZERO_GUID)) is not expected:
        words = "scannedPaperId er en id" if expected else "scannedPaperId er null-GUID"
        raise broken(words, as_json(value), found, where="/scannedPaperId", source=PAGE)


def dates_are_plain(case: Case, name: str, value: str) -> None:
    """A date of a form on paper stands as yyyy-MM-dd. Source: ReleaseNotev12.1.2."""
    found = returned(case, "Completed")
    seen = (form_data(found) or {}).get(name)
    if seen != value:
        raise broken(f"{name} er {value}", as_json(seen), found, where="/formData", source="ReleaseNotev12.1.2")


def warnings_name_fields(case: Case, name: str) -> None:
    """formDataWarnings names the field that the warning is about, and that is among the answers."""
    found = returned(case, "Completed")
    warnings = found.request.member("formDataWarnings") or []
    named = [each.get("fieldName") for each in warnings if isinstance(each, dict)]
    if named != [name]:
        raise broken(f"én advarsel, for {name}", as_json(named), found, where="/formDataWarnings", source=PAGE)


@of_each_answer
def event_log_in_order(case: Case) -> None:
    """The log begins with FormOpened, ends with FormDelivered, and its times do not go backwards."""
    found = returned(case, "Completed")
    events = [each for each in found.request.member("formOrderEventLog") or [] if isinstance(each, dict)]
    kinds = [each.get("eventType") for each in events]
    try:
        times = [datetime.fromisoformat(str(each.get("timestampUtc"))) for each in events]
    except ValueError:
        times = []
    if not events or kinds[0] != "FormOpened" or kinds[-1] != "FormDelivered" or times != sorted(times) or not times:
        expected = "hendelsesloggen går fra FormOpened til FormDelivered, i tidsrekkefølge"
        raise broken(expected, ", ".join(map(str, kinds)) or "tom logg", found, where="/formOrderEventLog", source=PAGE)


@of_each_answer
def filled_out_by(case: Case, kind: str | None) -> None:
    """filledOutBy tells who filled in the form on Helsenorge, and is not there for other channels.

    Raises:
        NotApplicable: the older edition does not have it.
    """
    if case.rig.config.edition == "2023-10":
        raise NotApplicable("filledOutBy finnes ikke i utgave 2023-10 av kontrakten.")
    found = returned(case, "Completed")
    told = found.request.member("filledOutBy")
    seen = told.get("filledOutByActType") if isinstance(told, dict) else None
    if seen != kind:
        expected = f"filledOutByActType er {kind}" if kind else "filledOutBy er uten verdi utenom Helsenorge"
        raise broken(expected, as_json(seen), found, where="/filledOutBy", source=PAGE)


def form_data(exchange: Exchange) -> dict[str, Any] | None:
    """The answers of a return by field name; None when formData is no string that holds a JSON object."""
    text = exchange.request.member("formData")
    try:
        parsed = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _status_came(case: Case, status: str) -> Exchange:
    order_id = case.order_id
    found = case.rig.journal.wait_for(
        lambda each: each.order_id == order_id and each.request.member("formOrderStatus") == status,
        timeout_s=case.rig.config.deadlines.status_s,
        since=case.since,
    )
    if found is None:
        raise HarnessProblem(f"Simulatoren leverte ikke statusen {status}.")
    return found


def _shown(value: object) -> str:
    return cut(json.dumps(value, ensure_ascii=False), 300)
