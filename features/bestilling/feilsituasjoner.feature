# language: no
@eprom
Egenskap: Feilsituasjoner ved bestilling
  ePROM avviser noen bestillinger med 400 og en dokumentert tekst. Konvolutten rundt teksten er ikke dokumentert, så
  bare statuskoden og teksten blir sjekket. Kilde: BestillingAvSkjemaV2, Feilsituasjoner.

  Regel: Et fødselsnummer som ikke finnes, gir null-GUID

    @krav-E-08
    Scenariomal: Null-GUID i svaret når pasienten ikke finnes
      Gitt pasienten "ikke i registeret"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Så svarer ePROM at fødselsnummeret ikke finnes

      Eksempler:
        | regel          |
        | Basic          |
        | NoDistribution |

  Regel: Bare publiserte skjema kan bestilles

    @krav-E-10
    Scenariomal: Et skjema som ikke er publisert, blir avvist
      Gitt pasienten "alle kanaler"
      Når skjemaet "<skjema>" bestilles direkte hos ePROM
      Så avviser ePROM bestillingen med "The ordered form is not Published"

      Eksempler:
        | skjema                 |
        | skjema i kladd         |
        | skjema trukket tilbake |

    @krav-E-11
    Scenario: Et skjema som ikke finnes, blir avvist
      Gitt pasienten "alle kanaler"
      Når skjemaet "skjema som ikke finnes" bestilles direkte hos ePROM
      Så avviser ePROM bestillingen med "No form with id='{formId}' exists"

  Regel: Signering krever innlogging på høyt nivå, av den det gjelder

    @krav-E-12
    Scenario: Signering med NoDistribution blir avvist
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | mustBeSigned     | true           |
        | distributionRule | NoDistribution |
      Så avviser ePROM bestillingen med "The ordered form needs to be signed. This is not possible when using DistributionRule = 'NoDistribution'."

    @krav-E-13
    Scenario: Signering på vegne av noen blir avvist
      Gitt pasienten "forelder"
      Når det bestilles direkte hos ePROM på vegne av "representert barn" med:
        | felt         | verdi |
        | mustBeSigned | true  |
      Så avviser ePROM bestillingen med "The ordered form needs to be signed. This is not possible when the form is ordered on behalf of someone."

  Regel: Papir krever et skjema med papirversjon

    @krav-E-14
    Scenario: Et skjema uten papirversjon kan ikke bestilles med PaperOnly
      Gitt pasienten "alle kanaler"
      Når skjemaet "skjema uten papirversjon" bestilles direkte hos ePROM med:
        | felt             | verdi     |
        | distributionRule | PaperOnly |
      Så avviser ePROM bestillingen med "Form with id='{formId}' is not paper enabled"

  Regel: Metadata er en tekst med gyldig JSON

    @krav-E-15
    Scenariomal: Metadata som ikke er gyldig JSON, blir avvist
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt     | verdi   |
        | metadata | <tekst> |
      Så avviser ePROM bestillingen med "JSON in metadata is not valid"

      Eksempler:
        | tekst        |
        | {"age": 76   |
        | alder er 76  |
        | {'age': 76]  |

  Regel: Bare fødselsnummer og D-nummer kan brukes

    @krav-E-16 @bare-simulator
    Scenario: FH-nummer blir avvist
      Gitt en pasient med "FH-nummer"
      Når det bestilles direkte hos ePROM
      Så avviser ePROM bestillingen med "nationalId: FH-nummer is not supported as national ID. The national ID must be either Norsk fødselsnummer or D-nummer."

    @krav-E-17 @bare-simulator
    Scenario: H-nummer blir avvist
      Gitt en pasient med "H-nummer"
      Når det bestilles direkte hos ePROM
      Så avviser ePROM bestillingen med "nationalId: H-nummer is not supported as national ID. The national ID must be either Norsk fødselsnummer or D-nummer."

  Regel: Bare den som har API-nøkkelen, kan bestille

    @krav-E-18
    Scenario: En bestilling med ukjent API-nøkkel blir avvist
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM med en ukjent API-nøkkel
      Så blir kallet avvist

    @krav-E-18
    Scenario: En bestilling uten API-nøkkel blir avvist
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM uten API-nøkkel
      Så blir kallet avvist
