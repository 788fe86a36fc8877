# language: no
@eprom
Egenskap: Personverninnstillinger slik ePROM leser og endrer dem
  Et bestillersystem kan sjekke og oppdatere en reservasjon eller et samtykke. ePROM formidler det som PVK har.
  Kilde: Personverninnstillinger, Sjekk personverninnstilling og Oppdater personverninnstilling.

  Regel: Sjekken forteller hva som gjelder for innbyggeren

    @krav-PV-01
    Scenariomal: En sjekk gir statusen som gjelder
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "<status>"
      Når innstillingen leses direkte hos ePROM
      Så svarer ePROM at innstillingen er "<status>"

      Eksempler:
        | pasient       | type        | status    |
        | alle kanaler  | Reservasjon | Aktiv     |
        | alle kanaler  | Reservasjon | IkkeAktiv |
        | alle kanaler  | Samtykke    | Aktiv     |
        | alle kanaler  | Samtykke    | IkkeAktiv |
        | ingen kanaler | Reservasjon | Aktiv     |
        | ingen kanaler | Samtykke    | IkkeAktiv |
        | D-nummer      | Reservasjon | IkkeAktiv |
        | D-nummer      | Samtykke    | Aktiv     |

    @krav-PV-02
    Scenariomal: Sekvensnummer og tidspunkter følger endringene
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "IkkeAktiv"
      Når innstillingen leses direkte hos ePROM
      Og innstillingen settes til "Aktiv" direkte hos ePROM
      Og innstillingen leses direkte hos ePROM
      Så er sekvensnummeret høyere, første tidspunkt det samme og siste tidspunkt senere

      Eksempler:
        | pasient      | type        |
        | alle kanaler | Reservasjon |
        | alle kanaler | Samtykke    |
        | bare papir   | Reservasjon |

  Regel: Oppdateringen blir gjort, og svaret sier om noe ble endret

    @krav-PV-03
    Scenariomal: Svaret på en oppdatering sier om innstillingen ble endret
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "<før>"
      Når innstillingen settes til "<etter>" direkte hos ePROM
      Så svarer ePROM at innstillingen ble "<svar>"

      Eksempler:
        | pasient      | type        | før       | etter     | svar       |
        | alle kanaler | Reservasjon | IkkeAktiv | Aktiv     | Endret     |
        | alle kanaler | Reservasjon | Aktiv     | IkkeAktiv | Endret     |
        | alle kanaler | Reservasjon | Aktiv     | Aktiv     | IkkeEndret |
        | alle kanaler | Reservasjon | IkkeAktiv | IkkeAktiv | IkkeEndret |
        | bare papir   | Samtykke    | IkkeAktiv | Aktiv     | Endret     |
        | bare papir   | Samtykke    | Aktiv     | IkkeAktiv | Endret     |
        | bare papir   | Samtykke    | Aktiv     | Aktiv     | IkkeEndret |
        | bare papir   | Samtykke    | IkkeAktiv | IkkeAktiv | IkkeEndret |

    @krav-PV-04
    Scenariomal: Etter en oppdatering gir sjekken den nye statusen
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "Reservasjon" som er "<før>"
      Når innstillingen settes til "<etter>" direkte hos ePROM
      Og innstillingen leses direkte hos ePROM
      Så svarer ePROM at innstillingen er "<etter>"

      Eksempler:
        | pasient      | før       | etter     |
        | alle kanaler | IkkeAktiv | Aktiv     |
        | alle kanaler | Aktiv     | IkkeAktiv |
        | alle kanaler | Aktiv     | Aktiv     |
        | bare e-post  | IkkeAktiv | Aktiv     |
        | bare e-post  | Aktiv     | IkkeAktiv |

  Regel: Kall som mangler noe, blir avvist

    @krav-PV-05
    Scenariomal: Et kall uten fødselsnummer blir avvist
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "IkkeAktiv"
      Når <kall> kalles direkte hos ePROM uten "nationalId"
      Så svarer ePROM med "Bad Request"

      Eksempler:
        | kall        | type        |
        | sjekk       | Reservasjon |
        | sjekk       | Samtykke    |
        | oppdatering | Reservasjon |
        | oppdatering | Samtykke    |

    @krav-PV-05 @bare-simulator
    Scenariomal: Et fødselsnummer som ikke har elleve sifre, blir avvist
      Gitt en innstilling av typen "Reservasjon" som er "aldri satt"
      Og en pasient med "<nummer>"
      Når <kall> kalles direkte hos ePROM
      Så svarer ePROM med "Bad Request"

      Eksempler:
        | kall        | nummer           |
        | sjekk       | for kort nummer  |
        | sjekk       | for langt nummer |
        | oppdatering | for kort nummer  |
        | oppdatering | for langt nummer |

    @krav-PV-06
    Scenariomal: Et kall uten type blir avvist
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "Reservasjon" som er "IkkeAktiv"
      Når <kall> kalles direkte hos ePROM uten "type"
      Så svarer ePROM med "Bad Request"

      Eksempler:
        | kall        | pasient      |
        | sjekk       | alle kanaler |
        | sjekk       | bare papir   |
        | oppdatering | alle kanaler |
        | oppdatering | bare papir   |

    @krav-PV-07
    Scenariomal: En oppdatering uten status blir avvist
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "<status>"
      Når oppdatering kalles direkte hos ePROM uten "status"
      Så svarer ePROM med "Bad Request"

      Eksempler:
        | type        | status    |
        | Reservasjon | Aktiv     |
        | Reservasjon | IkkeAktiv |
        | Samtykke    | Aktiv     |

  Regel: Feil hos noen andre enn den som kaller, har sin egen status

    @krav-PV-08
    Scenariomal: Et kall med ukjent nøkkel blir avvist
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "IkkeAktiv"
      Når <kall> kalles direkte hos ePROM med en ukjent nøkkel
      Så svarer ePROM med "Unauthorized"

      Eksempler:
        | kall        | type        |
        | sjekk       | Reservasjon |
        | sjekk       | Samtykke    |
        | oppdatering | Reservasjon |
        | oppdatering | Samtykke    |

    @krav-PV-09 @bare-simulator
    Scenariomal: En feil som ikke fanges opp, gir sin egen status
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "IkkeAktiv"
      Og at ePROM svarer med "Internal Server Error"
      Når <kall> kalles direkte hos ePROM
      Så svarer ePROM med "Internal Server Error"

      Eksempler:
        | kall        | type        |
        | sjekk       | Reservasjon |
        | oppdatering | Samtykke    |

    @krav-PV-10 @bare-simulator
    Scenariomal: Når PVK feiler, blir feilmeldingen gitt videre
      Gitt pasienten "alle kanaler"
      Og en innstilling av typen "<type>" som er "IkkeAktiv"
      Og at ePROM svarer med "Bad Gateway"
      Når <kall> kalles direkte hos ePROM
      Så forteller ePROM hva som gikk galt hos PVK

      Eksempler:
        | kall        | type        |
        | sjekk       | Reservasjon |
        | sjekk       | Samtykke    |
        | oppdatering | Reservasjon |
        | oppdatering | Samtykke    |
