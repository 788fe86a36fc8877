# language: no
@til-slutt
Egenskap: Hele kjøringen, personvern
  Ser på alle meldinger om personverninnstillinger under ett, etter at alt annet er ferdig.

  Bakgrunn:
    Gitt at alle meldinger om personvern i kjøringen er ferdige

  Regel: Alle meldinger om personvern følger kontrakten

    @krav-PV-30 @bestillersystem
    Scenario: Bestillersystemets kall om personvern følger kontrakten
      Så følger alle bestillersystemets kall om personvern kontrakten

    @krav-PV-20 @eprom
    Scenario: ePROMs svar om personvern følger kontrakten
      Så følger alle ePROMs svar om personvern kontrakten

    @krav-PV-21 @eprom @bare-simulator
    Scenario: ePROMs meldinger om endringer følger kontrakten
      Så følger alle ePROMs meldinger om endringer kontrakten

    @krav-PV-45 @bestillersystem @bare-simulator
    Scenario: Bestillersystemets svar på meldinger om endringer følger kontrakten
      Så følger alle svar på meldinger om endringer kontrakten

  Regel: En godtatt melding kommer ikke igjen

    @krav-PV-22 @eprom @bare-simulator
    Scenario: Ingen godtatt melding om en endring er sendt på nytt
      Så er ingen godtatt melding om en endring sendt på nytt

  Regel: Kallene gjelder den de skal gjelde

    @krav-PV-47 @bestillersystem
    Scenario: Bestillersystemets kall om personvern gjelder den pasienten som er valgt
      Så gjelder alle bestillersystemets kall om personvern den pasienten som er valgt
