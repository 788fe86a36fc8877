"""The test hook: whether it answers, takes the token, has what the profile needs, and answers as it is described."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from uuid import uuid4

from eprom_verify.config import Config
from eprom_verify.drivers.http import ACTS, ASKED
from eprom_verify.keys import HOOK_VARIABLE
from eprom_verify.persons import Sex
from eprom_verify.persons.national_id import Series, generate
from eprom_verify.preflight.address import reached
from eprom_verify.preflight.calling import Answer, Caller, NoAnswer, pace
from eprom_verify.preflight.finding import Finding, Mark, fine, note, wrong
from eprom_verify.preflight.lacking import Lacking
from eprom_verify.preflight.system_end import WRONG_KEY

PARTS = {
    "skjema": ("order-form", "cases", "orders"),
    "signering": ("signed-documents",),
    "pasientinitiert": ("patients", "patient-initiated"),
    "brev": ("send-message", "messages"),
    "sms_epost": ("send-sms", "send-email"),
    "personvern": ("get-privacy-setting", "set-privacy-setting", "list-privacy-settings", "privacy-settings"),
}
"""What of the hook each part of the guide needs."""

_DESCRIBED = "Kroken er beskrevet i docs/testkrok.md."


def examined(config: Config, token: str, caller: Caller, lacking: Lacking) -> list[Finding]:
    """Ask the hook what it has, and for things that nobody has; it is never made to do anything."""
    base = config.system.hook_url
    found = [each for each in reached(base, "hook_url under [bestillersystem]") if each.mark is not Mark.FINE]
    if found and found[-1].mark is Mark.WRONG:
        return found
    try:
        answer = caller.call("GET", f"{base}/capabilities", headers=_bearer(token))
    except NoAnswer as exc:
        return [*found, wrong(f"Testkroken på {base}: {exc}.", "Sjekk at systemet er oppe, og at hook_url er riktig.")]
    if answer.status in (401, 403):
        return [*found, _refused(answer, token)]
    stated, first = _capabilities(base, answer)
    found += [first, *pace("Testkroken", answer), *_open_to_all(base, token, caller)]
    if first.mark is Mark.WRONG:
        return found
    wanted = {name for part, names in PARTS.items() if config.profile.uses(part) for name in names}
    found += _probed(base, token, caller, stated, wanted)
    if stated is not None:
        found += lacking.methods([each for each in ACTS if each in wanted - stated], _cannot_act)
        found += lacking.methods([each for each in ASKED if each in wanted - stated], _cannot_tell)
    return found


def _cannot_act(name: str) -> str:
    return f"Testkroken gjør ikke «{name}», som profilen bruker"


def _cannot_tell(name: str) -> str:
    return f"Testkroken forteller ikke om «{name}»"


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _refused(answer: Answer, token: str) -> Finding:
    if token:
        return wrong(
            f"Testkroken avviste tokenet: {answer.told()}.", f"Sett {HOOK_VARIABLE} til tokenet som kroken har."
        )
    return wrong(f"Testkroken krever et token: {answer.told()}.", f"Sett {HOOK_VARIABLE} til tokenet som kroken har.")


def _capabilities(base: str, answer: Answer) -> tuple[frozenset[str] | None, Finding]:
    """What the hook says that it has, None when it does not say; and what is to be said of that."""
    if answer.is_html or 300 <= answer.status < 400:
        return None, wrong(f"GET {base}/capabilities {answer.told()}.", f"Rett hook_url. {_DESCRIBED}")
    if answer.status in (404, 501):
        return None, note(
            f"Testkroken på {base} oppgir ikke hva den har ({answer.status} på /capabilities).",
            "Finnes kroken der? Legg til GET /capabilities: uten den kan 404 bety at adressen ikke finnes.",
        )
    stated = (answer.members() or {}).get("capabilities")
    if answer.status != 200 or not isinstance(stated, list):
        return None, wrong(f"GET {base}/capabilities {answer.told()}.", f'Ventet {{"capabilities": […]}}. {_DESCRIBED}')
    unknown = [str(each) for each in stated if each not in ACTS + ASKED]
    if unknown:
        return None, wrong(
            f"Testkroken oppgir «{unknown[0][:60]}», som ikke er noe den kan ha.",
            f"Navnene er {', '.join(ACTS + ASKED)}.",
        )
    names = [each for each in ACTS + ASKED if each in stated]
    told = "alt som den kan ha" if len(names) == len(ACTS + ASKED) else ", ".join(names) or "ingenting"
    return frozenset(names), fine(f"Testkroken svarer på {base}, og har {told}.")


def _open_to_all(base: str, token: str, caller: Caller) -> list[Finding]:
    if not token:
        return []
    try:
        answer = caller.call("GET", f"{base}/capabilities", headers=_bearer(WRONG_KEY))
    except NoAnswer:
        return []
    if answer.ok:
        return [note("Testkroken svarer også med feil token.", "Kjøringen kan begynne, men kroken er åpen for alle.")]
    return [fine("Testkroken godtar tokenet, og avviser et annet.")]


def _probed(base: str, token: str, caller: Caller, stated: frozenset[str] | None, wanted: set[str]) -> list[Finding]:
    """Ask for what nobody has, at each address that the profile needs and the hook does not say that it lacks."""
    nobody = generate(
        random.Random(),  # noqa: S311 - a synthetic number that nobody is likely to have, not a secret
        birth_date=date(1904, 2, 29),
        sex=Sex.WOMAN,
        series=Series.PLUS_80,
    )
    paths = {
        "cases": f"cases/{uuid4()}",
        "orders": f"orders/{uuid4()}",
        "messages": f"messages/{uuid4()}",
        "patients": f"patients/{nobody}",
        "privacy-settings": f"privacy-settings/{nobody}/{uuid4()}",
    }
    found, silent = [], []
    for name, path in paths.items():
        if name not in wanted or (stated is not None and name not in stated):
            continue
        try:
            answer = caller.call("GET", f"{base}/{path}", headers=_bearer(token))
        except NoAnswer as exc:
            found.append(wrong(f"Testkroken, GET {name}: {exc}.", _DESCRIBED))
            continue
        unknown = answer.status == 404 or (name == "patients" and (answer.members() or {}).get("count") == 0)
        if unknown and not answer.is_html:
            silent.append(name)
        elif answer.status == 501:
            found.append(note(f"Testkroken har ikke {name} (501).", "Det den skulle fortelle, blir «Ikke verifisert»."))
        elif answer.ok:
            found.append(note(f"Testkroken, GET {name} {answer.told()}.", f"Ventet 404 for noe ukjent. {_DESCRIBED}"))
        else:
            found.append(wrong(f"Testkroken, GET {name} {answer.told()}.", f"Ventet 404 for noe ukjent. {_DESCRIBED}"))
    if silent and stated is not None:
        found.insert(0, fine(f"Testkroken svarer som beskrevet på noe ukjent: {', '.join(silent)}."))
    return found
