# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med personverninnstillinger
  Hva bestillersystemet spør om, og hva det sitter igjen med. En feil er aldri et nei.
  Kilde: Personverninnstillinger.

  Regel: Det som ePROM svarer på en sjekk, blir registrert

    @krav-PV-31
    Scenariomal: Statusen fra sjekken blir registrert
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "<status>"
      Når bestillersystemet leser innstillingen
      Så har bestillersystemet registrert "<status>" etter sjekken

      Eksempler:
        | pasient      | type        | status    |
        | alle kanaler | Reservasjon | Aktiv     |
        | alle kanaler | Reservasjon | IkkeAktiv |
        | alle kanaler | Samtykke    | Aktiv     |
        | alle kanaler | Samtykke    | IkkeAktiv |
        | bare papir   | Reservasjon | IkkeAktiv |
        | bare papir   | Samtykke    | Aktiv     |

    @krav-PV-32 @bare-simulator
    Scenariomal: Typer og statuser blir forstått som navn også
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "<status>"
      Og at ePROM skriver typer og statuser som navn
      Når bestillersystemet leser innstillingen
      Så har bestillersystemet registrert "<status>" etter sjekken

      Eksempler:
        | type        | status    |
        | Reservasjon | Aktiv     |
        | Reservasjon | IkkeAktiv |
        | Samtykke    | Aktiv     |

  Regel: En feil sier ikke noe om innstillingen

    @krav-PV-33 @bare-simulator
    Scenariomal: Etter en feil er innstillingen ukjent
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "Aktiv"
      Og at ePROM svarer med "<feil>"
      Når bestillersystemet leser innstillingen
      Så vet ikke bestillersystemet hva innstillingen er etter "<feil>"

      Eksempler:
        | type        | feil                  |
        | Reservasjon | Bad Request           |
        | Reservasjon | Unauthorized          |
        | Reservasjon | Internal Server Error |
        | Reservasjon | Bad Gateway           |
        | Samtykke    | Bad Request           |
        | Samtykke    | Unauthorized          |
        | Samtykke    | Internal Server Error |
        | Samtykke    | Bad Gateway           |

    @krav-PV-33 @bare-simulator
    Scenariomal: En feil endrer ikke det som er kjent fra før
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "Aktiv"
      Når bestillersystemet leser innstillingen
      Og ePROM siden svarer med "<feil>"
      Og bestillersystemet leser innstillingen
      Så har bestillersystemet fortsatt registrert "Aktiv"

      Eksempler:
        | type        | feil                  |
        | Reservasjon | Bad Gateway           |
        | Samtykke    | Internal Server Error |
        | Samtykke    | Unauthorized          |

    @krav-PV-36 @bare-simulator
    Scenariomal: Et svar som er eldre enn det som er kjent, endrer ikke noe
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "<status>"
      Når bestillersystemet leser innstillingen
      Og ePROM siden svarer med en eldre utgave av innstillingen
      Og bestillersystemet leser innstillingen
      Så har bestillersystemet fortsatt registrert "<status>"

      Eksempler:
        | type        | status    |
        | Reservasjon | Aktiv     |
        | Reservasjon | IkkeAktiv |
        | Samtykke    | Aktiv     |

    @krav-PV-33 @bare-simulator
    Scenariomal: Når ePROM ikke svarer, er innstillingen ukjent
      Gitt pasienten "rammet av feil hos ePROM"
      Og en innstilling av typen "<type>" som er "Aktiv"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å lese innstillingen
      Så vet ikke bestillersystemet hva innstillingen er etter svikten

      Eksempler:
        | type        | svikt             |
        | Reservasjon | ikke noe svar     |
        | Samtykke    | brutt forbindelse |

    @krav-PV-46 @bare-simulator
    Scenariomal: En oppdatering som feilet, blir ikke tatt for gjort
      Gitt pasienten "rammet av feil hos ePROM"
      Og en innstilling av typen "<type>" som er "<før>"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å sette innstillingen til "<etter>"
      Så vet ikke bestillersystemet hva innstillingen er etter svikten

      Eksempler:
        | type        | før       | etter     | svikt                 |
        | Reservasjon | IkkeAktiv | Aktiv     | Unauthorized          |
        | Reservasjon | Aktiv     | IkkeAktiv | Internal Server Error |
        | Samtykke    | IkkeAktiv | Aktiv     | Bad Gateway           |
        | Samtykke    | Aktiv     | IkkeAktiv | brutt forbindelse     |

  Regel: Det som er bestemt, blir sendt til ePROM, og registrert

    @krav-PV-34
    Scenariomal: Bestillersystemet ber om den statusen som er bestemt
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "<før>"
      Når bestillersystemet setter innstillingen til "<etter>"
      Så ber bestillersystemet om "<etter>"

      Eksempler:
        | type        | før       | etter     |
        | Reservasjon | IkkeAktiv | Aktiv     |
        | Reservasjon | Aktiv     | IkkeAktiv |
        | Samtykke    | IkkeAktiv | Aktiv     |
        | Samtykke    | Aktiv     | IkkeAktiv |

    @krav-PV-35
    Scenariomal: Den nye statusen blir registrert, enten noe ble endret eller ikke
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "<før>"
      Når bestillersystemet setter innstillingen til "<etter>"
      Så har bestillersystemet registrert "<etter>" etter oppdateringen

      Eksempler:
        | type        | før       | etter     |
        | Reservasjon | IkkeAktiv | Aktiv     |
        | Reservasjon | Aktiv     | Aktiv     |
        | Samtykke    | Aktiv     | IkkeAktiv |
        | Samtykke    | IkkeAktiv | IkkeAktiv |

  Regel: Lister blir lest til siste side

    @krav-PV-37 @bare-simulator
    Scenariomal: Alle i listen blir registrert
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Når bestillersystemet leser listen
      Så har bestillersystemet registrert alle pasientene i listen én gang

      Eksempler:
        | type        | antall |
        | Reservasjon | 1      |
        | Samtykke    | 3      |
        | Reservasjon | 4      |
        | Samtykke    | 10     |

    @krav-PV-38 @bare-simulator
    Scenariomal: En pasient som står på to sider, blir registrert én gang
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Og at en pasient står på to sider av listen
      Når bestillersystemet leser listen
      Så har bestillersystemet registrert den som står på to sider én gang

      Eksempler:
        | type        | antall |
        | Reservasjon | 5      |
        | Samtykke    | 7      |

    @krav-PV-39 @bare-simulator
    Scenariomal: En liste som går i ring, blir ikke lest om og om igjen
      Gitt en innstilling av typen "<type>" som <antall> pasienter har aktiv
      Og at listen viser til samme side om igjen
      Når bestillersystemet leser listen
      Så har bestillersystemet ikke hentet noen side to ganger

      Eksempler:
        | type        | antall |
        | Reservasjon | 5      |
        | Samtykke    | 7      |

  Regel: Det som pasienten endrer på Helsenorge, blir registrert én gang

    @krav-PV-40 @bare-simulator
    Scenariomal: Den nye statusen blir registrert
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "<før>"
      Når pasienten endrer innstillingen til "<etter>" på Helsenorge
      Så har bestillersystemet registrert "<etter>" etter endringen

      Eksempler:
        | type        | før       | etter     |
        | Reservasjon | IkkeAktiv | Aktiv     |
        | Reservasjon | Aktiv     | IkkeAktiv |
        | Samtykke    | IkkeAktiv | Aktiv     |
        | Samtykke    | Aktiv     | IkkeAktiv |

    @krav-PV-41 @bare-simulator
    Scenariomal: Bestillersystemet svarer success på endringen
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "<før>"
      Når pasienten endrer innstillingen til "<etter>" på Helsenorge
      Så har bestillersystemet svart success på endringen

      Eksempler:
        | pasient      | type        | før       | etter     |
        | alle kanaler | Reservasjon | IkkeAktiv | Aktiv     |
        | alle kanaler | Samtykke    | Aktiv     | IkkeAktiv |
        | bare e-post  | Samtykke    | IkkeAktiv | Aktiv     |

    @krav-PV-42 @bare-simulator
    Scenariomal: En endring som kommer flere ganger, blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "Reservasjon" som er "<før>"
      Og at ePROM sender endringen <ganger> ganger
      Når pasienten endrer innstillingen til "<etter>" på Helsenorge
      Så har bestillersystemet registrert "<etter>" én gang, etter <ganger> meldinger

      Eksempler:
        | før       | etter     | ganger |
        | IkkeAktiv | Aktiv     | 2      |
        | Aktiv     | IkkeAktiv | 4      |

    @krav-PV-43 @bare-simulator
    Scenariomal: Felter som bestillersystemet ikke kjenner, er ikke til hinder
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "Reservasjon" som er "<før>"
      Og at ePROM sender ukjente felter i endringen
      Når pasienten endrer innstillingen til "<etter>" på Helsenorge
      Så har bestillersystemet registrert "<etter>" etter endringen

      Eksempler:
        | før       | etter     |
        | IkkeAktiv | Aktiv     |
        | Aktiv     | IkkeAktiv |

    @krav-PV-44 @bare-simulator
    Scenariomal: En endring med feil nøkkel blir avvist
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "IkkeAktiv"
      Og at endringen har en annen nøkkel
      Når pasienten endrer innstillingen til "Aktiv" på Helsenorge
      Så har bestillersystemet avvist endringen

      Eksempler:
        | type        |
        | Reservasjon |
        | Samtykke    |
