"""The forms that the simulator can be asked to send, and what belongs to each.

Source: Skjemabygger; Skjemapakke; Brukerdokumentasjon for selvbetjeningsløsning, section Skjemakatalog.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from eprom_verify.simulator.fields import (
    CheckBox,
    Choice,
    Condition,
    DateKind,
    DateQuestion,
    Field,
    Group,
    Metadata,
    MetadataText,
    Number,
    TextArea,
    TextQuestion,
    every_field,
)


class FormStatus(Enum):
    """Where a form stands. Source: Brukerdokumentasjon for selvbetjeningsløsning, section Skjemakatalog."""

    KLADD = "Kladd"
    PUBLISERT = "Publisert"
    TRUKKET_TILBAKE = "Trukket tilbake"


@dataclass(frozen=True)
class Information:
    """What the citizen is told when the form comes (Skjemainformasjon); metadata cannot be used in it.

    `on_behalf_of` replaces the text that names whom the form is about, for those who may not know.
    Source: Skjemapakke, Skjemainformasjon; Skjemabygger, METADATA; PaVegneAvFlyt.
    """

    title: str = "Du har fått et skjema å fylle ut"
    text: str = "Vi ber deg svare på noen spørsmål om helsen din. Svarene brukes til å følge opp behandlingen."
    on_behalf_of: str = ""


@dataclass(frozen=True)
class Form:
    """A form of the catalogue; `id` is a GUID in lower case.

    `display_name` is what the citizen sees, `cover_letter` the Informasjon til pasienten (følgebrev), in which
    `[_NAME_]` stands for metadata and an empty line parts paragraphs. A samleskjema has `parts`, and its own cover
    letter and information are the ones that are used. `patient_may_order` is "Kan bestilles av pasient",
    `patient_must_sign` "Skjema bestilt av pasient må signeres", and `owner` the name of the bestillersystem that the
    form belongs to, "" for the first that is registered. Source: Skjemabygger, Innstillinger på skjema.
    """

    id: str
    title: str
    status: FormStatus = FormStatus.PUBLISERT
    paper_enabled: bool = False
    display_name: str = ""
    fields: tuple[Field, ...] = ()
    parts: tuple[Form, ...] = ()
    cover_letter: str = ""
    information: Information = field(default_factory=Information)
    patient_may_order: bool = False
    patient_must_sign: bool = False
    owner: str = ""

    def __post_init__(self) -> None:
        names = [each.name for each in every_field(self.fields)]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.title}: field names must be unique")

    @property
    def shown_title(self) -> str:
        """What the citizen knows the form as."""
        return self.display_name or self.title


def collection_key(form_id: str) -> str:
    """The member that holds what belongs to one form of a samleskjema. Source: Skjemabygger, section Samleskjema."""
    return "_" + form_id.replace("-", "_")


_YES_NO = ((1, "Ja"), (2, "Nei"))
_LIMITED = ((1, "Ja, mye"), (2, "Ja, litt"), (3, "Nei, ikke i det hele tatt"))
_TIME = ((1, "Hele tiden"), (2, "Mye av tiden"), (3, "En del av tiden"), (4, "Litt av tiden"), (5, "Ikke noe av tiden"))


def _rated(name: str, title: str, *labels: str) -> Choice:
    return Choice(name=name, title=title, required=True, options=tuple(enumerate(labels, 1)))


def _asked(name: str, title: str, options: tuple[tuple[int, str], ...]) -> Choice:
    return Choice(name=name, title=title, required=True, options=options)


# The names are those of the documentation's example; the questions are put in our own words.
_RAND_12_FIELDS: tuple[Field, ...] = (
    _rated("HealthGeneral", "Hvordan er helsen din, stort sett?", "Svært god", "God", "Nokså god", "Dårlig", "Elendig"),
    _asked("HealthLimitingActivities", "Begrenser helsen din aktiviteter som #b#rask gange#b# nå?", _LIMITED),
    _asked("HealthLimitingFloors", "Begrenser helsen din deg når du går opp #b#flere etasjer#b#?", _LIMITED),
    _asked("PhysicalHealthLessDone", "Har du fått gjort mindre enn du ville på grunn av kroppen?", _YES_NO),
    _asked("PhysicalHealthLimitingActivity", "Har kroppen hindret deg i noen typer arbeid?", _YES_NO),
    _asked("EmotionalIssuesLessDone", "Har du fått gjort mindre enn du ville på grunn av følelsene dine?", _YES_NO),
    _asked("EmotionalIssuesLimitingActivity", "Har følelsene gjort deg mindre grundig enn du pleier?", _YES_NO),
    _rated(
        "LastFourWeeksPain",
        "Hvor mye har smerter forstyrret det daglige de #u#siste fire ukene#u#?",
        "Ikke i det hele tatt",
        "Litt",
        "En del",
        "Mye",
        "Svært mye",
    ),
    _asked("LastFourWeeksRelaxed", "Hvor ofte de #u#siste fire ukene#u# har du følt deg rolig?", _TIME),
    _asked("LastFourWeeksSurplusOfEnergy", "Hvor ofte de #u#siste fire ukene#u# har du hatt mye overskudd?", _TIME),
    _asked("LastFourWeeksDepressed", "Hvor ofte de #u#siste fire ukene#u# har du følt deg nedfor?", _TIME),
    _asked("LastFourWeeksSocial", "Hvor ofte de #u#siste fire ukene#u# har helsen hindret deg i å se andre?", _TIME),
)
_LETTER = """Takk for at du vil svare på spørsmålene våre.

Det tar omtrent fem minutter. Svarene går til registeret som har bedt om dem, og til ingen andre."""

# RAND-12's id is the documentation's; the other ids are made up for the simulator.
RAND_12 = Form(
    "1bc5f9f0-2607-49eb-94f0-6af955bbd79a",
    "RAND-12",
    paper_enabled=True,
    display_name="Spørsmål om helsen din",
    fields=_RAND_12_FIELDS,
    cover_letter=_LETTER,
)
_COMMENT = TextQuestion(name="Kommentar", title="Er det noe du vil legge til?", area=True)
NOT_ON_PAPER = Form("5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e10", "Skjema uten papirversjon", fields=(_COMMENT,))
DRAFT = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e11",
    "Skjema i kladd",
    FormStatus.KLADD,
    fields=(_COMMENT,),
    patient_may_order=True,
)
WITHDRAWN = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e12",
    "Skjema trukket tilbake",
    FormStatus.TRUKKET_TILBAKE,
    fields=(_COMMENT,),
    patient_may_order=True,
)
TO_WITHDRAW = Form("5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e13", "Skjema som kan trekkes tilbake", fields=(_COMMENT,))

ALL_KINDS = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e14",
    "Skjema med alle felttyper",
    display_name="Etter oppholdet",
    fields=(
        Metadata(name="visValgfelt", title="Om valgfeltet vises", number=True),
        Metadata(name="sykehusnavn", title="Sykehuset"),
        TextArea(name="Innledning", title="Svar så godt du kan. Det er #b#ingen#b# gale svar."),
        MetadataText(name="Sykehus", title="Du var innlagt på", shows="sykehusnavn"),
        Number(
            name="Vekt", title="Hva veier du?", hint="I kilo", minimum=1, maximum=400, decimals=1, expected=(30, 250)
        ),
        Number(name="Hoyde", title="Hvor høy er du?", hint="I centimeter", minimum=30, maximum=260),
        Number(name="ArPaSkole", title="Hvor mange år har du gått på skole?", minimum=0, maximum=40),
        Choice(
            name="valgfelt",
            title="Hvordan kom du til sykehuset?",
            options=((1, "Med ambulanse"), (2, "Med egen bil"), (3, "På en annen måte")),
            shown_when=Condition("visValgfelt", 1),
        ),
        Choice(
            name="Fylke",
            title="Hvor bor du?",
            as_list=True,
            options=tuple(enumerate(("Nord", "Midt", "Vest", "Sør", "Øst", "Utlandet"), 1)),
        ),
        Number(
            name="Smerte",
            title="Hvor vondt har du nå?",
            required=True,
            minimum=0,
            maximum=10,
            slider=True,
            ends=("Ingen smerte", "Verst tenkelige smerte"),
        ),
        Choice(name="Bedre", title="Er du bedre enn før oppholdet?", required=True, options=_YES_NO),
        TextQuestion(name="HvaErVerre", title="Hva er ikke bedre?", required=True, shown_when=Condition("Bedre", 2)),
        Group(
            name="Plager",
            title="Hvilke plager har du hatt?",
            fields=(
                CheckBox(name="Kvalme", title="Kvalme"),
                CheckBox(name="Feber", title="Feber"),
                CheckBox(name="Utslett", title="Utslett"),
            ),
        ),
        DateQuestion(name="dato", title="Når ble du skrevet ut?"),
        DateQuestion(name="datotid", title="Når var siste kontroll?", kind=DateKind.DAY_AND_TIME),
        DateQuestion(name="datomnd", title="Hvilken måned begynte plagene?", kind=DateKind.MONTH),
        DateQuestion(name="datoaar", title="Hvilket år ble du operert?", kind=DateKind.YEAR),
        TextQuestion(name="Yrke", title="Hva arbeider du med?"),
        TextQuestion(
            name="Kommentar", title="Er det noe du vil legge til?#n#i#Ikke skriv navn på andre.#i#", area=True
        ),
    ),
    cover_letter="I forbindelse med ditt opphold på [_SYKEHUSNAVN_] ønsker vi at du svarer på noen spørsmål.",
    information=Information(
        "Skjema etter oppholdet ditt",
        "Sykehuset vil vite hvordan det går med deg etter oppholdet. [_SYKEHUSNAVN_]",
    ),
)
LIFE = Form(
    "ff3748a5-67d7-425d-9175-1f9fb5bbfdde",
    "Om deg",
    fields=(
        Number(name="tallfelt", title="Hvor mange bor du sammen med?", minimum=0, maximum=40),
        TextQuestion(name="tekstfelt", title="Hva liker du å gjøre?"),
        CheckBox(name="avkrysningsboks", title="Jeg har bodd i Norge hele livet"),
    ),
    cover_letter="Dette følgebrevet hører til delskjemaet alene.",
)
COLLECTION = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e15",
    "Samleskjema",
    display_name="Oppfølging etter behandling",
    parts=(LIFE, RAND_12),
    cover_letter="Her er to skjema fra [_AVDELING_]. Alle skjemaene leveres samlet til slutt.",
)
ANONYMOUS = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e16",
    "Skjema med anonym tekst om på vegne av",
    fields=(_COMMENT,),
    information=Information(on_behalf_of="Skjemaet skal fylles ut sammen med pasienten."),
)
PATIENTS_OWN = Form(
    "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e20",
    "Skjema som pasienten kan bestille",
    fields=(_COMMENT,),
    cover_letter=_LETTER,
    patient_may_order=True,
)
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

_FORMS = (
    *(RAND_12, NOT_ON_PAPER, DRAFT, WITHDRAWN, TO_WITHDRAW, ALL_KINDS),
    *(LIFE, COLLECTION, ANONYMOUS, PATIENTS_OWN, PATIENTS_OWN_SIGNED, OTHER_SYSTEMS),
)
CATALOGUE = {form.id: form for form in _FORMS}

SIMULATED_FORMS = {
    "RAND-12": RAND_12.id,
    "skjema uten papirversjon": NOT_ON_PAPER.id,
    "skjema i kladd": DRAFT.id,
    "skjema trukket tilbake": WITHDRAWN.id,
    "skjema som pasienten kan bestille": PATIENTS_OWN.id,
    "skjema som pasienten må signere": PATIENTS_OWN_SIGNED.id,
    "skjema som et annet bestillersystem eier": OTHER_SYSTEMS.id,
    "skjema som ikke finnes": "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2eff",
    "skjema som kan trekkes tilbake": TO_WITHDRAW.id,
    "skjema med alle felttyper": ALL_KINDS.id,
    "samleskjema": COLLECTION.id,
    "skjema med anonym tekst": ANONYMOUS.id,
}
"""The ids of the forms, and of one that does not exist, by the names that features know them by."""
