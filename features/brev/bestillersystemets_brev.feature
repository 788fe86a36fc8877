# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med brev
  Hvordan bestillersystemet sender brev, og hva det gjør med svaret og statusen.
  Kilde: SendeMeldingTilInnbyggerV2.

  Regel: Brevet er riktig satt sammen

    @krav-L-22
    Scenario: API-nøkkelen til et brev står der den skal
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev på "Helsenorge"
      Så står API-nøkkelen til brevet der den skal, og ingen andre steder

    @krav-L-23
    Scenariomal: Kanalene står i den rekkefølgen som er valgt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev på "<kanaler>"
      Så har brevet de valgte kanalene i rekkefølge

      Eksempler:
        | kanaler                                               |
        | Helsenorge, DigitalMailbox                            |
        | DigitalMailbox, Helsenorge                            |
        | Unsecure, PhysicalMailbox, Helsenorge, DigitalMailbox |
        | PhysicalMailbox                                       |

    @krav-L-24
    Scenariomal: Hoveddokumentet er PDF-en som er valgt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev med en PDF på <størrelse> kB
      Så er hoveddokumentet i brevet den PDF-en som ble valgt

      Eksempler:
        | størrelse |
        | 1         |
        | 60        |
        | 3000      |

    @krav-L-25
    Scenario: Brevet ber om utskrift i farger når det er valgt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev i farger på "PhysicalMailbox"
      Så er fargeutskrift i brevet valgt

    @krav-L-25
    Scenario: Brevet ber ikke om utskrift i farger når det ikke er valgt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev på "PhysicalMailbox"
      Så er fargeutskrift i brevet ikke valgt

    @krav-L-27
    Scenariomal: Hvert brev blir sendt nøyaktig én gang
      Gitt pasienten "<innbygger>"
      Når bestillersystemet sender et brev på "Helsenorge, DigitalMailbox"
      Så er brevet sendt nøyaktig én gang

      Eksempler:
        | innbygger     |
        | alle kanaler  |
        | ingen kanaler |

    @krav-L-27 @til-slutt @bare-simulator
    Scenario: Ingen brev som feilet, er sendt på nytt
      Gitt at alle bestillinger i kjøringen er ferdige
      Så er ingen brev som feilet, sendt på nytt av seg selv

  Regel: Statusen for brevet blir tatt imot og registrert

    @krav-L-28
    Scenariomal: Bestillersystemet svarer success på statusen for brevet
      Gitt pasienten "<innbygger>"
      Når bestillersystemet sender et brev på "<kanaler>"
      Så har bestillersystemet svart success på statusen for brevet

      Eksempler:
        | innbygger              | kanaler                    |
        | alle kanaler           | Helsenorge                 |
        | bare digital postkasse | Helsenorge, DigitalMailbox |

    @krav-L-30 @bare-simulator
    Scenariomal: En brevstatus som kommer flere ganger, blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "statusen kommer <ganger> ganger"
      Når bestillersystemet sender et brev på "Helsenorge"
      Og statusen for brevet er kommet <ganger> ganger
      Så har bestillersystemet registrert "Sent" på "Helsenorge" for brevet, én gang

      Eksempler:
        | ganger |
        | 2      |
        | 5      |

    @krav-L-31 @bare-simulator
    Scenario: En status som kommer før svaret på brevet, blir registrert på riktig brev
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "statusen kommer før svaret på brevet"
      Når bestillersystemet sender et brev på "Helsenorge"
      Så kom statusen før svaret på brevet
      Og bestillersystemet har svart success på statusen for brevet
      Og bestillersystemet har registrert "Sent" på "Helsenorge" for brevet, én gang

    @krav-L-32 @bare-simulator
    Scenariomal: Kanal og status blir forstått både som navn og som tall
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "statusen er i utgave <utgave>"
      Når bestillersystemet sender et brev på "<kanal>"
      Så har bestillersystemet registrert "Sent" på "<kanal>" for brevet, én gang

      Eksempler:
        | utgave  | kanal          |
        | 2026-05 | Helsenorge     |
        | 2023-10 | Helsenorge     |
        | 2026-05 | DigitalMailbox |
        | 2023-10 | DigitalMailbox |

    @krav-L-33 @bare-simulator
    Scenario: Bestillersystemet registrerer at brevet ikke lot seg sende
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "brevet lar seg ikke sende likevel"
      Når bestillersystemet sender et brev på "Helsenorge"
      Så har bestillersystemet registrert "Error" på "None" for brevet, én gang

    @krav-L-39 @bare-simulator
    Scenariomal: En brevstatus med feil nøkkel blir avvist
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "statusen har en annen nøkkel"
      Når bestillersystemet sender et brev på "<kanal>"
      Så har bestillersystemet avvist statusen for brevet

      Eksempler:
        | kanal          |
        | Helsenorge     |
        | DigitalMailbox |

  Regel: Bestillersystemet vet om brevet er sendt

    @krav-L-36
    Scenariomal: Et brev som ePROM tok imot, er registrert som sendt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev på "<kanal>"
      Så har bestillersystemet registrert brevet som sendt

      Eksempler:
        | kanal          |
        | Helsenorge     |
        | DigitalMailbox |

    @krav-L-34
    Scenariomal: Et svar uten kanal blir ikke tatt for et brev som er sendt
      Gitt pasienten "<innbygger>"
      Når bestillersystemet sender et brev på "Helsenorge, DigitalMailbox"
      Så har bestillersystemet registrert brevet som ikke sendt

      Eksempler:
        | innbygger         |
        | ingen kanaler     |
        | ikke i registeret |

    @krav-L-34 @bare-simulator
    Scenariomal: At ikke noe er sendt, blir forstått hvordan det enn er skrevet
      Gitt pasienten "ingen kanaler"
      Og at det går slik med brevet: "at ikke noe er sendt, skrives <form>"
      Når bestillersystemet sender et brev på "Helsenorge, DigitalMailbox"
      Så har bestillersystemet registrert brevet som ikke sendt

      Eksempler:
        | form          |
        | None          |
        | som tallet 0  |
        | som teksten 0 |

    @krav-L-35 @bare-simulator
    Scenariomal: Et brev som ePROM ikke kunne ta imot, blir ikke tatt for sendt
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "<problem>"
      Når bestillersystemet sender et brev på "Helsenorge"
      Så har bestillersystemet registrert brevet som ikke sendt

      Eksempler:
        | problem                       |
        | Helsenorge svarer ikke i tide |
        | Helsenorge kan ikke nås       |
        | brevet blir avvist            |
        | PDF-en er for stor            |

    @krav-L-37 @bare-simulator
    Scenariomal: Et brev som feilet hos ePROM, blir ikke tatt for sendt
      Gitt pasienten "rammet av feil hos ePROM"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å sende et brev
      Så har bestillersystemet ikke registrert det feilede brevet som sendt

      Eksempler:
        | svikt                 |
        | Unauthorized          |
        | Internal Server Error |

    @krav-L-38 @bare-simulator
    Scenariomal: Et brev som ikke ble besvart, blir ikke tatt for sendt
      Gitt pasienten "rammet av feil hos ePROM"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å sende et brev
      Så har bestillersystemet ikke registrert det feilede brevet som sendt

      Eksempler:
        | svikt             |
        | ikke noe svar     |
        | brutt forbindelse |
