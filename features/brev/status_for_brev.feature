# language: no
@eprom
Egenskap: Statusen for et brev
  Når brevet er sendt, eller ikke lot seg sende, kaller ePROM bestillersystemet med status.
  Kilde: SendeMeldingTilInnbyggerV2, Mottak av status for forsendelse.

  Regel: Statusen sier hva det ble av brevet

    @krav-L-13 @kritisk
    Scenariomal: Statusen sier at brevet er sendt, og på hvilken kanal
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev på "<kanal>"
      Så sier statusen at brevet er sendt på "<kanal>"

      Eksempler:
        | kanal           |
        | Helsenorge      |
        | DigitalMailbox  |
        | Unsecure        |
        | PhysicalMailbox |

    @krav-L-14 @bare-simulator
    Scenario: Statusen er Error når brevet ikke lot seg sende
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "brevet lar seg ikke sende likevel"
      Når bestillersystemet sender et brev på "Helsenorge"
      Så sier statusen at brevet ikke er sendt

  Regel: Statusen er til bestillersystemet som sendte brevet

    @krav-L-16
    Scenariomal: Statusen for brevet har bestillersystemets egen API-nøkkel
      Gitt pasienten "alle kanaler"
      Når bestillersystemet sender et brev på "<kanal>"
      Så har statusen for brevet bestillersystemets egen API-nøkkel

      Eksempler:
        | kanal          |
        | Helsenorge     |
        | DigitalMailbox |

    @krav-L-17
    Scenario: Det kommer ingen status for et brev i testmodus
      Gitt pasienten "alle kanaler"
      Når et brev med "testmodus" sendes direkte hos ePROM
      Så kommer det ingen status for brevet
