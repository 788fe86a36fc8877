# language: no
@bestillersystem
Egenskap: Det bestillersystemet har ansvar for
  Hvordan bestillersystemet bestiller, og hva det gjør med svaret og statusen.

  Regel: Bestillingen er riktig satt sammen

    @krav-B-02
    Scenariomal: API-nøkkelen sendes i headeren Authorization
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema
      Så er API-nøkkelen sendt i headeren Authorization og ingen andre steder

      Eksempler:
        | pasient      |
        | alle kanaler |
        | bare e-post  |

    @krav-B-03
    Scenariomal: Metadata sendes som en tekst med JSON
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema med metadata <metadata>
      Så er metadata i bestillingen en tekst med <metadata>

      Eksempler:
        | metadata                                       |
        | {"age": 76}                                    |
        | {"sted": "høyre kne", "ukjent felt": null}     |
        | {"tekst": "\"sitat\" og linje\\nskift – æøå 😀"} |

    @krav-B-04
    Scenariomal: Bestillingen bruker regelen som er valgt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så har bestillingen regelen "<regel>"

      Eksempler:
        | regel                |
        | Basic                |
        | AllowUnsecure        |
        | NoDistribution       |
        | BasicOrPaper         |
        | AllowUnsecureOrPaper |
        | PaperOnly            |
        | HelsenorgeOnly       |
        | DigitalMailboxOnly   |
        | UnsecureOnly         |

    @krav-B-13
    Scenariomal: Bestillingen har utløpsdatoen som er valgt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema som utløper om <dager> dager
      Så utløper bestillingen om <dager> dager

      Eksempler:
        | dager |
        | 7     |
        | 30    |
        | 365   |

    @krav-B-14
    Scenario: Signering og signeringstekst følger med bestillingen
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg bekrefter at svarene er mine"
      Så er bestillingen til signering med teksten "Jeg bekrefter at svarene er mine"

    @krav-B-05
    Scenariomal: Hver bestilling blir sendt nøyaktig én gang
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema
      Så er bestillingen sendt nøyaktig én gang

      Eksempler:
        | pasient       |
        | alle kanaler  |
        | ingen kanaler |

  Regel: Statusen blir tatt imot og registrert

    @krav-B-06
    Scenariomal: Bestillersystemet svarer success på statusen
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Så har bestillersystemet svart success på statusen

      Eksempler:
        | pasient       |
        | alle kanaler  |
        | bare papir    |
        | ingen kanaler |

    @krav-B-07 @bare-simulator
    Scenariomal: En status som kommer flere ganger, blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen <ganger> ganger
      Når bestillersystemet bestiller et skjema
      Og statusen er kommet <ganger> ganger
      Så har bestillersystemet registrert statusen "Ordered" på kanalen "Helsenorge"

      Eksempler:
        | ganger |
        | 2      |
        | 5      |

    @krav-B-08 @bare-simulator
    Scenario: En status som kommer før svaret på bestillingen, blir registrert på riktig bestilling
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen før svaret på bestillingen
      Når bestillersystemet bestiller et skjema
      Så har bestillersystemet registrert bestillingen som gjort
      Og bestillersystemet har registrert statusen "Ordered" på kanalen "Helsenorge"

    @krav-B-09
    Scenariomal: Bestillersystemet registrerer at pasienten ikke kan nås
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så har bestillersystemet registrert at pasienten ikke kan nås

      Eksempler:
        | pasient       |
        | ingen kanaler |
        | bare papir    |

    @krav-B-12 @bare-simulator
    Scenariomal: Kanalen blir forstått både som navn og som tall
      Gitt pasienten "<pasient>"
      Og at ePROM sender statusen i utgaven "<utgave>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Så har bestillersystemet registrert statusen "Ordered" på kanalen "<kanal>"

      Eksempler:
        | utgave  | pasient      | kanal           |
        | 2026-05 | alle kanaler | Helsenorge      |
        | 2023-10 | alle kanaler | Helsenorge      |
        | 2026-05 | bare papir   | PhysicalMailbox |
        | 2023-10 | bare papir   | PhysicalMailbox |

  Regel: Det som ikke ble en bestilling, blir ikke tatt for en

    @krav-B-10
    Scenario: Null-GUID i svaret blir ikke tatt for en bestilling
      Gitt pasienten "ikke i registeret"
      Når bestillersystemet bestiller et skjema som ikke kan bestilles
      Så har bestillersystemet ikke registrert bestillingen som gjort

    @krav-B-11
    Scenariomal: En bestilling som ePROM avviser, blir ikke tatt for gjort
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller skjemaet "<skjema>" som ikke kan bestilles
      Så har bestillersystemet ikke registrert bestillingen som gjort

      Eksempler:
        | skjema                 |
        | skjema i kladd         |
        | skjema som ikke finnes |
