# language: no
@eprom
Egenskap: SMS og e-post slik ePROM tar imot dem
  Korte meldinger uten sensitivt innhold, til et fødselsnummer, et mobilnummer eller en e-postadresse.
  Kilde: SendeMeldingSomSmsEpost.

  Regel: SMS kan sendes til et fødselsnummer eller et mobilnummer

    @krav-M-11
    Scenariomal: SMS til et fødselsnummer blir sendt
      Gitt pasienten "<pasient>"
      Når SMS sendes direkte hos ePROM til "fødselsnummeret"
      Så melder ePROM at meldingen er sendt

      Eksempler:
        | pasient            |
        | bare mobil         |
        | alle kanaler       |
        | D-nummer fra Tenor |

    @krav-M-12
    Scenariomal: SMS til et mobilnummer blir sendt
      Gitt pasienten "<pasient>"
      Når SMS sendes direkte hos ePROM til "adressen"
      Så melder ePROM at meldingen er sendt

      Eksempler:
        | pasient         |
        | bare mobil      |
        | e-post og mobil |

  Regel: E-post kan sendes til et fødselsnummer eller en e-postadresse

    @krav-M-13
    Scenariomal: E-post til et fødselsnummer blir sendt
      Gitt pasienten "<pasient>"
      Når e-post sendes direkte hos ePROM til "fødselsnummeret"
      Så melder ePROM at meldingen er sendt

      Eksempler:
        | pasient      |
        | bare e-post  |
        | alle kanaler |
        | D-nummer     |

    @krav-M-14
    Scenariomal: E-post til en e-postadresse blir sendt
      Gitt pasienten "<pasient>"
      Når e-post sendes direkte hos ePROM til "adressen"
      Så melder ePROM at meldingen er sendt

      Eksempler:
        | pasient         |
        | bare e-post     |
        | e-post og mobil |

  Regel: Begge deler kan oppgis, men ikke ingen av dem

    @krav-M-15
    Scenariomal: Fødselsnummer sammen med mobilnummer eller e-postadresse blir tatt imot
      Gitt pasienten "e-post og mobil"
      Når <melding> sendes direkte hos ePROM til "begge deler"
      Så melder ePROM at meldingen er sendt

      Eksempler:
        | melding |
        | SMS     |
        | e-post  |

    @krav-M-16
    Scenario: SMS uten mottaker blir avvist
      Gitt pasienten "e-post og mobil"
      Når SMS sendes direkte hos ePROM til "ingen"
      Så avviser ePROM meldingen med "Either nationalId or phoneNumber must be specified"

    @krav-M-17
    Scenario: E-post uten mottaker blir avvist
      Gitt pasienten "e-post og mobil"
      Når e-post sendes direkte hos ePROM til "ingen"
      Så avviser ePROM meldingen med "Either nationalId or emailAddress must be specified"

  Regel: API-nøkkelen avgjør hvem som kan sende

    @krav-M-18
    Scenariomal: En ukjent API-nøkkel blir avvist
      Gitt pasienten "e-post og mobil"
      Når <melding> sendes direkte hos ePROM med en ukjent API-nøkkel
      Så avviser ePROM meldingen med "apiKey '{apiKey}' doesn't exists"

      Eksempler:
        | melding |
        | SMS     |
        | e-post  |

    @krav-M-21
    Scenariomal: En melding uten API-nøkkel blir avvist
      Gitt pasienten "e-post og mobil"
      Når <melding> sendes direkte hos ePROM uten API-nøkkel
      Så blir meldingen avvist

      Eksempler:
        | melding |
        | SMS     |
        | e-post  |

  Regel: Svaret sier om meldingen ble sendt

    @krav-M-19
    Scenariomal: Den som ikke kan nås, gir ikke svaret at meldingen er sendt
      Gitt pasienten "<pasient>"
      Når <melding> sendes direkte hos ePROM til "fødselsnummeret"
      Så melder ikke ePROM at meldingen er sendt

      Eksempler:
        | pasient           | melding |
        | ingen kanaler     | SMS     |
        | ingen kanaler     | e-post  |
        | bare e-post       | SMS     |
        | bare mobil        | e-post  |
        | ikke i registeret | SMS     |
        | død               | e-post  |

    @krav-M-20 @bare-simulator
    Scenariomal: Meldingen går ut til pasienten slik den ble skrevet
      Gitt pasienten "e-post og mobil"
      Når <melding> sendes direkte hos ePROM til "<mottaker>"
      Så går én melding ut, slik den ble skrevet

      Eksempler:
        | melding | mottaker        |
        | SMS     | fødselsnummeret |
        | SMS     | adressen        |
        | SMS     | begge deler     |
        | e-post  | fødselsnummeret |
        | e-post  | adressen        |
        | e-post  | begge deler     |
