# language: no
Egenskap: Liten

  Bakgrunn:
    Gitt noe

  Scenario: Alene
    Så ett

  Regel: En regel

    Scenariomal: Flere
      Så <x>

      Eksempler:
        | x |
        | a |

      Eksempler: til
        | x |
        | b |
        | c |
