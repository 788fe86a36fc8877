# language: no
@eprom
Egenskap: Skjemaet slik ePROM returnerer det
  Når pasienten har svart, eller fristen er gått ut, sender ePROM skjemaet til bestillersystemet.
  Kilde: ReturAvUtfyltSkjema, Mottak.

  Regel: Svarene er en tekst som inneholder et JSON-objekt

    @krav-R-02 @svar-av-tester
    Scenariomal: Svarene kommer som tekst med JSON, uansett kanal
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet
      Så er formData en tekst med JSON

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |
        | bare mobil             |

    @krav-R-03 @bare-simulator
    Scenario: Datoer fra papir skrives som år, måned og dag
      Gitt pasienten "bare papir"
      Når bestillersystemet bestiller et skjema med regelen "PaperOnly"
      Og pasienten svarer {"Dato": "2026-02-28"} på papir
      Så er datoen i "Dato" skrevet 2026-02-28

  Regel: Svaret forteller hvor det kommer fra

    @krav-R-04 @svar-av-tester
    Scenariomal: Svaret har samme varslingskanal som statusen
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Og pasienten svarer på skjemaet
      Så har svaret samme varslingskanal som statusen

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |
        | bare e-post            |

    @krav-R-05 @bare-simulator
    Scenario: Et svar på papir har id for det skannede skjemaet
      Gitt pasienten "bare papir"
      Når bestillersystemet bestiller et skjema med regelen "PaperOnly"
      Og pasienten svarer {"HealthGeneral": 3} på papir
      Så har svaret id for et skannet papirskjema

    @krav-R-05 @svar-av-tester
    Scenario: Et svar som ikke er på papir, har ikke id for noe skannet skjema
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet
      Så har svaret ikke id for noe skannet papirskjema

    @krav-R-06 @svar-av-tester
    Scenariomal: Svaret har bestillersystemets egen API-nøkkel
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Og pasienten svarer på skjemaet
      Så har svaret bestillersystemets egen API-nøkkel

      Eksempler:
        | pasient      |
        | alle kanaler |
        | bare e-post  |

  Regel: Svaret forteller hvordan skjemaet ble fylt ut

    @krav-R-07 @svar-av-tester
    Scenario: Hendelsesloggen går fra åpnet til levert
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet
      Så går hendelsesloggen fra åpnet til levert

    @krav-R-08 @bare-simulator
    Scenario: En advarsel nevner feltet den gjelder
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og skjemaet blir levert med en advarsel for "LastFourWeeksPain"
      Så har svaret én advarsel, for "LastFourWeeksPain"

    @krav-R-09 @bare-simulator
    Scenariomal: På Helsenorge forteller svaret hvem som fylte ut skjemaet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Og "<utfyller>" fyller ut skjemaet som "<rolle>"
      Så sier svaret at skjemaet er fylt ut av "<rolle>"

      Eksempler:
        | pasient           | utfyller     | rolle                   |
        | alle kanaler      | alle kanaler | SegSelv                 |
        | representert barn | forelder     | Foreldrerepresentasjon  |
        | 92 år             | forelder     | Fullmakt                |

    @krav-R-09 @svar-av-tester
    Scenario: Utenom Helsenorge forteller ikke svaret hvem som fylte ut skjemaet
      Gitt pasienten "bare digital postkasse"
      Når bestillersystemet bestiller et skjema med regelen "DigitalMailboxOnly"
      Og pasienten svarer på skjemaet
      Så sier svaret ikke hvem som fylte ut skjemaet

  Regel: Bare svar og utløp blir returnert, og ikke for bestillinger i testmodus

    @krav-R-10 @bare-simulator
    Scenariomal: Et skjema som ikke blir besvart i tide, kommer som Expired
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Og fristen for å svare går ut
      Så returnerer ePROM skjemaet med status "Expired"

      Eksempler:
        | pasient      |
        | alle kanaler |
        | bare papir   |

    @krav-R-11 @bare-simulator
    Scenario: Et skjema bestilt i testmodus blir ikke returnert
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM i testmodus
      Og pasienten svarer på skjemaet
      Så blir ikke skjemaet returnert
