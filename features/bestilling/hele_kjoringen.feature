# language: no
@til-slutt
Egenskap: Hele kjøringen
  Ser på alle meldinger i kjøringen under ett, etter at alt annet er ferdig.

  Bakgrunn:
    Gitt at alle bestillinger i kjøringen er ferdige

  Regel: Ingen feilsituasjoner og ingen duplikate meldinger

    @krav-1.4 @bestillersystem @eprom @kritisk
    Scenario: Ingen bestilling eller status endte i en feil
      Så har ingen bestilling eller status endt i en feil som ikke var ment

    @krav-1.5 @bestillersystem @eprom @kritisk
    Scenario: Ingen bestilling og ingen godtatt status kom to ganger
      Så er ingen bestilling sendt to ganger
      Og ingen godtatt status er sendt på nytt

  Regel: Alle meldinger følger kontrakten

    @krav-B-01 @bestillersystem
    Scenario: Bestillersystemets bestillinger følger kontrakten
      Så følger alle bestillinger fra bestillersystemet kontrakten

    @krav-B-15 @bestillersystem
    Scenario: Bestillersystemets svar på statuser følger kontrakten
      Så følger alle svar på statuser kontrakten

    @krav-E-01 @eprom
    Scenario: ePROMs svar på bestillinger følger kontrakten
      Så følger alle svar på bestillinger kontrakten

    @krav-S-02 @eprom
    Scenario: ePROMs statuser følger kontrakten
      Så følger alle statuser kontrakten

    @krav-S-06 @eprom
    Scenario: ePROM sender bare status for bestillinger som er gjort
      Så gjelder alle statuser en bestilling i kjøringen

    @krav-R-01 @eprom
    Scenario: Skjemaene som ePROM returnerer, følger kontrakten
      Så følger alle returer kontrakten

  Regel: Meldingene henger sammen

    @krav-B-16 @bestillersystem
    Scenario: Bestillingene sier det som bestillersystemet ble bedt om
      Så sier alle bestillinger det som bestillersystemet ble bedt om

    @krav-S-07 @eprom
    Scenario: Ingen bestilling er både bestilt og feilet
      Så får hver bestilling ett utfall, på én kanal

    @krav-D-NoDistribution @eprom
    Scenario: Ingen er varslet med NoDistribution, heller ikke senere
      Så har ingen status for NoDistribution en varslingskanal
