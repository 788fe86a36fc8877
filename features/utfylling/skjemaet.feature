# language: no
@eprom @bare-simulator
Egenskap: Det pasienten ser i skjemaet
  Følgebrev, metadata og defaultverdier er med når skjemaet åpnes.
  Kilde: Skjemabygger, METADATA og DEFAULTVERDIER; Skjemapakke.

  Regel: Følgebrevet vises, med metadata satt inn

    @krav-F-01
    Scenariomal: Metadata står i følgebrevet
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
        | metadata         | <metadata>     |
      Og pasienten åpner skjemaet
      Så sier følgebrevet "<tekst>"

      Eksempler:
        | metadata                                    | tekst                                           |
        | {"sykehusnavn": "St. Olavs hospital"}       | ditt opphold på St. Olavs hospital ønsker       |
        | {"SykehusNavn": "Sykehuset på Ås & Ørland"} | ditt opphold på Sykehuset på Ås & Ørland ønsker |

    @krav-F-01
    Scenario: Et følgebrev uten metadata står som det er skrevet
      Gitt pasienten "bare digital postkasse"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi              |
        | distributionRule | DigitalMailboxOnly |
      Og pasienten åpner skjemaet
      Så sier følgebrevet "Takk for at du vil svare på spørsmålene våre."

    @krav-F-05
    Scenario: Et samleskjema har sitt eget følgebrev
      Gitt pasienten "Helsenorge og e-post"
      Når samleskjemaet bestilles direkte hos ePROM med metadata {"avdeling": "kirurgisk"}
      Og pasienten åpner skjemaet
      Så sier følgebrevet "Alle skjemaene leveres samlet til slutt."

  Regel: Metadata viser og skjuler felter

    @krav-F-02
    Scenario: Feltet vises når metadata sier det
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi              |
        | distributionRule | HelsenorgeOnly     |
        | metadata         | {"visValgfelt": 1} |
      Og pasienten åpner skjemaet
      Så viser skjemaet feltet "valgfelt"

    @krav-F-02
    Scenariomal: Feltet vises ikke når metadata ikke sier det
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
        | metadata         | <metadata>     |
      Og pasienten åpner skjemaet
      Så viser skjemaet ikke feltet "valgfelt"

      Eksempler:
        | metadata           |
        | {"visValgfelt": 0} |
        | {"age": 76}        |

    @krav-F-03
    Scenario: En metadatatekst viser verdien
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi                                 |
        | distributionRule | HelsenorgeOnly                        |
        | metadata         | {"sykehusnavn": "St. Olavs hospital"} |
      Og pasienten åpner skjemaet
      Så står det "St. Olavs hospital" i feltet "Sykehus"

  Regel: Defaultverdiene er utfylt når skjemaet åpnes

    @krav-F-04
    Scenariomal: Verdien fra bestillingen står i feltet
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
        | metadata         | <metadata>     |
      Og pasienten åpner skjemaet
      Så står det "<verdi>" i feltet "<felt>"

      Eksempler:
        | metadata                                     | felt      | verdi          |
        | {"visValgfelt": 1, "Vekt": 70, "Hoyde": 180} | Vekt      | 70             |
        | {"visValgfelt": 1, "Vekt": 70, "Hoyde": 180} | Hoyde     | 180            |
        | {"ArPaSkole": 10}                            | ArPaSkole | 10             |
        | {"dato": "2023-08-08T22:00:00.000Z"}         | dato      | 2023-08-09     |
        | {"datoaar": "2026-12-31T23:00:00.000Z"}      | datoaar   | 2027-01-01     |
        | {"Yrke": "<b>Snekker</b>"}                   | Yrke      | <b>Snekker</b> |
        | {"Vekt": 70}                                 | Hoyde     |                |

    @krav-F-06
    Scenariomal: I et samleskjema hører verdiene til hvert delskjema
      Gitt pasienten "Helsenorge og e-post"
      Når samleskjemaet bestilles direkte hos ePROM med metadata <metadata>
      Og pasienten åpner skjemaet
      Så står det "<verdi>" i feltet "<felt>"

      Eksempler:
        | metadata                            | felt          | verdi |
        | {"Om deg": {"tallfelt": 33}}        | tallfelt      | 33    |
        | {"Om deg": {"tekstfelt": "Hei"}}    | tekstfelt     | Hei   |
        | {"RAND-12": {"HealthGeneral": "2"}} | HealthGeneral | 2     |
        | {"tallfelt": 33}                    | tallfelt      |       |
        | {"RAND-12": {"tallfelt": 33}}       | tallfelt      |       |

  Regel: På Helsenorge kan skjemaet lagres underveis

    @krav-F-29
    Scenario: Svarene er der når skjemaet åpnes igjen
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
      Og pasienten åpner skjemaet
      Og pasienten lagrer {"Vekt": 82} og åpner skjemaet igjen
      Så står det "82" i feltet "Vekt"

    @krav-F-29
    Scenariomal: Skjemaet kan ikke lagres på andre kanaler
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Og pasienten åpner skjemaet
      Og pasienten lagrer {"HealthGeneral": 1} og åpner skjemaet igjen
      Så blir svarene ikke lagret

      Eksempler:
        | pasient                | regel              |
        | bare digital postkasse | DigitalMailboxOnly |
        | bare e-post            | UnsecureOnly       |
