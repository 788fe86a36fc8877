# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør med statuser som er uvanlige
  Statuser kan komme samtidig, for en bestilling som ingen kjenner, med et tall i stedet for et navn, eller fra en som
  ikke er ePROM. Ikke noe av det skal føre til at det blir registrert noe galt.

  Regel: Statuser som kommer samtidig, blir registrert én gang

    @krav-B-23 @bare-simulator
    Scenariomal: Den samme statusen flere ganger samtidig blir registrert én gang
      Gitt pasienten "alle kanaler"
      Og at ePROM sender statusen <ganger> ganger samtidig
      Når bestillersystemet bestiller et skjema
      Og <ganger> meldinger om bestillingen er kommet samtidig
      Så har bestillersystemet registrert statusen "Ordered" på kanalen "Helsenorge"

      Eksempler:
        | ganger |
        | 2      |
        | 5      |

  Regel: Bare ePROM kan sende status

    @krav-B-24 @bare-simulator
    Scenariomal: En status med feil nøkkel blir avvist
      Gitt pasienten "<pasient>"
      Og at statusen har en annen nøkkel
      Når bestillersystemet bestiller et skjema med regelen "Basic"
      Så har bestillersystemet avvist statusen

      Eksempler:
        | pasient                |
        | alle kanaler           |
        | bare digital postkasse |

  Regel: En ukjent bestilling er ikke en av dem som er gjort

    @krav-B-25 @bare-simulator
    Scenariomal: En melding om en bestilling som ingen har gjort, endrer ikke andre bestillinger
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og ePROM sender <melding> for en bestilling som ingen har gjort
      Så har bestillersystemet registrert statusen "Ordered" på kanalen "Helsenorge"

      Eksempler:
        | melding   |
        | en status |
        | et svar   |

  Regel: Et tall er det som ePROM mener med det

    @krav-B-26 @bare-simulator
    Scenariomal: Det første utfallet blir forstått som tall
      Gitt pasienten "alle kanaler"
      Og at ePROM holder statusen tilbake
      Når bestillersystemet bestiller et skjema
      Og ePROM melder "<status>" med tallet <tall>
      Så har bestillersystemet registrert tallet som "<status>", og ikke noe annet

      Eksempler:
        | status  | tall |
        | Ordered | 2    |
        | Error   | 3    |

    @krav-B-26 @bare-simulator
    Scenariomal: Det som skjer siden, blir forstått som tall
      Gitt pasienten "alle kanaler"
      Når bestillersystemet bestiller et skjema
      Og ePROM først melder "Ordered", og så "<status>" med tallet <tall>
      Så har bestillersystemet registrert tallet som "<status>", og ikke noe annet

      Eksempler:
        | status               | tall |
        | Completed            | 0    |
        | Expired              | 1    |
        | PhysicalMailReturned | 4    |
        | DigipostDelivered    | 5    |
