# language: no
@eprom
Egenskap: Hvem som kan nås
  Alder, samtykke, kontaktopplysninger og reservasjon avgjør hvilke kanaler som når en pasient. Aldersgrensene er prøvd
  et godt stykke fra grensen, siden dokumentasjonen ikke sier hva som gjelder på selve fødselsdagen.

  Regel: Helsenorge er for dem over 16 år, eller dem som er representert

    @krav-P-01
    Scenariomal: Helsenorge når den som er gammel nok eller representert
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så blir pasienten varslet på "Helsenorge"

      Eksempler:
        | pasient                       |
        | 17 år                         |
        | 19 år                         |
        | 92 år                         |
        | representert barn med adresse |

    @krav-P-01
    Scenariomal: Helsenorge når ikke den som er for ung
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient |
        | 12 år   |
        | 14 år   |
        | 15 år   |

  Regel: Digital postkasse er for dem over 18 år

    @krav-P-02
    Scenariomal: Alderen avgjør at digital postkasse når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "DigitalMailboxOnly"
      Så blir pasienten varslet på "DigitalMailbox"

      Eksempler:
        | pasient |
        | 19 år   |
        | 92 år   |

    @krav-P-02
    Scenariomal: Digital postkasse når ikke den som er for ung
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "DigitalMailboxOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient |
        | 14 år   |
        | 17 år   |

  Regel: E-post og SMS er for dem fra 13 år med kontaktopplysninger

    @krav-P-03
    Scenariomal: Den som har fylt 13 år, kan nås med e-post eller SMS
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så blir pasienten varslet på "Unsecure"

      Eksempler:
        | pasient        |
        | 13 år          |
        | 14 år          |
        | 17 år          |
        | e-post og mobil |

    @krav-P-03
    Scenario: Den som er under 13 år, kan ikke nås med e-post eller SMS
      Gitt pasienten "12 år"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så når ingen kanal pasienten

  Regel: Den som ikke har oppdatert kontaktopplysningene på 18 måneder, er ikke digitalt aktiv

    @krav-P-04
    Scenario: Gamle kontaktopplysninger stanser Helsenorge, og neste kanal blir prøvd
      Gitt pasienten "gamle kontaktopplysninger"
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så blir pasienten varslet på "DigitalMailbox"

    @krav-P-04
    Scenario: Gamle kontaktopplysninger stanser Helsenorge også når ingen annen kanal finnes
      Gitt pasienten "gamle kontaktopplysninger uten postkasse"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

    @krav-P-04
    Scenario: Gamle kontaktopplysninger gjelder når de nylig er bekreftet
      Gitt pasienten "nylig bekreftet kontakt"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så blir pasienten varslet på "Helsenorge"

    @krav-P-04
    Scenario: En bekreftelse som er over 18 måneder gammel, teller ikke
      Gitt pasienten "gammel bekreftelse"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

  Regel: Reservasjon mot digital kommunikasjon stanser digital postkasse

    @krav-P-09
    Scenario: Digital postkasse når ikke den som er reservert mot digital kommunikasjon
      Gitt pasienten "reservert i KRR"
      Når bestillersystemet bestiller et skjema med regelen "DigitalMailboxOnly"
      Så når ingen kanal pasienten

    @krav-P-09
    Scenario: Den som er reservert mot digital kommunikasjon, kan nås på papir
      Gitt pasienten "reservert i KRR"
      Når bestillersystemet bestiller et skjema med regelen "PaperOnly"
      Så blir pasienten varslet på "PhysicalMailbox"

  Regel: Reservasjon mot forskning gjelder bare Helsenorge, og bare bestillersystemer for forskning

    @krav-P-05 @bare-simulator
    Scenario: Forskning når en reservert pasient på neste kanal
      Gitt pasienten "reservert mot forskning"
      Og at bestillersystemet er merket som forskning
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så blir pasienten varslet på "DigitalMailbox"

    @krav-P-05 @bare-simulator
    Scenario: Forskning når ikke en reservert pasient som bare har Helsenorge
      Gitt pasienten "reservert mot forskning uten andre kanaler"
      Og at bestillersystemet er merket som forskning
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

    @krav-P-05
    Scenario: Et bestillersystem som ikke er forskning, når en reservert pasient på Helsenorge
      Gitt pasienten "reservert mot forskning"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så blir pasienten varslet på "Helsenorge"

  Regel: Helsenorge krever samtykket Full

    @krav-P-08
    Scenario: Den som ikke har gitt samtykket Full, blir varslet på neste kanal
      Gitt pasienten "delvis samtykke"
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så blir pasienten varslet på "DigitalMailbox"

    @krav-P-08
    Scenario: Den som ikke har gitt samtykket Full, kan ikke nås på Helsenorge
      Gitt pasienten "delvis samtykke"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Så når ingen kanal pasienten

  Regel: Både fødselsnummer og D-nummer kan brukes

    @krav-P-07
    Scenariomal: En pasient med D-nummer blir varslet som andre
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient            | regel              | kanal          |
        | D-nummer           | HelsenorgeOnly     | Helsenorge     |
        | D-nummer           | DigitalMailboxOnly | DigitalMailbox |
        | D-nummer fra Tenor | HelsenorgeOnly     | Helsenorge     |
        | D-nummer fra Tenor | DigitalMailboxOnly | DigitalMailbox |

  Regel: Den som er død, blir ikke varslet

    @krav-P-06
    Scenariomal: En død pasient kan ikke nås
      Gitt pasienten "død"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så når ingen kanal pasienten

      Eksempler:
        | regel                |
        | Basic                |
        | AllowUnsecureOrPaper |
