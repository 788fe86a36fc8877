# language: no
@eprom @bare-simulator
Egenskap: Hvem som slipper inn i skjemaet
  Skjemaet åpner seg for den det er sendt til, så lenge det kan besvares, og for ingen andre.
  Kilde: Utfylling av skjema, Pålogging; ReleaseNotev6.0.

  Regel: Engangskoden og fødselsdatoen hører sammen

    @krav-F-17
    Scenariomal: Engangskode og fødselsdato åpner skjemaet
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | NoDistribution |
      Og pasienten logger inn med engangskoden og fødselsdatoen til "<pasient>"
      Så slipper pasienten inn

      Eksempler:
        | pasient       |
        | ingen kanaler |
        | 12 år         |

    @krav-F-18
    Scenario: Engangskoden virker ikke med en annen fødselsdato
      Gitt pasienten "ingen kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | NoDistribution |
      Og pasienten logger inn med engangskoden og fødselsdatoen til "92 år"
      Så blir skjemaet ikke åpnet

    @krav-F-20
    Scenario: Den som har D-nummer, kan bruke engangskode
      Gitt pasienten "D-nummer"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | NoDistribution |
      Og pasienten logger inn med engangskoden og fødselsdatoen til "D-nummer"
      Så slipper pasienten inn

  Regel: Engangskoden gjelder for én utfylling

    @krav-F-19
    Scenario: Engangskoden åpner ikke pasientens andre skjema
      Gitt pasienten "ingen kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | NoDistribution |
      Og pasienten logger inn med engangskoden og fødselsdatoen til "ingen kanaler"
      Og det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | NoDistribution |
      Og pasienten går til skjemaet med den innloggingen
      Så blir skjemaet ikke åpnet

    @krav-F-21
    Scenario: Engangskoden virker ikke når skjemaet er levert
      Gitt pasienten "ingen kanaler"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | NoDistribution |
      Og pasienten logger inn med engangskoden og fødselsdatoen til "ingen kanaler"
      Og pasienten leverer skjemaet
      Og pasienten logger inn med engangskoden og fødselsdatoen til "ingen kanaler"
      Så blir skjemaet ikke åpnet

  Regel: Bare den skjemaet er til, kan åpne det

    @krav-F-25
    Scenariomal: Andre kan ikke åpne skjemaet
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Og "92 år" åpner skjemaet
      Så blir skjemaet ikke åpnet

      Eksempler:
        | pasient                | regel              |
        | Helsenorge og e-post   | HelsenorgeOnly     |
        | bare digital postkasse | DigitalMailboxOnly |
        | representert barn      | HelsenorgeOnly     |

  Regel: Et skjema kan besvares én gang, før fristen, også når det er trukket tilbake

    @krav-F-22
    Scenariomal: Et besvart skjema kan ikke besvares igjen
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Og pasienten åpner skjemaet
      Og pasienten leverer skjemaet
      Og pasienten åpner skjemaet
      Så blir skjemaet ikke åpnet

      Eksempler:
        | pasient                | regel              |
        | Helsenorge og e-post   | HelsenorgeOnly     |
        | bare digital postkasse | DigitalMailboxOnly |

    @krav-F-23
    Scenario: Et utløpt skjema kan ikke besvares
      Gitt pasienten "Helsenorge og e-post"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
      Og fristen for å svare går ut
      Og pasienten åpner skjemaet
      Så blir skjemaet ikke åpnet

    @krav-F-24
    Scenario: Et skjema som er trukket tilbake etter bestillingen, kan besvares
      Gitt pasienten "Helsenorge og e-post"
      Når skjemaet "skjema som kan trekkes tilbake" bestilles direkte hos ePROM med:
        | felt             | verdi          |
        | distributionRule | HelsenorgeOnly |
      Og skjemaet blir trukket tilbake
      Og pasienten åpner skjemaet
      Og pasienten leverer {"Kommentar": "Takk for sist"}
      Så blir skjemaet levert
