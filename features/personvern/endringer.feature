# language: no
@eprom @bare-simulator
Egenskap: Endringer som innbyggeren gjør på Helsenorge
  Når innbyggeren endrer en innstilling, får ePROM en replikeringsmelding fra PVK, og forteller det til bestillersystemet.
  Kilde: Personverninnstillinger, Mottak av status for personverninnstilling (replikeringsmelding fra PVK).

  Regel: Meldingen har kodene i Volven, ikke tallene fra sjekken

    @krav-PV-18
    Scenariomal: Meldingen har koden for typen og den nye statusen
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "<før>"
      Når pasienten endrer innstillingen til "<etter>" på Helsenorge
      Så forteller ePROM om endringen med koden "<kode>"

      Eksempler:
        | pasient      | type        | før        | etter     | kode |
        | alle kanaler | Reservasjon | IkkeAktiv  | Aktiv     | RES  |
        | alle kanaler | Reservasjon | aldri satt | Aktiv     | RES  |
        | alle kanaler | Reservasjon | Aktiv      | IkkeAktiv | IRES |
        | alle kanaler | Samtykke    | IkkeAktiv  | Aktiv     | SAM  |
        | alle kanaler | Samtykke    | aldri satt | Aktiv     | SAM  |
        | alle kanaler | Samtykke    | Aktiv      | IkkeAktiv | ISAM |
        | 17 år        | Reservasjon | Aktiv      | IkkeAktiv | IRES |
        | 17 år        | Samtykke    | IkkeAktiv  | Aktiv     | SAM  |

  Regel: Nøkkelen følger med utenfor selve meldingen

    @krav-PV-19
    Scenariomal: Meldingen har bestillersystemets egen nøkkel
      Gitt pasienten "<pasient>"
      Og en innstilling av typen "<type>" som er "<før>"
      Når pasienten endrer innstillingen til "<etter>" på Helsenorge
      Så har endringen bestillersystemets egen nøkkel, utenfor selve meldingen

      Eksempler:
        | pasient      | type        | før       | etter     |
        | alle kanaler | Reservasjon | IkkeAktiv | Aktiv     |
        | alle kanaler | Samtykke    | IkkeAktiv | Aktiv     |
        | bare papir   | Reservasjon | Aktiv     | IkkeAktiv |
