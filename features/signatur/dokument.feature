# language: no
@eprom
Egenskap: Det signerte dokumentet hos ePROM
  Dokumentet er en PDF av det utfylte skjemaet med en elektronisk signatur, og kan lastes ned i minst 30 dager.
  Kilde: SkjemaSomKreverSignatur, Mottak og Nedlasting av det signerte dokumentet.

  Regel: Dokumentet er en PDF med det som ble signert

    @krav-SI-06 @svar-av-tester
    Scenariomal: Dokumentet kan lastes ned som PDF
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "<tekst>"
      Og pasienten signerer og leverer skjemaet
      Og dokumentet hentes direkte hos ePROM
      Så gir ePROM fra seg dokumentet som PDF

      Eksempler:
        | pasient                | tekst                                            |
        | alle kanaler           | Jeg samtykker                                    |
        | 92 år                  | Æ godtek at svara mine blir tekne vare på – «ja» |
        | bare digital postkasse | Jeg bekrefter at svarene er mine                 |

    @krav-SI-07 @bare-simulator
    Scenariomal: Signaturen gjelder hele dokumentet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Og dokumentet hentes direkte hos ePROM
      Så har dokumentet en signatur som gjelder hele dokumentet

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | 92 år                  |
        | bare digital postkasse |

    @krav-SI-12 @til-slutt
    Scenario: Hvert signert skjema har sitt eget dokument
      Gitt at alle bestillinger i kjøringen er ferdige
      Så har hvert signert skjema sitt eget dokument

  Regel: Bare bestillersystemet som bestilte skjemaet, får dokumentet

    @krav-SI-08 @svar-av-tester
    Scenariomal: Uten gyldig API-nøkkel blir dokumentet ikke gitt ut
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Og dokumentet hentes hos ePROM <måte>
      Så gir ikke ePROM fra seg noe dokument

      Eksempler:
        | pasient                | måte                     |
        | alle kanaler           | uten API-nøkkel          |
        | alle kanaler           | med en ukjent API-nøkkel |
        | bare digital postkasse | uten API-nøkkel          |
        | bare digital postkasse | med en ukjent API-nøkkel |

    @krav-SI-09 @bare-simulator
    Scenariomal: Et annet bestillersystem får ikke dokumentet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Og dokumentet hentes hos ePROM med nøkkelen til et annet bestillersystem
      Så gir ikke ePROM fra seg noe dokument

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |

    @krav-SI-11 @bare-simulator
    Scenariomal: En id som ikke finnes, gir ikke noe dokument
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Og et dokument som ikke finnes, hentes direkte hos ePROM
      Så gir ikke ePROM fra seg noe dokument

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | 92 år                  |
        | bare digital postkasse |

  Regel: Dokumentet er tilgjengelig i minst 30 dager

    @krav-SI-10 @bare-simulator
    Scenariomal: Dokumentet kan lastes ned til og med dag 30
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Og det går <dager> dager
      Og dokumentet hentes direkte hos ePROM
      Så gir ePROM fra seg dokumentet som PDF

      Eksempler:
        | dager |
        | 0     |
        | 1     |
        | 2     |
        | 15    |
        | 29    |
        | 30    |
