# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med skjemaet
  Svaret skal registreres slik pasienten ga det, én gang, uansett når og hvor ofte det kommer.
  Kilde: ReturAvUtfyltSkjema, Mottak; IntegrasjonVerifikasjon, 3) Retur av skjema til bestillersystemet.

  Regel: Svaret kommer fram

    @krav-3.1 @eprom @kritisk @svar-av-tester
    Scenariomal: Pasienten svarer, og bestillersystemet mottar svaret
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet
      Så har bestillersystemet svart success på svaret med status "Completed"
      Og bestillersystemet har registrert svaret én gang

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |
        | bare e-post            |

    @krav-R-20 @bare-simulator
    Scenariomal: Svarene blir registrert slik de ble gitt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer <svar>
      Så har bestillersystemet registrert <svar>

      Eksempler:
        | svar                                                      |
        | {"HealthGeneral": 5}                                      |
        | {"Fritekst": "Blåbærsyltetøy, 中文 og 😀\\nny linje \"sitat\""} |
        | {"Tall": 3.25, "Avkrysset": true, "Ubesvart": null}       |
        | {}                                                        |
        | {"Smertenivå": "Cafe\\u0301, שלום, 👨‍👩‍👧 og \\u2028 ny linje"}    |

    @krav-R-20 @svar-av-tester
    Scenariomal: Det som er registrert, er det samme som ePROM returnerte
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet
      Så har bestillersystemet registrert det samme som ePROM returnerte

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |

    @krav-R-26 @bare-simulator
    Scenario: Advarsler om feltene er ikke til hinder
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og skjemaet blir levert med en advarsel for "HealthGeneral"
      Så har bestillersystemet registrert svaret én gang
      Og har svaret én advarsel, for "HealthGeneral"

    @krav-R-27 @bare-simulator
    Scenariomal: Et stort svar blir registrert i sin helhet
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer med <størrelse> kB tekst
      Så har bestillersystemet registrert alle <størrelse> kB

      Eksempler:
        | størrelse |
        | 10        |
        | 1000      |

    @krav-R-29 @bare-simulator
    Scenariomal: Bestillersystemet svarer innen fristen
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer med <størrelse> kB tekst
      Så har bestillersystemet svart innen fristen

      Eksempler:
        | størrelse |
        | 1         |
        | 1000      |

  Regel: Bare ePROM kan returnere et skjema

    @krav-R-30 @bare-simulator
    Scenariomal: Et svar med feil nøkkel blir avvist
      Gitt pasienten "<pasient>"
      Og at svaret på skjemaet har en annen nøkkel
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet
      Så har bestillersystemet avvist svaret på skjemaet

      Eksempler:
        | pasient      |
        | alle kanaler |
        | bare e-post  |

  Regel: Svaret blir registrert én gang, når det enn kommer

    @krav-R-21 @bare-simulator
    Scenariomal: Et svar som kommer flere ganger, blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen <ganger> ganger
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet
      Og svaret er kommet <ganger> ganger
      Så har bestillersystemet registrert svaret én gang

      Eksempler:
        | ganger |
        | 2      |
        | 4      |

    @krav-R-22 @bare-simulator
    Scenario: Et svar som kommer før statusen, blir registrert
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen etter svaret på skjemaet
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet før statusen er sendt
      Så har bestillersystemet registrert svaret én gang
      Og kom svaret før statusen

    @krav-R-28 @bare-simulator
    Scenariomal: Status og svar som kommer samtidig, blir begge registrert
      Gitt pasienten "<pasient>"
      Og at ePROM sender statusen samtidig med svaret på skjemaet
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet før statusen er sendt
      Og 2 meldinger om bestillingen er kommet samtidig
      Så har bestillersystemet registrert både statusen og svaret

      Eksempler:
        | pasient      |
        | alle kanaler |
        | bare e-post  |

    @krav-R-23 @bare-simulator
    Scenario: Felter som bestillersystemet ikke kjenner, er ikke til hinder
      Gitt pasienten "alle kanaler"
      Og at ePROM sender ukjente felter i svaret
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet
      Så har bestillersystemet registrert svaret én gang

  Regel: Utløp og senere statuser er ikke svar

    @krav-R-24 @bare-simulator
    Scenario: Et skjema som er utløpt, blir registrert som utløpt
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og fristen for å svare går ut
      Så har bestillersystemet registrert "Expired" én gang, uten svar

    @krav-R-24 @bare-simulator
    Scenariomal: Et utløp som kommer flere ganger, blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen <ganger> ganger
      Når bestillersystemet bestiller et skjema
      Og fristen for å svare går ut
      Og utløpet er kommet <ganger> ganger
      Så har bestillersystemet registrert "Expired" én gang, uten svar

      Eksempler:
        | ganger |
        | 2      |

    @krav-R-25 @bare-simulator
    Scenariomal: Senere statuser blir registrert som det de er
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Og ePROM senere melder "<status>"
      Så har bestillersystemet registrert "<status>" én gang, uten svar

      Eksempler:
        | pasient                | regel              | status               |
        | bare papir             | PaperOnly          | PhysicalMailReturned |
        | bare digital postkasse | DigitalMailboxOnly | DigipostDelivered    |
