# language: no
@bestillersystem
Egenskap: SMS og e-post slik bestillersystemet sender dem
  Bestillersystemet velger mottaker og tekst, og regner meldingen som sendt bare når ePROM sier at den er det.
  Kilde: SendeMeldingSomSmsEpost.

  Regel: Meldingen er riktig satt sammen

    @krav-M-02
    Scenariomal: API-nøkkelen står i meldingen
      Gitt pasienten "e-post og mobil"
      Når bestillersystemet sender <melding> til "fødselsnummeret"
      Så står API-nøkkelen i meldingen og ingen andre steder

      Eksempler:
        | melding |
        | SMS     |
        | e-post  |

    @krav-M-03
    Scenariomal: Teksten blir sendt slik den ble skrevet
      Gitt pasienten "e-post og mobil"
      Når bestillersystemet sender <melding> med teksten "<tekst>"
      Så er teksten i meldingen "<tekst>"

      Eksempler:
        | melding | tekst                                                                     |
        | SMS     | Husk timen din                                                            |
        | SMS     | Blåbærsyltetøy på en skjør skål – «sitat» og 😀                           |
        | SMS     | En lang melding: Vi minner om at du har fått et skjema, og at du kan svare når det passer. Du kan logge inn på nettstedet vårt, og du kan ringe oss dersom du lurer på noe. |
        | e-post  | Husk timen din                                                            |
        | e-post  | Blåbærsyltetøy på en skjør skål – «sitat» og 😀                           |

    @krav-M-04
    Scenariomal: Mottakeren er gitt slik den er valgt
      Gitt pasienten "e-post og mobil"
      Når bestillersystemet sender <melding> til "<mottaker>"
      Så er mottakeren gitt med "<mottaker>"

      Eksempler:
        | melding | mottaker        |
        | SMS     | fødselsnummeret |
        | SMS     | adressen        |
        | SMS     | begge deler     |
        | e-post  | fødselsnummeret |
        | e-post  | adressen        |
        | e-post  | begge deler     |

    @krav-M-05
    Scenariomal: Hver melding blir sendt nøyaktig én gang
      Gitt pasienten "e-post og mobil"
      Når bestillersystemet sender <melding> til "fødselsnummeret"
      Så er meldingen sendt nøyaktig én gang

      Eksempler:
        | melding |
        | SMS     |
        | e-post  |

    @krav-M-05 @til-slutt @bare-simulator
    Scenario: Ingen melding som feilet, er sendt på nytt
      Gitt at alle bestillinger i kjøringen er ferdige
      Så er ingen melding som feilet, sendt på nytt av seg selv

  Regel: Meldingen er sendt når ePROM sier at den er det, og bare da

    @krav-M-06
    Scenariomal: En melding som ePROM har sendt, blir registrert som sendt
      Gitt pasienten "e-post og mobil"
      Når bestillersystemet sender <melding> til "<mottaker>"
      Så har bestillersystemet registrert meldingen som sendt

      Eksempler:
        | melding | mottaker        |
        | SMS     | fødselsnummeret |
        | SMS     | adressen        |
        | e-post  | fødselsnummeret |
        | e-post  | adressen        |

    @krav-M-07 @bare-simulator
    Scenariomal: En melding som ikke ble sendt, blir ikke registrert som sendt
      Gitt pasienten "e-post og mobil"
      Og at ePROM svarer "<svar>" på meldingen
      Når bestillersystemet sender <melding> til "fødselsnummeret"
      Så har bestillersystemet ikke registrert meldingen som sendt

      Eksempler:
        | svar                 | melding |
        | ikke success         | SMS     |
        | ikke success         | e-post  |
        | avvist               | SMS     |
        | avvist               | e-post  |
        | success, men avvist  | SMS     |
        | ingenting            | e-post  |
        | success som tekst    | SMS     |
        | feil hos ePROM       | e-post  |

    @krav-M-08 @bare-simulator
    Scenariomal: Svaret blir forstått også når det er skrevet Success
      Gitt pasienten "e-post og mobil"
      Og at ePROM svarer "Success" på meldingen
      Når bestillersystemet sender <melding> til "fødselsnummeret"
      Så har bestillersystemet registrert meldingen som sendt

      Eksempler:
        | melding |
        | SMS     |
        | e-post  |

    @krav-M-09 @bare-simulator
    Scenariomal: En melding som ikke ble besvart, blir ikke registrert som sendt
      Gitt pasienten "rammet av feil hos ePROM"
      Og at ePROM svikter med "<svikt>"
      Når bestillersystemet prøver å sende <melding>
      Så har bestillersystemet ikke registrert den feilede meldingen som sendt

      Eksempler:
        | melding | svikt             |
        | SMS     | ikke noe svar     |
        | SMS     | brutt forbindelse |
        | e-post  | brutt forbindelse |
