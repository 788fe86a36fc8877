# language: no
@til-slutt
Egenskap: Alle brev i kjøringen
  Ser på alle brev og alle statuser for dem under ett, etter at alt annet er ferdig.

  Bakgrunn:
    Gitt at alle bestillinger i kjøringen er ferdige

  Regel: Brev og statuser for dem følger kontrakten

    @krav-L-21 @bestillersystem
    Scenario: Bestillersystemets brev følger kontrakten
      Så følger alle "brev" kontrakten for brev

    @krav-L-29 @bestillersystem
    Scenario: Bestillersystemets svar på statuser for brev følger kontrakten
      Så følger alle "svar på statuser" kontrakten for brev

    @krav-L-01 @eprom
    Scenario: ePROMs svar på brev følger kontrakten
      Så følger alle "svar på brev" kontrakten for brev

    @krav-L-15 @eprom
    Scenario: ePROMs statuser for brev følger kontrakten
      Så følger alle "statuser" kontrakten for brev

  Regel: Brev og statuser henger sammen

    @krav-L-26 @bestillersystem
    Scenario: Brevene sier det som bestillersystemet ble bedt om
      Så sier alle brev det som bestillersystemet ble bedt om

    @krav-L-19 @eprom
    Scenario: ePROM sender bare status for brev som er sendt
      Så gjelder alle statuser for brev et brev i kjøringen

    @krav-L-18 @eprom
    Scenario: ePROM sender ikke en godtatt status for et brev på nytt
      Så er ingen godtatt status for et brev sendt på nytt
