# language: no
@eprom
Egenskap: Brev til innbyggeren
  Et brev er en PDF, med en liste av kanaler som skal prøves i rekkefølge. ePROM svarer med en gang.
  Kilde: SendeMeldingTilInnbyggerV2, Sende melding klient-side; ReservasjonMotForskning.

  Regel: Den første kanalen i listen som når innbyggeren, blir brukt

    @krav-L-02 @kritisk
    Scenariomal: Brevet går på den første kanalen som når innbyggeren
      Gitt pasienten "<innbygger>"
      Når bestillersystemet sender et brev på "<kanaler>"
      Så går brevet på "<kanal>"

      Eksempler:
        | innbygger              | kanaler                                     | kanal           |
        | alle kanaler           | Helsenorge, DigitalMailbox                  | Helsenorge      |
        | alle kanaler           | DigitalMailbox, Helsenorge                  | DigitalMailbox  |
        | alle kanaler           | PhysicalMailbox, DigitalMailbox, Helsenorge | PhysicalMailbox |
        | alle kanaler           | Unsecure, PhysicalMailbox                   | Unsecure        |
        | bare digital postkasse | Helsenorge, DigitalMailbox                  | DigitalMailbox  |
        | bare papir             | Helsenorge, DigitalMailbox, PhysicalMailbox | PhysicalMailbox |
        | bare e-post            | DigitalMailbox, Unsecure, PhysicalMailbox   | Unsecure        |

    @krav-L-03
    Scenariomal: Kanalen kan oppgis med tallet sitt
      Gitt pasienten "alle kanaler"
      Når et brev med "<kanal som tall>" sendes direkte hos ePROM
      Så går brevet på "<kanal>"

      Eksempler:
        | kanal som tall | kanal           |
        | kanal nummer 1 | Helsenorge      |
        | kanal nummer 2 | DigitalMailbox  |
        | kanal nummer 3 | Unsecure        |
        | kanal nummer 4 | PhysicalMailbox |

    @krav-L-20
    Scenario: Et brev på papir kan skrives ut i farger
      Gitt pasienten "bare papir"
      Når bestillersystemet sender et brev i farger på "PhysicalMailbox"
      Så går brevet på "PhysicalMailbox"

  Regel: Når ingen kanal når innbyggeren, er ikke noe sendt

    @krav-L-04
    Scenariomal: Et brev til en innbygger som ikke kan nås, blir ikke sendt
      Gitt pasienten "<innbygger>"
      Når bestillersystemet sender et brev på "<kanaler>"
      Så er ikke noe brev sendt

      Eksempler:
        | innbygger              | kanaler                                               |
        | ingen kanaler          | Helsenorge, DigitalMailbox, Unsecure, PhysicalMailbox |
        | bare papir             | Helsenorge, DigitalMailbox                            |
        | bare digital postkasse | Helsenorge, PhysicalMailbox                           |

    @krav-L-05
    Scenario: Et brev til et fødselsnummer som ikke finnes, blir ikke sendt
      Gitt pasienten "ikke i registeret"
      Når bestillersystemet sender et brev på "Helsenorge, DigitalMailbox"
      Så er ikke noe brev sendt

  Regel: PDF-filer på opp til 30 MB er støttet

    @krav-L-10
    Scenariomal: En PDF på opp til 30 MB blir tatt imot
      Gitt pasienten "alle kanaler"
      Når et brev med "<PDF>" sendes direkte hos ePROM
      Så tar ePROM imot brevet

      Eksempler:
        | PDF             |
        | en PDF på 1 MB  |
        | en PDF på 30 MB |

    @krav-L-11
    Scenario: En PDF på over 30 MB blir avvist
      Gitt pasienten "alle kanaler"
      Når et brev med "en PDF på over 30 MB" sendes direkte hos ePROM
      Så blir brevet avvist

  Regel: Reservasjon mot forskning gjelder også brev, men bare på Helsenorge

    @krav-L-12 @bare-simulator
    Scenariomal: Neste kanal blir brukt når innbyggeren er reservert mot forskning
      Gitt pasienten "reservert mot forskning"
      Og at bestillersystemet er merket som forskning
      Når bestillersystemet sender et brev på "<kanaler>"
      Så går brevet på "<kanal>"

      Eksempler:
        | kanaler                     | kanal           |
        | Helsenorge, DigitalMailbox  | DigitalMailbox  |
        | Helsenorge, PhysicalMailbox | PhysicalMailbox |

    @krav-L-12
    Scenario: Brev som ikke gjelder forskning, når den reserverte på Helsenorge
      Gitt pasienten "reservert mot forskning"
      Når bestillersystemet sender et brev på "Helsenorge, DigitalMailbox"
      Så går brevet på "Helsenorge"
