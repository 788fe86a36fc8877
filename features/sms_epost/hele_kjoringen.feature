# language: no
@til-slutt
Egenskap: SMS og e-post i hele kjøringen
  Ser på alle SMS og e-poster under ett, etter at alt annet er ferdig.

  Bakgrunn:
    Gitt at alle bestillinger i kjøringen er ferdige

  Regel: Alle meldinger går dit de skal

    @krav-M-04 @bestillersystem
    Scenario: SMS og e-poster er til den pasienten som er valgt
      Så er alle SMS og e-poster til den pasienten som er valgt

  Regel: Alle meldinger følger kontrakten

    @krav-M-01 @bestillersystem
    Scenario: Bestillersystemets SMS og e-poster følger kontrakten
      Så følger alle SMS og e-poster fra bestillersystemet kontrakten

    @krav-M-10 @eprom
    Scenario: ePROMs svar på SMS og e-poster følger kontrakten
      Så følger alle svar på SMS og e-poster kontrakten
