# language: no
@eprom
Egenskap: Svaret på en bestilling
  ePROM svarer med en gang, før pasienten er varslet. Kilde: BestillingAvSkjemaV2, Parametere – Ut.

  Regel: Svaret gjentar alle inn-parametrene

    @krav-E-02
    Scenario: Svaret gjentar det som ble bestilt
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt                        | verdi                        |
        | metadata                    | {"age": 76, "sted": "kne"}   |
        | distributionRule            | AllowUnsecure                |
        | dontStoreCompletedFormInPha | true                         |
        | mustBeSigned                | true                         |
        | signingText                 | Jeg bekrefter det jeg svarer |
      Så gjentar svaret alle inn-parametrene

    @krav-E-02
    Scenario: Svaret gjentar en enkel bestilling
      Gitt pasienten "bare e-post"
      Når det bestilles direkte hos ePROM
      Så gjentar svaret alle inn-parametrene

  Regel: Distribusjonsregelen kan sendes som tall

    @krav-E-03
    Scenariomal: Tallet gir samme kanal som navnet
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi  |
        | distributionRule | <tall> |
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | tall | pasient                            | kanal           |
        | 0    | digital postkasse, e-post og papir | DigitalMailbox  |
        | 1    | e-post og papir                    | Unsecure        |
        | 3    | e-post og papir                    | PhysicalMailbox |
        | 4    | e-post og papir                    | Unsecure        |
        | 5    | alle kanaler                       | PhysicalMailbox |
        | 6    | alle kanaler                       | Helsenorge      |
        | 7    | alle kanaler                       | DigitalMailbox  |
        | 8    | alle kanaler                       | Unsecure        |

    @krav-E-03
    Scenario: Tallet 2 er NoDistribution
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi |
        | distributionRule | 2     |
      Så tar ePROM imot bestillingen
      Og ingen blir varslet

  Regel: Uten distribusjonsregel gjelder Basic

    @krav-E-04
    Scenario: Uten regel blir digital postkasse brukt etter Helsenorge
      Gitt pasienten "digital postkasse, e-post og papir"
      Når det bestilles direkte hos ePROM uten "distributionRule"
      Så blir pasienten varslet på "DigitalMailbox"

    @krav-E-04
    Scenariomal: Uten regel blir verken e-post, SMS eller papir brukt
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM uten "distributionRule"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient    |
        | bare mobil |
        | bare papir |

  Regel: Engangskode gis bare med NoDistribution

    @krav-E-05
    Scenariomal: NoDistribution gir engangskode til alle i personregisteret
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "NoDistribution"
      Så har svaret en engangskode

      Eksempler:
        | pasient       |
        | alle kanaler  |
        | 12 år         |
        | D-nummer      |
        | ingen kanaler |

    @krav-E-05
    Scenariomal: Andre regler gir ikke engangskode
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så har svaret ingen engangskode

      Eksempler:
        | regel         |
        | Basic         |
        | AllowUnsecure |
        | PaperOnly     |

  Regel: Lenken til utfylling følger varslingskanalen

    @krav-E-06
    Scenariomal: Lenken går til innloggingen som passer til kanalen
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så går lenken til utfylling gjennom "<lenke>"

      Eksempler:
        | pasient                | regel          | lenke   |
        | alle kanaler           | Basic          | form    |
        | bare digital postkasse | Basic          | formIdp |
        | bare e-post            | UnsecureOnly   | formIdp |
        | alle kanaler           | NoDistribution | formIdp |

  Regel: Foretrukket kanal er en som regelen prøver

    @krav-E-07
    Scenariomal: Svaret foretrekker en av kanalene til regelen
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så er foretrukket kanal i svaret en av "<kanaler>"

      Eksempler:
        | regel              | kanaler                          |
        | Basic              | Helsenorge, DigitalMailbox, None |
        | PaperOnly          | PhysicalMailbox, None            |
        | DigitalMailboxOnly | DigitalMailbox, None             |
        | UnsecureOnly       | Unsecure, None                   |
        | NoDistribution     | None                             |

  Regel: Valgfrie deler av bestillingen blir tatt imot

    @krav-E-19
    Scenario: En egen adresse til papirskjema blir tatt imot
      Gitt pasienten "bare papir"
      Når det bestilles direkte hos ePROM på papir til en egen adresse
      Så tar ePROM imot bestillingen

    @krav-E-20
    Scenario: Et skjema til signering blir bestilt
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt         | verdi                        |
        | mustBeSigned | true                         |
        | signingText  | Jeg bekrefter det jeg svarer |
      Så tar ePROM imot bestillingen
