"""En driver i Python: får et bestillersystem til å handle uten testkrok.

Pek på klassen i eprom-verify.toml:

    [bestillersystem]
    driver = "python"
    klasse = "docs/examples/egen_driver.py:MittBestillersystem"
    api_base_url = "http://127.0.0.1:8081"

Her er systemet en tjeneste med sitt eget API for bestilling. Metoder som mangler, blir «Ikke verifisert»; det som
integrasjonen ikke bruker, sier du i [profil].
"""

from __future__ import annotations

import json
import os
from urllib.request import Request, urlopen

from eprom_verify.contract.enumerations import FormOrderStatus, FormOrderStatusErrorCode, NotificationChannel
from eprom_verify.drivers.protocol import OrderIntent, Registered


class MittBestillersystem:
    """Bestiller gjennom systemets eget API, og spør det hva det har registrert."""

    def __init__(self) -> None:
        self._url = os.environ.get("MITT_SYSTEM_URL", "http://127.0.0.1:8081/test-hook")

    def order_form(self, intent: OrderIntent) -> None:
        """La systemet bestille skjemaet, slik det gjør når en behandler trykker på knappen."""
        rule = intent.distribution_rule
        self._call(
            "POST",
            "order-form",
            {
                "caseId": intent.case_id,
                "formId": intent.form_id,
                "nationalId": intent.national_id,
                "expiryDate": intent.expiry_date.isoformat(),
                "metadata": dict(intent.metadata) if intent.metadata is not None else None,
                "distributionRule": rule.name if rule is not None else None,
                "mustBeSigned": intent.must_be_signed,
                "signingText": intent.signing_text,
                "dontStoreCompletedFormInPha": intent.dont_store_completed_form_in_pha,
                "physicalAddress": dict(intent.physical_address) if intent.physical_address is not None else None,
                "onBehalfOfNationalId": intent.on_behalf_of_national_id,
            },
        )

    def registered(self, form_order_id: str) -> tuple[Registered, ...]:
        """Det systemet har registrert om bestillingen, i den rekkefølgen det kom."""
        known = self._call("GET", f"orders/{form_order_id}")
        return tuple(
            Registered(
                FormOrderStatus.parse(each["status"]),
                NotificationChannel.parse(each["notificationChannel"]),
                FormOrderStatusErrorCode.parse(each["errorCode"] if each["errorCode"] is not None else "None"),
                each["answers"],
            )
            for each in known["statuses"]
        )

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, list[dict]]:
        data = json.dumps(body).encode() if body is not None else None
        request = Request(  # noqa: S310 - a test system's own address
            f"{self._url}/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urlopen(request, timeout=30) as response:  # noqa: S310 - as above
            text = response.read()
        return json.loads(text) if text else {}
