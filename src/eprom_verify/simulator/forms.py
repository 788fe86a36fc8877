"""The forms that the simulator can be asked to send."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class FormStatus(Enum):
    """Where a form stands. Source: Brukerdokumentasjon for selvbetjeningsløsning, section Skjemakatalog."""

    KLADD = "Kladd"
    PUBLISERT = "Publisert"
    TRUKKET_TILBAKE = "Trukket tilbake"


@dataclass(frozen=True)
class Form:
    """A form of the catalogue; `id` is a GUID in lower case.

    `patient_may_order` is "Kan bestilles av pasient", `patient_must_sign` "Skjema bestilt av pasient må signeres", and
    `owner` the name of the bestillersystem that the form belongs to, "" for the first that is registered.
    Source: Skjemabygger, Innstillinger på skjema.
    """

    id: str
    title: str
    status: FormStatus = FormStatus.PUBLISERT
    paper_enabled: bool = False
    patient_may_order: bool = False
    patient_must_sign: bool = False
    owner: str = ""


# RAND-12's id is the documentation's; the other ids are made up for the simulator.
RAND_12 = Form("1bc5f9f0-2607-49eb-94f0-6af955bbd79a", "RAND-12", paper_enabled=True)
NOT_ON_PAPER = Form("5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e10", "Skjema uten papirversjon")
DRAFT = Form("5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e11", "Skjema i kladd", FormStatus.KLADD, patient_may_order=True)
WITHDRAWN = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e12",
    "Skjema trukket tilbake",
    FormStatus.TRUKKET_TILBAKE,
    patient_may_order=True,
)
PATIENTS_OWN = Form("5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e20", "Skjema som pasienten kan bestille", patient_may_order=True)
PATIENTS_OWN_SIGNED = replace(
    PATIENTS_OWN,
    id="5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e21",
    title="Skjema som pasienten kan bestille, og må signere",
    patient_must_sign=True,
)
OTHER_SYSTEM = "et annet bestillersystem"
OTHER_SYSTEMS = replace(
    PATIENTS_OWN,
    id="5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e22",
    title="Skjema som et annet bestillersystem eier",
    owner=OTHER_SYSTEM,
)

CATALOGUE = {
    form.id: form
    for form in (RAND_12, NOT_ON_PAPER, DRAFT, WITHDRAWN, PATIENTS_OWN, PATIENTS_OWN_SIGNED, OTHER_SYSTEMS)
}

SIMULATED_FORMS = {
    "RAND-12": RAND_12.id,
    "skjema uten papirversjon": NOT_ON_PAPER.id,
    "skjema i kladd": DRAFT.id,
    "skjema trukket tilbake": WITHDRAWN.id,
    "skjema som pasienten kan bestille": PATIENTS_OWN.id,
    "skjema som pasienten må signere": PATIENTS_OWN_SIGNED.id,
    "skjema som et annet bestillersystem eier": OTHER_SYSTEMS.id,
    "skjema som ikke finnes": "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2eff",
}
"""The ids of the forms, and of one that does not exist, by the names that features know them by."""
