# language: no
@eprom
Egenskap: Hvem som får skjemaet når det er bestilt på vegne av noen
  Kilde: BestillingAvSkjemaV2, Parametere - Inn og Parametere – Ut; PaVegneAvFlyt; RepresentasjonPaaHelsenorge;
  ReleaseNotev13.1, Generelt.

  Regel: Svaret på bestillingen gjentar hvem den er på vegne av

    @krav-PA-10
    Scenariomal: Svaret gjentar hvem det er bestilt på vegne av
      Gitt pasienten "<mottaker>"
      Når bestillersystemet bestiller på vegne av "<gjelder>" med regelen "Basic"
      Så gjentar svaret hvem det er bestilt på vegne av

      Eksempler:
        | mottaker                 | gjelder              |
        | forelder                 | representert barn    |
        | forelder uten Helsenorge | barn uten Helsenorge |

  Regel: Den som kan nås på Helsenorge, får skjemaet selv (fra v13.1)

    @krav-PA-11
    Scenariomal: Skjemaet går til den det gjelder, når Helsenorge når vedkommende
      Gitt utgaven "2026-05" av kontrakten
      Og pasienten "<mottaker>"
      Når ePROM får en riktig bestilling på vegne av "<gjelder>" med regelen "<regel>"
      Så blir pasienten varslet på "Helsenorge"

      Eksempler:
        | mottaker                 | gjelder              | regel          |
        | forelder uten Helsenorge | representert barn    | Basic          |
        | forelder uten Helsenorge | representert voksen  | Basic          |
        | ingen kanaler            | representert barn    | HelsenorgeOnly |
        | forelder uten Helsenorge | Helsenorge og e-post | BasicOrPaper   |

    @krav-PA-12
    Scenariomal: Mottakeren får skjemaet på en annen kanal enn Helsenorge
      Gitt utgaven "2026-05" av kontrakten
      Og pasienten "<mottaker>"
      Når ePROM får en riktig bestilling på vegne av "barn uten Helsenorge" med regelen "Basic"
      Så blir pasienten varslet på "DigitalMailbox"

      Eksempler:
        | mottaker                        |
        | forelder                        |
        | Helsenorge og digital postkasse |

    @krav-PA-12
    Scenario: Mottakeren kan ikke nås på Helsenorge på vegne av andre
      Gitt utgaven "2026-05" av kontrakten
      Og pasienten "Helsenorge og e-post"
      Når ePROM får en riktig bestilling på vegne av "barn uten Helsenorge" med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

  Regel: Mottakeren får skjemaet på Helsenorge (før v13.1)

    @krav-PA-13
    Scenariomal: Skjemaet går til mottakeren, hvem det enn gjelder
      Gitt utgaven "2023-10" av kontrakten
      Og pasienten "<mottaker>"
      Når ePROM får en riktig bestilling på vegne av "<gjelder>" med regelen "Basic"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | mottaker                 | gjelder              | kanal          |
        | forelder                 | barn uten Helsenorge | Helsenorge     |
        | forelder uten Helsenorge | representert barn    | DigitalMailbox |

  Regel: Regelen i bestillingen gjelder også på vegne av noen

    @krav-PA-14
    Scenariomal: Helsenorge blir ikke prøvd når regelen ikke gjør det
      Gitt pasienten "<mottaker>"
      Når ePROM får en riktig bestilling på vegne av "<gjelder>" med regelen "DigitalMailboxOnly"
      Så blir pasienten varslet på "DigitalMailbox"

      Eksempler:
        | mottaker                 | gjelder             |
        | bare digital postkasse   | representert barn   |
        | forelder uten Helsenorge | representert voksen |

  Regel: Svaret kommer tilbake, og den som fyller ut, får ingen kopi

    @krav-PA-15 @bare-simulator
    Scenariomal: Den som fyller ut på vegne av noen, får ingen kopi
      Gitt pasienten "<mottaker>"
      Når ePROM får en riktig bestilling på vegne av "barn uten Helsenorge" med regelen "Basic"
      Og pasienten svarer på skjemaet
      Så får ikke "<mottaker>" kopi av skjemaet

      Eksempler:
        | mottaker                 |
        | forelder                 |
        | forelder uten Helsenorge |

    @krav-PA-15 @bare-simulator
    Scenariomal: Den som fyller ut for en annen på Helsenorge, får ingen kopi
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Og "forelder" fyller ut skjemaet som "<rolle>"
      Så får ikke "forelder" kopi av skjemaet

      Eksempler:
        | pasient             | rolle                  |
        | representert barn   | Foreldrerepresentasjon |
        | representert voksen | Fullmakt               |

    @krav-PA-16 @svar-av-tester
    Scenariomal: Svaret kommer tilbake for en bestilling på vegne av noen
      Gitt pasienten "<mottaker>"
      Når ePROM får en riktig bestilling på vegne av "<gjelder>" med regelen "Basic"
      Og pasienten svarer på skjemaet
      Så returnerer ePROM skjemaet med status "Completed"

      Eksempler:
        | mottaker                 | gjelder              |
        | forelder uten Helsenorge | barn uten Helsenorge |
        | forelder                 | representert barn    |

  Regel: På Helsenorge forteller svaret hvem som fylte ut, og i hvilken rolle

    @krav-PA-17 @bare-simulator
    Scenariomal: Svaret har fødselsnummeret til den som fylte ut
      Gitt utgaven "2026-05" av kontrakten
      Og pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Og "<utfyller>" fyller ut skjemaet som "<rolle>"
      Så forteller svaret at "<utfyller>" fylte ut skjemaet som "<rolle>"

      Eksempler:
        | pasient             | utfyller | rolle                  |
        | representert barn   | forelder | Foreldrerepresentasjon |
        | representert voksen | forelder | Fullmakt               |
        | forelder            | forelder | SegSelv                |

    @krav-PA-17 @bare-simulator
    Scenariomal: Den som fikk skjemaet direkte, kan ha en annen til å fylle det ut
      Gitt utgaven "2026-05" av kontrakten
      Og pasienten "forelder uten Helsenorge"
      Når ePROM får en riktig bestilling på vegne av "<gjelder>" med regelen "Basic"
      Og "forelder" fyller ut skjemaet som "<rolle>"
      Så forteller svaret at "forelder" fylte ut skjemaet som "<rolle>"

      Eksempler:
        | gjelder             | rolle                  |
        | representert barn   | Foreldrerepresentasjon |
        | representert voksen | Fullmakt               |

  Regel: Et nummer som ikke kan brukes, fører ikke til en feil i ePROM

    @krav-PA-18
    Scenariomal: En bestilling på vegne av den som ikke finnes, eller av mottakeren selv, blir besvart
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM på vegne av "<gjelder>"
      Så svarer ePROM på bestillingen uten en feil hos seg selv

      Eksempler:
        | gjelder           |
        | ikke i registeret |
        | alle kanaler      |

    @krav-PA-18 @bare-simulator
    Scenariomal: En bestilling på vegne av en med et nummer som ePROM ikke støtter, blir besvart
      Gitt pasienten "alle kanaler"
      Når det bestilles direkte hos ePROM på vegne av en med "<nummer>"
      Så svarer ePROM på bestillingen uten en feil hos seg selv

      Eksempler:
        | nummer    |
        | H-nummer  |
        | FH-nummer |
