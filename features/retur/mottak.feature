# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med skjemaet
  Svaret skal registreres slik pasienten ga det, én gang, uansett når og hvor ofte det kommer.
  Kilde: ReturAvUtfyltSkjema, Mottak; IntegrasjonVerifikasjon, 3) Retur av skjema til bestillersystemet.

  Regel: Svaret kommer fram

    @krav-3.1 @eprom @kritisk @bare-simulator
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
