# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør når ePROM svikter
  ePROM svarer med en feil, svarer ikke, eller bryter forbindelsen. Da finnes det ingen bestilling å vise til, og ingen
  vet om det ble gjort en likevel.

  Regel: Det som feilet, blir ikke tatt for en bestilling

    @krav-B-20 @bare-simulator
    Scenariomal: En bestilling som feilet hos ePROM, blir ikke tatt for gjort
      Gitt pasienten "rammet av feil hos ePROM"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å bestille et skjema
      Så har bestillersystemet ikke registrert den feilede bestillingen som gjort

      Eksempler:
        | svikt                 |
        | Unauthorized          |
        | Internal Server Error |
        | Bad Gateway           |
        | Gateway Timeout       |

    @krav-B-22 @bare-simulator
    Scenariomal: En bestilling som ikke ble besvart, blir ikke tatt for gjort
      Gitt pasienten "rammet av feil hos ePROM"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å bestille et skjema
      Så har bestillersystemet ikke registrert den feilede bestillingen som gjort

      Eksempler:
        | svikt             |
        | ikke noe svar     |
        | brutt forbindelse |

  Regel: Det som kan ha blitt en bestilling, blir ikke bestilt på nytt av seg selv

    @krav-B-21 @til-slutt @bare-simulator
    Scenario: Ingen bestilling som feilet, er sendt på nytt
      Gitt at alle bestillinger i kjøringen er ferdige
      Så er ingen bestilling som feilet, sendt på nytt av seg selv
