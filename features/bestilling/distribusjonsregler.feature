# language: no
@eprom
Egenskap: Distribusjonsregler
  Regelen i bestillingen sier hvilke kanaler ePROM prøver, og i hvilken rekkefølge. Den første kanalen som når
  pasienten, blir brukt. Kilde: Integrasjonsguide, Distribusjonsregler.

  Regel: Basic prøver Helsenorge, så digital postkasse

    @krav-D-Basic
    Scenariomal: Basic varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal          |
        | alle kanaler                       | Helsenorge     |
        | Helsenorge og e-post               | Helsenorge     |
        | Helsenorge og digital postkasse    | Helsenorge     |
        | digital postkasse, e-post og papir | DigitalMailbox |
        | digital postkasse og papir         | DigitalMailbox |
        | bare digital postkasse             | DigitalMailbox |

    @krav-D-Basic
    Scenariomal: Basic varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient         |
        | bare e-post     |
        | bare papir      |
        | e-post og papir |
        | ingen kanaler   |

  Regel: AllowUnsecure prøver Helsenorge, digital postkasse, så e-post eller SMS

    @krav-D-AllowUnsecure
    Scenariomal: AllowUnsecure varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal          |
        | alle kanaler                       | Helsenorge     |
        | representert barn                  | Helsenorge     |
        | digital postkasse, e-post og papir | DigitalMailbox |
        | bare digital postkasse             | DigitalMailbox |
        | e-post og papir                    | Unsecure       |
        | bare e-post                        | Unsecure       |
        | bare mobil                         | Unsecure       |

    @krav-D-AllowUnsecure
    Scenariomal: AllowUnsecure varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecure"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient       |
        | bare papir    |
        | ingen kanaler |

  Regel: BasicOrPaper prøver Helsenorge, digital postkasse, så papir

    @krav-D-BasicOrPaper
    Scenariomal: BasicOrPaper varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "BasicOrPaper"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal           |
        | alle kanaler                       | Helsenorge      |
        | Helsenorge og e-post               | Helsenorge      |
        | digital postkasse, e-post og papir | DigitalMailbox  |
        | digital postkasse og papir         | DigitalMailbox  |
        | e-post og papir                    | PhysicalMailbox |
        | bare papir                         | PhysicalMailbox |

    @krav-D-BasicOrPaper
    Scenariomal: BasicOrPaper varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "BasicOrPaper"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient       |
        | bare e-post   |
        | ingen kanaler |

  Regel: AllowUnsecureOrPaper prøver Helsenorge, digital postkasse, e-post eller SMS, så papir

    @krav-D-AllowUnsecureOrPaper
    Scenariomal: AllowUnsecureOrPaper varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal           |
        | alle kanaler                       | Helsenorge      |
        | digital postkasse, e-post og papir | DigitalMailbox  |
        | e-post og papir                    | Unsecure        |
        | bare mobil                         | Unsecure        |
        | bare papir                         | PhysicalMailbox |

    @krav-D-AllowUnsecureOrPaper
    Scenariomal: AllowUnsecureOrPaper varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient       |
        | ingen kanaler |

  Regel: PaperOnly prøver bare papir

    @krav-D-PaperOnly
    Scenariomal: PaperOnly varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "PaperOnly"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal           |
        | alle kanaler                       | PhysicalMailbox |
        | digital postkasse, e-post og papir | PhysicalMailbox |
        | representert barn med adresse      | PhysicalMailbox |
        | bare papir                         | PhysicalMailbox |

    @krav-D-PaperOnly
    Scenariomal: PaperOnly varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "PaperOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient                |
        | Helsenorge og e-post   |
        | bare digital postkasse |
        | bare e-post            |

  Regel: HelsenorgeOnly prøver bare Helsenorge

    @krav-D-HelsenorgeOnly
    Scenariomal: HelsenorgeOnly varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient              | kanal      |
        | alle kanaler         | Helsenorge |
        | Helsenorge og e-post | Helsenorge |
        | representert barn    | Helsenorge |

    @krav-D-HelsenorgeOnly
    Scenariomal: HelsenorgeOnly varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient                            |
        | digital postkasse, e-post og papir |
        | bare e-post                        |
        | bare papir                         |

  Regel: DigitalMailboxOnly prøver bare digital postkasse

    @krav-D-DigitalMailboxOnly
    Scenariomal: DigitalMailboxOnly varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "DigitalMailboxOnly"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal          |
        | alle kanaler                       | DigitalMailbox |
        | Helsenorge og digital postkasse    | DigitalMailbox |
        | digital postkasse, e-post og papir | DigitalMailbox |

    @krav-D-DigitalMailboxOnly
    Scenariomal: DigitalMailboxOnly varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "DigitalMailboxOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient              |
        | Helsenorge og e-post |
        | bare e-post          |
        | bare papir           |

  Regel: UnsecureOnly prøver bare e-post eller SMS

    @krav-D-UnsecureOnly
    Scenariomal: UnsecureOnly varsler på den første kanalen som når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient                            | kanal    |
        | alle kanaler                       | Unsecure |
        | Helsenorge og e-post               | Unsecure |
        | digital postkasse, e-post og papir | Unsecure |
        | bare mobil                         | Unsecure |

    @krav-D-UnsecureOnly
    Scenariomal: UnsecureOnly varsler ikke på andre kanaler enn sine egne
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient                |
        | representert barn      |
        | bare digital postkasse |
        | bare papir             |

  Regel: NoDistribution varsler ingen, og det er ikke en feil

    @krav-D-NoDistribution
    Scenariomal: NoDistribution varsler ikke, uansett hvor pasienten kan nås
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "NoDistribution"
      Så tar ePROM imot bestillingen
      Og ingen blir varslet

      Eksempler:
        | pasient       |
        | alle kanaler  |
        | bare e-post   |
        | ingen kanaler |
