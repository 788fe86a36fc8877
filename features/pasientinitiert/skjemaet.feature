# language: no
@eprom
Egenskap: Skjemaet som pasienten selv bestiller
  Pasienten åpner skjemaet med den offentlige adressen, logger inn og svarer, uten at noen har bestilt det.
  Kilde: PasientinitiertBestillingAvSkjema; Overordnetskisse pasientinitiert; Skjemabygger, Innstillinger på skjema.

  Regel: Skjemaet er publisert, og kan bestilles av pasient

    @krav-PI-01 @bare-simulator
    Scenariomal: Et skjema som ikke er publisert, kan ikke åpnes
      Gitt pasienten "alle kanaler"
      Når pasienten åpner "<skjema>" på eget initiativ
      Så får ikke pasienten åpne skjemaet

      Eksempler:
        | skjema                 |
        | skjema i kladd         |
        | skjema trukket tilbake |

    @krav-PI-02 @bare-simulator
    Scenariomal: Et skjema som pasienten ikke kan bestille, kan ikke åpnes
      Gitt pasienten "alle kanaler"
      Når pasienten åpner "<skjema>" på eget initiativ
      Så får ikke pasienten åpne skjemaet

      Eksempler:
        | skjema                   |
        | RAND-12                  |
        | skjema uten papirversjon |

    @krav-PI-03 @bare-simulator
    Scenariomal: Den som ikke kan varsles, kan likevel ta initiativ selv
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så er skjemaet åpnet og levert

      Eksempler:
        | pasient         |
        | ingen kanaler   |
        | bare papir      |
        | delvis samtykke |

  Regel: Skjema bestilt av pasient må signeres når skjemaet krever det

    @krav-PI-04 @bare-simulator
    Scenario: Et skjema som må signeres, kan ikke leveres usignert
      Gitt pasienten "alle kanaler"
      Når pasienten åpner "skjema som pasienten må signere" på eget initiativ
      Og pasienten leverer det
      Så blir ikke pasientens eget skjema levert

    @krav-PI-04 @bare-simulator
    Scenario: Et skjema som må signeres, blir levert når det er signert
      Gitt pasienten "alle kanaler"
      Når pasienten åpner "skjema som pasienten må signere" på eget initiativ
      Og pasienten signerer og leverer det
      Så er skjemaet åpnet og levert

  Regel: Svaret går til bestillersystemet som eier skjemaet, på samme måte som ellers

    @krav-PI-05 @bare-simulator
    Scenariomal: Svarene kommer som for et skjema som er bestilt
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så returnerer ePROM det pasienten svarte

      Eksempler:
        | pasient              |
        | alle kanaler         |
        | Helsenorge og e-post |
        | D-nummer             |

    @krav-PI-06 @bare-simulator
    Scenario: Svaret på et skjema som en annen eier, kommer ikke
      Gitt pasienten "alle kanaler"
      Når pasienten åpner "skjema som et annet bestillersystem eier" på eget initiativ
      Og pasienten leverer det
      Så kommer ikke skjemaet til bestillersystemet

  Regel: Returen sier at pasienten selv har bestilt skjemaet

    @krav-PI-07 @bare-simulator
    Scenariomal: Returen er merket som pasientinitiert
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så sier returen at pasienten selv har bestilt skjemaet

      Eksempler:
        | pasient      |
        | alle kanaler |
        | D-nummer     |
        | 17 år        |

    @krav-PI-08 @bare-simulator
    Scenariomal: Returen har pasientens fødselsnummer og skjemaets id
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så forteller returen hvem pasienten er, og hvilket skjema det er

      Eksempler:
        | pasient      |
        | alle kanaler |
        | D-nummer     |
        | 17 år        |

    @krav-PI-09 @bare-simulator
    Scenariomal: Lokal tid og UTC er det øyeblikket pasienten åpnet skjemaet
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så er lokal tid og UTC i returen det øyeblikket pasienten åpnet skjemaet

      Eksempler:
        | pasient      |
        | alle kanaler |
        | D-nummer     |

    @krav-PI-10 @bare-simulator
    Scenariomal: Returen av et utløpt skjema forteller hvem, hvilket skjema og når
      Gitt pasienten "<pasient>"
      Når pasienten åpner "skjema som pasienten kan bestille" på eget initiativ
      Og tiden for å levere det går ut
      Så forteller returen om utløpet hvem, hvilket skjema og når

      Eksempler:
        | pasient      |
        | alle kanaler |
        | D-nummer     |

    @krav-PI-11 @bare-simulator
    Scenariomal: Et skjema som bestillersystemet har bestilt, er ikke merket som pasientinitiert
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet
      Så sier ikke returen at pasienten selv har bestilt skjemaet

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |

  Regel: Pasienten får kopi på Helsenorge eller i digital postkasse når det er mulig

    @krav-PI-12 @bare-simulator
    Scenariomal: Kopien går til Helsenorge, ellers til digital postkasse, ellers ingen steder
      Gitt pasienten "<pasient>"
      Når pasienten fyller ut et skjema på eget initiativ
      Så får pasienten kopi på "<kanal>"

      Eksempler:
        | pasient                | kanal          |
        | alle kanaler           | Helsenorge     |
        | D-nummer               | Helsenorge     |
        | bare digital postkasse | DigitalMailbox |
        | bare papir             | None           |
