"""The bestillersystem end: can its callbacks be reached, and what does it say of a status that is nobody's?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from eprom_verify.clock import system_clock
from eprom_verify.config import Config
from eprom_verify.contract.enumerations import DistributionRule, FormOrderStatus, NotificationChannel
from eprom_verify.keys import KEY_VARIABLE, OPEN_KEY
from eprom_verify.preflight.address import reached
from eprom_verify.preflight.calling import Answer, Caller, NoAnswer, pace
from eprom_verify.preflight.finding import Finding, Mark, fine, note, wrong
from eprom_verify.simulator import form_orders, letters
from eprom_verify.simulator.ordering import status_callback
from eprom_verify.simulator.orders import Bestillersystem, Order

WRONG_KEY = "en-ukjent-noekkel-fra-eprom-verify"
PRIVACY_PATH = "/api/PersonvernInnstilling"
_ABSENT = (404, 405)


def examined(config: Config, api_key: str, caller: Caller) -> list[Finding]:
    """Send a status for an order that nobody has made, with the key and with another one, and tell what came of it.

    The order's id is drawn at random, so that there is nothing for a correct system to change.
    """
    base = config.system.api_base_url
    found = reached(base, "api_base_url under [bestillersystem]")
    if any(each.mark is Mark.WRONG for each in found):
        return found
    url = f"{base}{form_orders.CALLBACK_PATH}"
    try:
        answer = caller.call("PUT", url, body=_status(api_key, config.edition))
        other = caller.call("PUT", url, body=_status(WRONG_KEY, config.edition))
    except NoAnswer as exc:
        return [*found, wrong(f"PUT {url}: {exc}.", "Sjekk at systemet er oppe, og at api_base_url er riktig.")]
    found += [_judged(url, answer, other), *pace("Systemet", answer)]
    return found + _others(config, base, api_key, caller)


def _status(api_key: str, edition: str) -> Mapping[str, Any]:
    order = Order(
        id=str(uuid4()),
        system=Bestillersystem("", api_key, None),
        rule=DistributionRule.Basic,
        asked={},
        ordered_at=system_clock(),
        preferred=NotificationChannel.Helsenorge,
        single_use_code=None,
        login_url="",
        status=FormOrderStatus.Ordered,
        channel=NotificationChannel.Helsenorge,
    )
    return status_callback(order, edition)


def _judged(url: str, answer: Answer, other: Answer) -> Finding:
    """What the answer to a status says, beside the answer to one with a wrong key."""
    if answer.status in _ABSENT or answer.is_html or 300 <= answer.status < 400:
        return wrong(
            f"PUT {url} {answer.told()}.",
            "Rett api_base_url: ePROM legger /api/PromsFormOrder til den, og systemet må svare der.",
        )
    if answer.status in (401, 403):
        return wrong(
            f"Systemet avviste API-nøkkelen: PUT {url} {answer.told()}. Det er en feil i oppsettet, ikke i "
            "integrasjonen.",
            f"Sett {KEY_VARIABLE} til nøkkelen som systemet har, eller gi systemet nøkkelen «{OPEN_KEY}» når den "
            "ikke er satt.",
        )
    if answer.status >= 500:
        return note(
            f"PUT {url} {answer.told()}.",
            "En status for en bestilling som systemet ikke kjenner, bør ikke gi en feil; se i loggen til systemet.",
        )
    if not _accepted(answer):
        alike = (answer.status, answer.members()) == (other.status, other.members())
        doubt = " Svaret var det samme med en annen nøkkel, så nøkkelen kan være feil." if alike else ""
        return note(
            f"Systemet godtok ikke en status for en bestilling det ikke kjenner: PUT {url} {answer.told()}.{doubt}",
            f"Stemmer nøkkelen i {KEY_VARIABLE}? ePROM sender en status på nytt til den får success true.",
        )
    if _accepted(other):
        return note(
            f"Systemet tar imot status på {url}, men godtok den også med en annen API-nøkkel.",
            "Kjøringen kan begynne. Da kan hvem som helst melde status til systemet.",
        )
    return fine(f"Systemet tar imot status på {url} med riktig API-nøkkel, og avviser en annen.")


def _accepted(answer: Answer) -> bool:
    return answer.ok and (answer.members() or {}).get("success") is True


def _others(config: Config, base: str, api_key: str, caller: Caller) -> list[Finding]:
    """Whether the other callbacks that the profile has are there at all."""
    # An empty message changes nothing, whatever is wrong with the system.
    wanted = [("brev", letters.CALLBACK_PATH)] if config.profile.letters else []
    wanted += [("personvern", PRIVACY_PATH)] if config.profile.privacy else []
    found, there = [], []
    for part, path in wanted:
        try:
            answer = caller.call("PUT", f"{base}{path}", headers={"Authorization": f"Basic {api_key}"}, body={})
        except NoAnswer as exc:
            found.append(note(f"PUT {base}{path}: {exc}.", _UNUSED.format(part)))
            continue
        if answer.status in _ABSENT or answer.is_html:
            found.append(note(f"PUT {base}{path} {answer.told()}.", _UNUSED.format(part)))
        else:
            there.append(path)
    return ([fine(f"Systemet har også {' og '.join(there)}.")] if there else []) + found


_UNUSED = "Bruker ikke integrasjonen dette, så sett {} = false under [profil]; ellers vil kjøringen felle det."
