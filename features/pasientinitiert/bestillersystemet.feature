# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med skjemaet det ikke har bestilt
  Svaret har en formOrderId som bestillersystemet ikke kjenner, og forteller selv hvem det gjelder.
  Kilde: PasientinitiertBestillingAvSkjema; Overordnetskisse pasientinitiert, Flytdiagram for ePROM pasientinitiert.

  Regel: Skjemaet blir mottatt, enda ingen har bestilt det

    @krav-PI-20 @bare-simulator
    Scenariomal: Bestillersystemet tar imot et skjema det ikke har bestilt
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så har bestillersystemet svart success på skjemaet det ikke har bestilt

      Eksempler:
        | pasient       |
        | alle kanaler  |
        | ingen kanaler |
        | D-nummer      |

  Regel: Pasienten blir opprettet når den ikke finnes fra før

    @krav-PI-21 @bare-simulator
    Scenario: En pasient som bestillersystemet ikke kjenner, blir opprettet
      Gitt pasienten "ny for bestillersystemet"
      Og at bestillersystemet ikke kjenner pasienten
      Når pasienten fyller ut et skjema på eget initiativ
      Så har bestillersystemet pasienten én gang, med skjemaet

    @krav-PI-22 @bare-simulator
    Scenario: En pasient som bestillersystemet kjenner, blir ikke opprettet på nytt
      Gitt pasienten "e-post og papir"
      Når bestillersystemet bestiller et skjema
      Og pasienten fyller ut et skjema på eget initiativ
      Så har bestillersystemet pasienten én gang, med skjemaet

  Regel: Svaret blir registrert én gang, på pasienten som ga det

    @krav-PI-23 @bare-simulator
    Scenariomal: Et skjema som kommer flere ganger, blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen <ganger> ganger
      Når pasienten fyller ut et skjema på eget initiativ
      Og skjemaet er kommet <ganger> ganger
      Så har bestillersystemet registrert skjemaet én gang, som pasientens eget

      Eksempler:
        | ganger |
        | 1      |
        | 3      |

    @krav-PI-24 @bare-simulator
    Scenario: Bestillersystemet vet hvilket skjema det er, og når det ble åpnet
      Gitt pasienten "alle kanaler"
      Når pasienten fyller ut et skjema på eget initiativ
      Så vet bestillersystemet hvilket skjema det er, og når det ble åpnet

  Regel: Bare det som sier at det er pasientens eget, er det

    @krav-PI-25 @bare-simulator
    Scenario: En ukjent bestilling blir ikke tatt for pasientens egen
      Gitt pasienten "e-post og mobil"
      Og at ePROM returnerer skjemaet uten å si at det er pasientens eget
      Når pasienten fyller ut et skjema på eget initiativ
      Så har bestillersystemet ikke registrert det som pasientens eget

    @krav-PI-25 @bare-simulator
    Scenario: Det bestillersystemet selv har bestilt, blir ikke tatt for pasientens eget
      Gitt pasienten "e-post og mobil"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet
      Så har bestillersystemet ikke registrert bestillingen som pasientens egen
