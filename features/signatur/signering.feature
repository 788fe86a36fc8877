# language: no
@eprom
Egenskap: Skjemaet som må signeres, slik ePROM leverer det
  Pasienten signerer før skjemaet blir levert. Returen har en id som dokumentet kan lastes ned med.
  Kilde: SkjemaSomKreverSignatur; ReturAvUtfyltSkjema, Mottak.

  Regel: Signering fra bestilling til oppbevart dokument

    @krav-4.2 @bestillersystem @kritisk @bare-simulator
    Scenario: Skjemaet blir signert før levering, og bestillersystemet laster ned dokumentet
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg bekrefter at svarene er mine"
      Så er skjemaet bestilt til signering
      Når pasienten prøver å levere skjemaet uten å signere
      Så blir ikke skjemaet levert usignert
      Når pasienten signerer og leverer skjemaet
      Så returnerer ePROM skjemaet med id for det signerte dokumentet
      Så har bestillersystemet lastet ned det signerte dokumentet

  Regel: Skjemaet blir ikke levert før det er signert

    @krav-SI-01 @bare-simulator
    Scenariomal: Et skjema som må signeres, kan ikke leveres usignert
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "<tekst>"
      Og pasienten prøver å levere skjemaet uten å signere
      Så blir ikke skjemaet levert usignert

      Eksempler:
        | pasient                            | tekst                                  |
        | bare digital postkasse             | Jeg samtykker                          |
        | digital postkasse, e-post og papir | Jeg bekrefter at opplysningene stemmer |

  Regel: Returen sier om skjemaet er signert

    @krav-SI-02 @svar-av-tester
    Scenariomal: Et signert skjema har id for det signerte dokumentet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Så returnerer ePROM skjemaet med id for det signerte dokumentet

      Eksempler:
        | pasient                         |
        | Helsenorge og digital postkasse |
        | 92 år                           |
        | bare digital postkasse          |

    @krav-SI-03 @svar-av-tester
    Scenariomal: Et skjema som ikke skal signeres, har ikke id for noe dokument
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Og pasienten svarer på skjemaet
      Så returnerer ePROM skjemaet uten id for noe signert dokument

      Eksempler:
        | pasient                | regel          |
        | alle kanaler           | HelsenorgeOnly |
        | bare digital postkasse | Basic          |
        | 92 år                  | Basic          |

  Regel: Hendelsesloggen forteller om signeringen

    @krav-SI-04 @svar-av-tester
    Scenariomal: Hendelsesloggen viser at skjemaet ble signert før det ble levert
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Så viser hendelsesloggen at skjemaet ble signert før det ble levert

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |

    @krav-SI-05 @bare-simulator
    Scenariomal: Hendelsesloggen viser forsøk på å signere som ikke gikk
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet etter et forsøk som endte med "<hendelse>"
      Så viser hendelsesloggen forsøket som endte med "<hendelse>"

      Eksempler:
        | pasient                | hendelse         |
        | alle kanaler           | SigningCancelled |
        | alle kanaler           | SigningError     |
        | bare digital postkasse | SigningCancelled |
        | bare digital postkasse | SigningError     |
