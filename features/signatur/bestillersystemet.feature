# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med det signerte dokumentet
  Bestillersystemet er ansvarlig for at dokumentet blir lastet ned, og at det blir oppbevart på en sikker måte.
  Kilde: SkjemaSomKreverSignatur, Mottak og Nedlasting av det signerte dokumentet.

  Regel: Dokumentet blir lastet ned og oppbevart

    @krav-SI-20 @svar-av-tester
    Scenariomal: Bestillersystemet laster ned det signerte dokumentet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Så har bestillersystemet lastet ned det signerte dokumentet

      Eksempler:
        | pasient                    |
        | alle kanaler               |
        | bare digital postkasse     |
        | digital postkasse og papir |
        | D-nummer                   |

    @krav-SI-21 @svar-av-tester
    Scenariomal: Dokumentet blir oppbevart slik det ble hentet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Så har bestillersystemet oppbevart dokumentet slik det ble hentet

      Eksempler:
        | pasient                |
        | 92 år                  |
        | alle kanaler           |
        | bare digital postkasse |

    @krav-SI-22 @svar-av-tester
    Scenariomal: API-nøkkelen sendes i headeren Authorization når dokumentet hentes
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Så er dokumentet hentet med API-nøkkelen i headeren Authorization og ingen andre steder

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |

  Regel: Det som kan gå annerledes, er ikke til hinder

    @krav-SI-23 @til-slutt
    Scenario: For skjema som ikke er signert, blir ikke noe dokument hentet
      Gitt at alle bestillinger i kjøringen er ferdige
      Så har ikke bestillersystemet prøvd å hente dokument for noe usignert skjema

    @krav-SI-24 @bare-simulator
    Scenariomal: Dokumentet blir hentet også når det ikke er å få med en gang
      Gitt pasienten "alle kanaler"
      Og at dokumentet ikke er å få de første <ganger> gangene
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Så har bestillersystemet fått dokumentet etter <ganger> forsøk uten

      Eksempler:
        | ganger |
        | 1      |
        | 2      |

    @krav-SI-25 @bare-simulator
    Scenariomal: Dokumentet blir hentet én gang selv om svaret kommer flere ganger
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen <ganger> ganger
      Når bestillersystemet bestiller et skjema til signering med teksten "Jeg samtykker"
      Og pasienten signerer og leverer skjemaet
      Og svaret er kommet <ganger> ganger
      Så er dokumentet hentet én gang

      Eksempler:
        | ganger |
        | 2      |
        | 3      |
