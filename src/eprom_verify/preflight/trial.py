"""One order, made by the bestillersystem at the simulator: shows that it calls the right address with the right key."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from eprom_verify.clock import system_clock
from eprom_verify.config import Config
from eprom_verify.contract.enumerations import DistributionRule
from eprom_verify.drivers.protocol import OrderIntent
from eprom_verify.errors import EpromVerifyError
from eprom_verify.exchange import Exchange
from eprom_verify.keys import KEY_VARIABLE, OPEN_KEY
from eprom_verify.preflight.finding import Finding, fine, note, wrong
from eprom_verify.rig import Rig
from eprom_verify.simulator.settings import BASE_PATH
from eprom_verify.wiring import open_rig

PERSONA, FORM = "alle kanaler", "RAND-12"


def ordered(config: Config) -> list[Finding]:
    """Let the bestillersystem order one form for a synthetic patient, and look at what came to the simulator."""
    seed = config.seed if config.seed is not None else secrets.randbelow(2**31)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="eprom-verify-", ignore_cleanup_errors=True)))
        try:
            return _seen(stack.enter_context(open_rig(config, folder, seed=seed)), config)
        except EpromVerifyError as exc:
            return [wrong(f"Prøvebestilling: {exc}")]


def _seen(rig: Rig, config: Config) -> list[Finding]:
    since, wait_s = rig.journal.seq, config.deadlines.status_s
    # With NoDistribution no status need come.
    rules = [each for each in config.profile.rules if each != "NoDistribution"] or config.profile.rules
    rig.driver.order_form(
        OrderIntent(
            case_id=f"check-{uuid4()}",
            form_id=rig.form(FORM),
            national_id=rig.national_id(PERSONA),
            expiry_date=system_clock() + timedelta(days=1),
            distribution_rule=DistributionRule[rules[0]],
        )
    )
    order = rig.journal.wait_for(lambda each: each.operation == "A" and each.done, timeout_s=wait_s, since=since)
    if order is None:
        return [
            wrong(
                f"Prøvebestilling: systemet skulle bestille {FORM}, men ingen bestilling kom til simulatoren på "
                f"{wait_s:g} sekunder.",
                f"Sett PromsApiBaseUrl i systemet til http://<adressen hit>:{config.simulator_port}{BASE_PATH}. "
                "Bruker systemet en kø, så øk status_s under [frister].",
            )
        ]
    if rig.keys_seen.agreed == 0:
        return [
            wrong(
                "Prøvebestilling: systemet bestilte med en annen API-nøkkel enn kjøringen bruker.",
                f"Sett {KEY_VARIABLE} til nøkkelen som systemet har, eller gi systemet «{OPEN_KEY}».",
            )
        ]
    if order.status != HTTPStatus.OK:
        return [_refused(order)]
    status = rig.journal.wait_for(
        lambda each: each.operation == "I" and each.status is not None, timeout_s=wait_s, since=since
    )
    if status is None:
        return [note("Prøvebestilling: bestillingen kom, men statusen er ikke besvart.", "Kjøringen sier hvorfor.")]
    return [
        fine(f"Prøvebestilling: systemet bestilte {FORM} med riktig nøkkel, og svarte {status.status} på statusen.")
    ]


def _refused(order: Exchange) -> Finding:
    """The simulator said no: with what is wrong with the order, when the contract tells."""
    answer = " ".join(order.response.text.split()) if order.response else ""
    # Written as a header, the scheme that is wanted would be taken for a key, and be hidden.
    broken = "; ".join(
        dict.fromkeys(
            f"ventet {each.expected.replace('Authorization: ', 'Authorization på formen ')}, fikk {each.received}"
            for each in order.violations
        )
    )
    return note(
        f"Prøvebestilling: bestillingen kom, men simulatoren svarte {order.status}: {answer}",
        f"Bestillingen er feil: {broken}." if broken else "Kjøringen sier hvorfor.",
    )
