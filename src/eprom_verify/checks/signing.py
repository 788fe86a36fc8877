"""What must hold when a form has to be signed: before it is delivered, in what is returned, and of the document.

Source of every check here: SkjemaSomKreverSignatur, unless it says otherwise.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from eprom_verify.checks.answering import by_tester, of_each_answer, seen_after
from eprom_verify.checks.blame import broken, caller_at_fault
from eprom_verify.checks.case import EPROM, SYSTEM, Case
from eprom_verify.checks.patience import patient
from eprom_verify.checks.returning import RAND_12, deliver, not_returned, returned
from eprom_verify.checks.signatures import signature_problem
from eprom_verify.checks.words import as_json, how_often
from eprom_verify.contract.documents import is_pdf
from eprom_verify.errors import ContractBroken, HarnessProblem, NotApplicable, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.rig import Rig
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.returns import Answer, MustBeSigned
from eprom_verify.simulator.wire import SIMULATOR_FAILED

DOCUMENT = "E"
PAGE = "SkjemaSomKreverSignatur"
FILLING, RECEIPT = f"{PAGE}, Utfylling", f"{PAGE}, Mottak"
FETCHING = f"{PAGE}, Nedlasting av det signerte dokumentet"
RETURNED = "ReturAvUtfyltSkjema, Mottak"


@dataclass
class Fetched:
    """A signed document as the harness itself fetched it: the exchange, and the body just as it came."""

    exchange: Exchange
    content: bytes


def ordered_to_be_signed(case: Case) -> None:
    """The bestillersystem ordered the form to be signed, and ePROM took the order."""
    if case.made.request.member("mustBeSigned") is not True:
        seen = f"mustBeSigned er {as_json(case.made.request.member('mustBeSigned'))}"
        raise broken("skjemaet er bestilt til signering", seen, case.made, source=f"{PAGE}, Bestilling", party=SYSTEM)
    assert case.order_id


def try_unsigned(case: Case) -> bool:
    """Let the patient try to deliver without signing; gives whether it went through."""
    _to_be_signed(case)
    try:
        deliver(case, Answer(data=RAND_12))
    except MustBeSigned:
        return False
    return True


def not_delivered(case: Case, *, went_through: bool) -> None:
    """What the patient did not sign was neither delivered nor returned; silence alone would prove nothing."""
    if went_through:
        found = returned(case, "Completed")
        raise broken("skjemaet blir ikke levert før det er signert", "det ble levert", found, source=FILLING)
    not_returned(case)


def sign_and_deliver(case: Case, *attempts: str) -> None:
    """Let the patient sign and deliver, after attempts at signing that ended so."""
    _to_be_signed(case)
    if case.rig.simulator is None and not attempts:
        by_tester(case)
    else:
        deliver(case, Answer(data=RAND_12, signed=True, signing_attempts=attempts))


@of_each_answer
def returned_signed(case: Case) -> None:
    """ePROM returned the form with the id of the signed document."""
    found = returned(case, "Completed")
    seen = found.request.member("signedFormId")
    if seen in (None, "", ZERO_GUID):
        raise broken(
            "signedFormId er id-en til dokumentet", as_json(seen), found, where="/signedFormId", source=RECEIPT
        )


@of_each_answer
def returned_unsigned(case: Case) -> None:
    """ePROM returned a form that was not signed, and without the id of any signed document."""
    found = returned(case, "Completed")
    seen = found.request.member("signedFormId")
    if seen not in (None, "", ZERO_GUID):
        raise broken("signedFormId er null-GUID", as_json(seen), found, where="/signedFormId", source=RETURNED)


@of_each_answer
def signing_logged(case: Case) -> None:
    """The log tells that signing began, was completed, and that the form was delivered after it."""
    found, kinds = _log(case)
    places = [kinds.index(each) if each in kinds else -1 for each in _SIGNED]
    if -1 in places or places != sorted(places):
        expected = f"hendelsesloggen har {', '.join(_SIGNED)}, i den rekkefølgen"
        raise broken(expected, ", ".join(kinds), found, where="/formOrderEventLog", source=RETURNED)


def attempt_logged(case: Case, ending: str) -> None:
    """The log tells of an attempt at signing that ended so, and that signing began again and was completed."""
    found, kinds = _log(case)
    signing = [each for each in kinds if each.startswith("Signing")]
    if signing != ["SigningStarted", ending, "SigningStarted", "SigningCompleted"]:
        expected = f"hendelsesloggen har SigningStarted og {ending}, og så SigningStarted og SigningCompleted"
        raise broken(
            expected, ", ".join(signing) or "ingen signering", found, where="/formOrderEventLog", source=RETURNED
        )


def fetch(case: Case, signed_form_id: str = "", *, api_key: str | None = None) -> Fetched:
    """Fetch the document of the case's return, or that of another id, directly from ePROM.

    Raises:
        HarnessProblem: ePROM could not be reached, or the simulator stumbled.
    """
    path = f"/api/ExternalDocument/{signed_form_id or signed_form_id_of(case)}"
    exchange, content = case.rig.direct.fetch(path, api_key=api_key)
    if exchange.response is not None and exchange.response.header(SIMULATOR_FAILED) is not None:
        raise HarnessProblem("Simulatoren klarte ikke å gi fra seg dokumentet; feilen er verktøyets egen.")
    return Fetched(case.note(exchange), content)


def fetch_as_another(case: Case) -> Fetched:
    """Fetch the document of the case's return with the key of another bestillersystem, that ePROM knows too."""
    key = secrets.token_urlsafe(24)
    case.rig.journal.mask.learn(key)
    case.simulator.register(Bestillersystem("et annet bestillersystem", key, None))
    return fetch(case, api_key=key)


def fetch_unknown(case: Case) -> Fetched:
    """Fetch a document whose id nobody has."""
    assert case.simulator
    return fetch(case, str(uuid4()))


def let_days_pass(case: Case, days: int) -> None:
    """Let that many days pass since the form was signed."""
    case.simulator.documents.grow_older(signed_form_id_of(case), timedelta(days=days))


def withhold(case: Case, times: int) -> None:
    """Let the document be out of reach that many times before it can be fetched."""
    usual = case.simulator.office.behaviour(case.national_id).signing
    case.stimulate(signing=replace(usual, misses=times))


def is_document(fetched: Fetched) -> None:
    """ePROM answered with a PDF. What else it is like is not documented, and stands as remarks on the exchange."""
    exchange = fetched.exchange
    if exchange.status != 200 or not is_pdf(fetched.content):
        raise broken("ePROM svarer 200 med dokumentet, en PDF-fil", _shown(fetched), exchange, source=RECEIPT)


def is_refused(case: Case, fetched: Fetched) -> None:
    """ePROM refused the call with some 4xx (which one is not documented), and gave no document.

    Raises:
        Unverified: the document cannot be had with the right key either, so that the refusal proves nothing.
    """
    status = fetched.exchange.status or 0
    if not 400 <= status < 500 or is_pdf(fetched.content):
        raise broken("kallet blir avvist (4xx)", _shown(fetched), fetched.exchange, source=FETCHING)
    if fetched.exchange.url.casefold().endswith(signed_form_id_of(case)) and fetch(case).exchange.status != 200:
        raise Unverified("Dokumentet kan ikke hentes med riktig nøkkel heller, så avvisningen viser ikke noe.")


def signature_holds(case: Case, fetched: Fetched) -> None:
    """The document's signature holds, and covers all of it.

    Raises:
        NotApplicable: ePROM is a real environment; what kind of signature it makes is not documented.
    """
    if case.rig.simulator is None:
        raise NotApplicable("Hva slags elektronisk signatur ePROM bruker, er ikke dokumentert; se merknadene.")
    if fetched.exchange.status != 200 or not is_pdf(fetched.content):
        raise Unverified("Det er ingen PDF å se på signaturen i.")
    documents = case.rig.simulator.documents
    problem = signature_problem(fetched.content, trusted=documents.certificate, moment=case.rig.clock())
    if problem:
        raise broken("signaturen er gyldig for hele dokumentet", problem, fetched.exchange, source=RECEIPT)


@of_each_answer
def downloaded(case: Case) -> None:
    """The bestillersystem fetched the signed document, and got it; waits for it.

    Raises:
        ContractBroken: it did not, whoever is to blame.
    """
    _downloaded(case)


def _downloaded(case: Case) -> Exchange:
    wanted = signed_form_id_of(case)
    found = seen_after(case, DOCUMENT, lambda each: _asks_for(each, wanted) and each.status == 200)
    if found is not None and _document_in(found) is None:
        raise broken("ePROM svarer med dokumentet, en PDF-fil", "noe annet", found, source=RECEIPT)
    if found is not None:
        return found
    tried = [each for each in _fetches(case.rig, case.since) if _asks_for(each, wanted)]
    if not tried:
        raise ContractBroken(
            SYSTEM,
            "bestillersystemet laster ned det signerte dokumentet",
            "dokumentet er ikke hentet",
            source=RECEIPT,
            hint="Hent dokumentet når returen er besvart, med id-en i signedFormId.",
            exchanges=(returned(case, "Completed").id,),
        )
    last = case.note(tried[-1])
    if last.failure is not None:
        raise HarnessProblem(f"Dokumentet kunne ikke hentes: {last.failure}")
    party = SYSTEM if caller_at_fault(last) or last.key_matches is None else EPROM
    raise broken("dokumentet kan lastes ned", f"status {last.status}", last, source=FETCHING, party=party)


@of_each_answer
@patient
def kept(case: Case) -> None:
    """The bestillersystem keeps the document just as it was fetched."""
    found = _got(case)
    wanted = _document_in(found)
    seen = case.rig.driver.signed_document(case.order_id, timeout_s=case.rig.order_s)
    if seen != wanted:
        received = f"SHA-256 er {seen}" if seen else "ikke noe dokument er oppbevart"
        raise broken(f"dokumentet er oppbevart, med SHA-256 {wanted}", received, found, source=RECEIPT, party=SYSTEM)


@of_each_answer
def key_in_header_alone(case: Case) -> None:
    """The bestillersystem fetched the document with the agreed key in the header, and nowhere else."""
    wanted = signed_form_id_of(case)
    found = seen_after(case, DOCUMENT, lambda each: _asks_for(each, wanted))
    if found is None:
        raise Unverified("Bestillersystemet hentet ikke dokumentet, så det er ikke noe kall å se på.")
    wrong = [each for each in found.request.findings if each.is_violation]
    if wrong or found.key_matches is not True:
        seen = wrong[0].received if wrong else "en annen nøkkel enn den avtalte"
        raise broken("API-nøkkelen står i headeren, og bare der", seen, found, source=FETCHING, party=SYSTEM)


def fetched_after(case: Case, times: int) -> None:
    """The bestillersystem got the document, after having asked in vain that many times.

    Raises:
        ContractBroken: it did not.
        Unverified: it never asked at all.
        HarnessProblem: the simulator did not do as it was told.
    """
    wanted = signed_form_id_of(case)
    found = seen_after(case, DOCUMENT, lambda each: _asks_for(each, wanted) and each.status == 200)
    tried = [each for each in _fetches(case.rig, case.since) if _asks_for(each, wanted)]
    if not tried:
        raise Unverified("Bestillersystemet har ikke prøvd å hente dokumentet.")
    if found is None:
        expected = "bestillersystemet prøver igjen til det har dokumentet"
        received = f"det prøvde {how_often(len(tried))}, sist med status {tried[-1].status}"
        party = EPROM if len(tried) > times else SYSTEM
        raise broken(expected, received, case.note(tried[-1]), source=RECEIPT, party=party)
    if sum(each.status != 200 for each in tried) < times:
        raise HarnessProblem("Simulatoren ga fra seg dokumentet tidligere enn den skulle.")


def fetched_once(case: Case) -> None:
    """The bestillersystem fetched the document once, and not again within a short while."""
    wanted, first = signed_form_id_of(case), _got(case)
    again = case.rig.journal.wait_for(
        lambda each: _is_fetch(each) and _asks_for(each, wanted),
        timeout_s=case.rig.config.deadlines.quiet_s,
        since=first.request.seq,
    )
    if again is not None:
        expected = "dokumentet blir hentet én gang"
        raise broken(expected, "det ble hentet på nytt", case.note(again), source=RECEIPT, party=SYSTEM)


def none_fetched_unsigned(rig: Rig) -> None:
    """The bestillersystem tried to fetch no document for the forms of the run that were not signed."""
    if not any(each.request.member("signedFormId") == ZERO_GUID for each in rig.seen("J")):
        raise Unverified("Kjøringen har ingen retur av et usignert skjema.")
    strange = [each for each in rig.seen(DOCUMENT) if _is_fetch(each) and _asks_for(each, ZERO_GUID)]
    if strange:
        expected = "bestillersystemet henter ikke noe dokument for et skjema som ikke er signert"
        raise broken(expected, f"det prøvde {how_often(len(strange))}", strange[0], source=RECEIPT, party=SYSTEM)


def every_document_its_own(rig: Rig) -> None:
    """No two signed forms of the run got the same document."""
    told = {_signed_form_id(each) for each in rig.seen("J")} - {None}
    seen: dict[str, dict[str, Exchange]] = {}
    for each in rig.seen(DOCUMENT):
        name = each.url.partition("?")[0].rpartition("/")[2].casefold()
        if name in told and (sha256 := _document_in(each)):
            seen.setdefault(sha256, {})[name] = each
    if len({name for names in seen.values() for name in names}) < 2:
        raise Unverified("Kjøringen har ikke to signerte dokumenter å se på.")
    same = [list(names.values()) for names in seen.values() if len(names) > 1]
    if same:
        received = f"{len(same[0])} skjemaer har fått det samme dokumentet"
        raise broken("hvert signert skjema har sitt eget dokument", received, same[0][0], source=RECEIPT)


def signed_form_id_of(case: Case) -> str:
    """The id of the signed document, from the return, in lower case.

    Raises:
        Unverified: the return has none; the requirement on the return tells of that.
    """
    found = _signed_form_id(returned(case, "Completed"))
    if found is None:
        raise Unverified("Returen har ingen signedFormId, så det er ikke noe dokument å se på.")
    return found


_SIGNED = ("SigningStarted", "SigningCompleted", "FormDelivered")


def _to_be_signed(case: Case) -> None:
    """The patient has been told of a form that must be signed.

    Raises:
        Unverified: it was not ordered so, or not at all; the requirements on ordering tell of that.
    """
    if not case.was_made:
        case.reached()
        raise Unverified(f"Det ble ingen bestilling å signere: {case.answer_text}")
    if case.made.request.member("mustBeSigned") is not True:
        raise Unverified("Bestillingen er ikke til signering.")
    case.status()


def _log(case: Case) -> tuple[Exchange, list[str]]:
    """The return and the names of the events in its log, in the order of the log."""
    found = returned(case, "Completed")
    log = found.request.member("formOrderEventLog")
    if not log:
        raise Unverified("Returen har ingen hendelseslogg; det hører til et annet krav.")
    return found, [str(each.get("eventType")) for each in log if isinstance(each, dict)]


def _signed_form_id(exchange: Exchange) -> str | None:
    seen = exchange.request.member("signedFormId")
    return seen.casefold() if isinstance(seen, str) and seen not in ("", ZERO_GUID) else None


def _document_in(exchange: Exchange) -> str | None:
    """The SHA-256 of the document that an exchange ended with; None when it ended otherwise."""
    answer = exchange.response
    if exchange.status != 200 or answer is None or any(each.is_violation for each in answer.findings):
        return None
    return answer.sha256


def _got(case: Case) -> Exchange:
    try:
        return _downloaded(case)
    except ContractBroken as exc:
        raise Unverified(f"Bestillersystemet har ikke hentet noe dokument å se på: {exc.received}") from exc


def _fetches(rig: Rig, since: int) -> list[Exchange]:
    return [each for each in _done(rig, since) if _is_fetch(each)]


def _done(rig: Rig, since: int = 0) -> list[Exchange]:
    return [each for each in rig.journal.exchanges(since=since) if each.done]


def _is_fetch(exchange: Exchange) -> bool:
    return exchange.operation == DOCUMENT and exchange.sender == SYSTEM


def _asks_for(exchange: Exchange, signed_form_id: str) -> bool:
    path = exchange.url.partition("?")[0]
    return exchange.sender == SYSTEM and path.casefold().endswith(f"/{signed_form_id}")


def _shown(fetched: Fetched) -> str:
    kind = "en PDF" if is_pdf(fetched.content) else "ikke en PDF"
    return fetched.exchange.failure or f"status {fetched.exchange.status}, {len(fetched.content)} byte, {kind}"
