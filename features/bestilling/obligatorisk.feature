# language: no
@bestillersystem @eprom
Egenskap: Obligatorisk verifikasjon av bestilling
  Det som skal verifiseres for alle nye integrasjoner før de tas i bruk. Hele kjeden må virke, så her teller feil i
  begge ender. Kilde: IntegrasjonVerifikasjon, 1) Bestilling av skjema.

  @krav-1.1 @kritisk
  Scenario: Bestillingen blir sendt til ePROM uten feilmelding
    Gitt pasienten "alle kanaler"
    Når bestillersystemet bestiller et skjema
    Så tar ePROM imot bestillingen
    Og bestillersystemet har registrert bestillingen som gjort

  @krav-1.2 @kritisk
  Scenario: Status på bestillingen blir mottatt og registrert
    Gitt pasienten "alle kanaler"
    Når bestillersystemet bestiller et skjema
    Så har bestillersystemet registrert statusen "Ordered" på kanalen "Helsenorge"

  @krav-1.3 @kritisk
  Scenariomal: Skjemaet blir bestilt til forventet varslingskanal
    Gitt pasienten "<pasient>"
    Når bestillersystemet bestiller et skjema med regelen "AllowUnsecureOrPaper"
    Så blir pasienten varslet på "<kanal>"
    Og bestillersystemet har registrert statusen "Ordered" på kanalen "<kanal>"

    Eksempler:
      | pasient                         | kanal           |
      | Helsenorge og digital postkasse | Helsenorge      |
      | digital postkasse og papir      | DigitalMailbox  |
      | e-post og papir                 | Unsecure        |
      | bare papir                      | PhysicalMailbox |
