# language: no
Egenskap: Miljø og asynkronitet
  Meldingene hører til ett miljø, kan komme i ulik rekkefølge, og sier når noe skjedde, også når klokken stilles.
  Sommertiden begynner siste søndag i mars og slutter siste søndag i oktober, begge ganger klokken 01 UTC.

  Regel: Lenken fører til skjemautfylleren i samme miljø, aldri til produksjon

    @krav-MI-01 @eprom
    Scenariomal: Lenken til utfylling blir i miljøet
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så fører lenken til skjemautfylleren i samme miljø

      Eksempler:
        | pasient                | regel          |
        | alle kanaler           | Basic          |
        | bare digital postkasse | Basic          |
        | alle kanaler           | NoDistribution |

  Regel: Rekkefølgen mellom svar og status er ikke gitt

    @krav-MI-02 @eprom @bare-simulator
    Scenariomal: En status som kommer før svaret, gjelder bestillingen i svaret
      Gitt pasienten "<pasient>"
      Og at ePROM sender statusen før svaret på bestillingen
      Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
      Så blir pasienten varslet på "<kanal>"
      Og kom statusen før svaret på bestillingen

      Eksempler:
        | pasient      | kanal           |
        | alle kanaler | Helsenorge      |
        | bare papir   | PhysicalMailbox |

    @krav-MI-03 @bestillersystem @bare-simulator
    Scenariomal: Statusene for to bestillinger kan komme i motsatt rekkefølge
      Gitt pasienten "alle kanaler"
      Og at ePROM holder statusen tilbake
      Når bestillersystemet bestiller et skjema
      Og bestillersystemet bestiller et skjema til "<den andre>" med regelen "AllowUnsecureOrPaper"
      Og statusen for den første bestillingen kommer etter statusen for den andre
      Så har bestillersystemet registrert statusen "Ordered" på kanalen "Helsenorge"
      Og bestillersystemet har registrert statusen for den andre bestillingen på kanalen "<kanal>"

      Eksempler:
        | den andre  | kanal           |
        | bare papir | PhysicalMailbox |
        | bare mobil | Unsecure        |

  Regel: Lokal tid og UTC er samme øyeblikk, også når klokken stilles

    @krav-MI-04 @eprom @bare-simulator
    Scenariomal: Statusen har riktig lokal tid på begge sider av at klokken stilles
      Gitt pasienten "alle kanaler"
      Og at klokken hos ePROM er "<utc>" UTC
      Når bestillersystemet bestiller et skjema
      Så er tidspunktet i statusen "<lokal tid>" lokal tid og "<utc>" UTC

      Eksempler:
        | utc                 | lokal tid           |
        | 2026-01-15 12:00:00 | 2026-01-15 13:00:00 |
        | 2026-03-29 00:59:30 | 2026-03-29 01:59:30 |
        | 2026-03-29 01:00:30 | 2026-03-29 03:00:30 |
        | 2026-07-01 12:00:00 | 2026-07-01 14:00:00 |
        | 2026-10-25 00:59:30 | 2026-10-25 02:59:30 |
        | 2026-10-25 01:00:30 | 2026-10-25 02:00:30 |

    @krav-MI-05 @eprom @bare-simulator
    Scenariomal: Svaret på skjemaet har riktig tidspunkt på begge sider av at klokken stilles
      Gitt pasienten "alle kanaler"
      Og at klokken hos ePROM er "<utc>" UTC
      Når bestillersystemet bestiller et skjema
      Og pasienten svarer på skjemaet
      Så er tidspunktene i svaret "<utc>" UTC

      Eksempler:
        | utc                 |
        | 2026-01-15 12:00:00 |
        | 2026-03-29 00:59:30 |
        | 2026-03-29 01:00:30 |
        | 2026-10-25 00:59:30 |
        | 2026-10-25 01:00:30 |

    @krav-MI-06 @bestillersystem
    Scenariomal: Bestillingen utløper på det valgte øyeblikket, også når klokken stilles
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema som utløper "<utc>" UTC
      Så utløper bestillingen "<utc>" UTC

      Eksempler:
        | utc                 |
        | 2030-03-31 00:59:30 |
        | 2030-03-31 01:00:30 |
        | 2030-07-01 12:00:00 |
        | 2030-10-27 00:30:00 |
        | 2030-10-27 01:30:00 |
