# language: no
@eprom
Egenskap: Hvem som kan nås, og med hva
  Kontaktregisteret, representasjon og adresse avgjør hvilke kanaler som når pasienten, og om det blir e-post eller SMS.
  Statusen sier bare «Unsecure»: hvilken av dem som ble brukt, er det bare simulatoren som viser.

  Regel: Et kontaktpunkt som er over 18 måneder gammelt, blir ikke brukt

    @krav-P-11 @bare-simulator
    Scenariomal: Alderen på e-postadressen og mobilnummeret blir vurdert hver for seg
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så får pasienten beskjed med <melding>

      Eksempler:
        | pasient                   | melding |
        | ny e-post og gammel mobil | e-post  |
        | gammel e-post og ny mobil | SMS     |

    @krav-P-11
    Scenario: Den som bare har gamle kontaktopplysninger, kan ikke nås med e-post eller SMS
      Gitt pasienten "gamle kontaktopplysninger uten postkasse"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så når ingen kanal pasienten

  Regel: Den som ikke ligger i kontaktregisteret, kan ikke nås med e-post eller SMS

    @krav-P-12
    Scenariomal: Uten plass i kontaktregisteret er det ingen e-post eller SMS
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "UnsecureOnly"
      Så når ingen kanal pasienten

      Eksempler:
        | pasient                       |
        | slettet fra kontaktregisteret |
        | ingen kanaler                 |

  Regel: Den som er representert på Helsenorge, kan nås der

    @krav-P-13
    Scenariomal: Representasjon gjør at Helsenorge når pasienten
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så blir pasienten varslet på "Helsenorge"

      Eksempler:
        | pasient             |
        | representert barn   |
        | representert voksen |

  Regel: Den som nettopp har nådd aldersgrensen, er med

    @krav-P-14
    Scenariomal: Fylte 16 og 18 år er nok
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "<regel>"
      Så blir pasienten varslet på "<kanal>"

      Eksempler:
        | pasient | regel              | kanal          |
        | 16 år   | HelsenorgeOnly     | Helsenorge     |
        | 18 år   | DigitalMailboxOnly | DigitalMailbox |

  Regel: Papir går til adressen i bestillingen, om den har en

    @krav-P-15
    Scenariomal: Adressen i bestillingen blir brukt når pasienten ikke har noen registrert
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM på papir til en egen adresse
      Så blir pasienten varslet på "PhysicalMailbox"

      Eksempler:
        | pasient       |
        | bare e-post   |
        | ingen kanaler |
