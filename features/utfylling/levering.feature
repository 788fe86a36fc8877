# language: no
@eprom @bare-simulator
Egenskap: Det som skjer når pasienten leverer
  Svarene blir kontrollert, returnert slik de ble gitt, og kopiert når de skal.
  Kilde: Skjemabygger, Felter og regler; Utfylling av skjema; ReturAvUtfyltSkjema, Mottak.

  Regel: Svarene blir returnert slik de ble gitt

    @krav-F-07
    Scenariomal: Det utfylte skjemaet kommer som svar
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
      Og pasienten åpner skjemaet
      Og pasienten leverer <svar>
      Så returnerer ePROM svarene <svar>

      Eksempler:
        | svar                                                                                                                              |
        | {"Smerte": 0, "Bedre": 1, "Kvalme": true, "Feber": false, "Utslett": false}                                                       |
        | {"Vekt": 70.5, "Smerte": 10, "Bedre": 2, "HvaErVerre": "Å gå \"fort\" <raskt>", "Kvalme": false, "Feber": false, "Utslett": true} |
        | {"Smerte": 3, "Bedre": 1, "Kvalme": false, "Feber": false, "Utslett": false, "dato": "2026-02-28"}                                |

  Regel: Svarene blir kontrollert før de blir tatt imot

    @krav-F-08
    Scenariomal: Obligatoriske spørsmål må besvares
      Gitt pasienten "<pasient>"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Og pasienten åpner skjemaet
      Og pasienten leverer <svar>
      Så blir svarene ikke tatt imot

      Eksempler:
        | pasient                | regel              | svar                      |
        | Helsenorge og e-post   | HelsenorgeOnly     | {}                        |
        | Helsenorge og e-post   | HelsenorgeOnly     | {"Smerte": 4}             |
        | bare digital postkasse | DigitalMailboxOnly | {"Smerte": 4, "Bedre": 2} |

    @krav-F-09
    Scenariomal: Et tall må være innenfor grensene
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
      Og pasienten åpner skjemaet
      Og pasienten leverer <svar>
      Så blir svarene ikke tatt imot

      Eksempler:
        | svar                                    |
        | {"Smerte": 11, "Bedre": 1}              |
        | {"Smerte": -1, "Bedre": 1}              |
        | {"Smerte": 1, "Bedre": 1, "Hoyde": 261} |

  Regel: Pasienten får en kopi, når det ikke er bestilt annet

    @krav-F-14
    Scenariomal: Kopien går til kanalen som ble brukt
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Og pasienten åpner skjemaet
      Og pasienten leverer skjemaet
      Så går kopien til "<sted>"

      Eksempler:
        | pasient                | regel              | sted                    |
        | Helsenorge og e-post   | HelsenorgeOnly     | Helsenorge              |
        | bare digital postkasse | DigitalMailboxOnly | den digitale postkassen |

    @krav-F-15
    Scenariomal: Det blir ikke kopi når bestillingen sier det
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt                        | verdi   |
        | distributionRule            | <regel> |
        | dontStoreCompletedFormInPha | true    |
      Og pasienten åpner skjemaet
      Og pasienten leverer skjemaet
      Så blir det ikke laget noen kopi

      Eksempler:
        | pasient                | regel              |
        | Helsenorge og e-post   | HelsenorgeOnly     |
        | bare digital postkasse | DigitalMailboxOnly |

    @krav-F-16
    Scenariomal: Den som er varslet med e-post eller SMS, får ikke kopi
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi        |
        | distributionRule | UnsecureOnly |
      Og pasienten åpner skjemaet
      Og pasienten leverer skjemaet
      Så blir det ikke laget noen kopi

      Eksempler:
        | pasient     |
        | bare e-post |
        | bare mobil  |

    @krav-F-27
    Scenario: Den som fyller ut på vegne av noen, får ikke kopi
      Gitt pasienten "bare digital postkasse"
      Når det bestilles direkte hos ePROM på vegne av "12 år" med:
        | felt             | verdi              |
        | distributionRule | DigitalMailboxOnly |
      Og pasienten åpner skjemaet
      Og pasienten leverer skjemaet
      Så blir det ikke laget noen kopi
