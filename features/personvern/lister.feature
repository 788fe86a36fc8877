# language: no
@eprom @bare-simulator
Egenskap: Listen over innbyggere med en aktiv innstilling
  Listen kommer i sider. Første side har referansen 0, og det er flere så lenge referansen i svaret er over 0.
  Kilde: Personverninnstillinger, Hent en liste over innbyggere med informasjon om personverninnstilling.

  Regel: Sidene har til sammen alle, én gang

    @krav-PV-11
    Scenariomal: Listen har alle som har innstillingen aktiv, én gang
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Når listen leses direkte hos ePROM
      Så har listen alle pasientene én gang

      Eksempler:
        | type        | antall |
        | Reservasjon | 0      |
        | Reservasjon | 1      |
        | Reservasjon | 3      |
        | Samtykke    | 4      |
        | Samtykke    | 6      |
        | Samtykke    | 7      |
        | Reservasjon | 20     |

    @krav-PV-12
    Scenariomal: Hver side fører til en ny, til listen tar slutt
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Når listen leses direkte hos ePROM
      Så fører hver side til en ny, til listen tar slutt

      Eksempler:
        | type        | antall |
        | Reservasjon | 4      |
        | Samtykke    | 6      |
        | Samtykke    | 8      |
        | Reservasjon | 20     |

    @krav-PV-15
    Scenariomal: De andre i listen står der én gang selv om noen trekker seg mens den leses
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Når listen leses direkte hos ePROM mens en pasient trekker seg
      Så har listen alle de andre pasientene én gang

      Eksempler:
        | type        | antall |
        | Reservasjon | 5      |
        | Samtykke    | 10     |

  Regel: Listen sier hva den gjelder, og det samme som sjekken

    @krav-PV-13
    Scenariomal: Hver side sier hvilken innstilling den gjelder, og hvem som eier den
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Når listen leses direkte hos ePROM
      Så forteller hver side hvilken innstilling den gjelder

      Eksempler:
        | type        | antall |
        | Reservasjon | 2      |
        | Samtykke    | 5      |

    @krav-PV-14
    Scenariomal: Listen har de samme sekvensnumrene og tidspunktene som sjekken
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Når listen leses direkte hos ePROM
      Så har listen de samme sekvensnumrene og tidspunktene som innstillingene

      Eksempler:
        | type        | antall |
        | Reservasjon | 5      |
        | Samtykke    | 4      |

  Regel: Feil i kallet og feil hos andre har hver sin status

    @krav-PV-16
    Scenario: En liste med ukjent nøkkel blir avvist
      Gitt en innstilling av typen "Reservasjon" som 2 pasienter har aktiv
      Når listing kalles direkte hos ePROM med en ukjent nøkkel
      Så svarer ePROM med "Unauthorized"

    @krav-PV-16
    Scenario: En liste kan ende i en feil som ikke fanges opp
      Gitt en innstilling av typen "Samtykke" som 2 pasienter har aktiv
      Og at ePROM svarer med "Internal Server Error"
      Når listing kalles direkte hos ePROM
      Så svarer ePROM med "Internal Server Error"

    @krav-PV-16
    Scenario: Når PVK feiler, blir feilmeldingen gitt videre for lister også
      Gitt en innstilling av typen "Reservasjon" som 2 pasienter har aktiv
      Og at ePROM svarer med "Bad Gateway"
      Når listing kalles direkte hos ePROM
      Så forteller ePROM hva som gikk galt hos PVK

    @krav-PV-17
    Scenario: En liste uten part blir avvist
      Gitt en innstilling av typen "Reservasjon" som 2 pasienter har aktiv
      Og at ePROM ikke har noen part registrert for bestillersystemet
      Når listing kalles direkte hos ePROM
      Så svarer ePROM med "Bad Request"
