# language: no
@eprom
Egenskap: Status for bestillingen
  Når pasienten har fått beskjed, eller ikke kan nås, kaller ePROM bestillersystemet med status.
  Kilde: BestillingAvSkjemaV2, Mottak av status for bestillingen.

  Regel: Den som ikke kan nås, gir status Error

    @krav-S-05
    Scenariomal: Pasienten kan ikke nås på kanalene til regelen
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så melder ePROM at pasienten ikke kan nås

      Eksempler:
        | pasient       | regel                |
        | ingen kanaler | AllowUnsecureOrPaper |
        | bare e-post   | DigitalMailboxOnly   |
        | bare papir    | HelsenorgeOnly       |
        | ingen kanaler | Basic                |
        | ingen kanaler | AllowUnsecure        |
        | ingen kanaler | BasicOrPaper         |
        | ingen kanaler | PaperOnly            |
        | ingen kanaler | UnsecureOnly         |

    @krav-P-05 @bare-simulator
    Scenario: Bestillersystemet får ikke vite at pasienten er reservert mot forskning
      Gitt pasienten "reservert mot forskning uten andre kanaler"
      Og at bestillersystemet er merket som forskning
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så melder ePROM at pasienten ikke kan nås

  Regel: Statusen sier når bestillingen ble gjort, og hvem den er til

    @krav-S-03
    Scenariomal: Lokal tid og UTC er samme øyeblikk
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Så er lokal tid og UTC i statusen samme øyeblikk

      Eksempler:
        | pasient      |
        | alle kanaler |
        | bare mobil   |

    @krav-S-04
    Scenariomal: Statusen har bestillersystemets egen API-nøkkel
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Så har statusen bestillersystemets egen API-nøkkel

      Eksempler:
        | pasient       |
        | alle kanaler  |
        | ingen kanaler |
