# language: no
@eprom @bare-simulator
Egenskap: Det pasienten får når skjemaet kommer
  Pasienten får beskjed på den kanalen som ble funnet, med det som hører til kanalen.
  Kilde: Utfylling av skjema; Skjemabygger, METADATA.

  Regel: Skjemaoppgaven forteller hvem som sender, og hvorfor

    @krav-F-10
    Scenariomal: Skjemaoppgaven har avsender og bakgrunn
      Gitt pasienten "<pasient>"
      Når skjemaet "<skjema>" bestilles direkte hos ePROM med:
        | felt             | verdi   |
        | distributionRule | <regel> |
      Så blir det sendt "<hva>" som sier "<tekst>"

      Eksempler:
        | pasient                | regel              | skjema                    | hva                      | tekst                                   |
        | Helsenorge og e-post   | HelsenorgeOnly     | RAND-12                   | skjemaoppgave            | svare på noen spørsmål om helsen din    |
        | Helsenorge og e-post   | HelsenorgeOnly     | skjema med alle felttyper | skjemaoppgave            | hvordan det går med deg etter oppholdet |
        | bare digital postkasse | DigitalMailboxOnly | RAND-12                   | brev i digital postkasse | svare på noen spørsmål om helsen din    |
        | bare digital postkasse | DigitalMailboxOnly | skjema med alle felttyper | brev i digital postkasse | hvordan det går med deg etter oppholdet |
        | Helsenorge og e-post   | HelsenorgeOnly     | RAND-12                   | skjemaoppgave            | innebygd bestillersystem                |

    @krav-F-11
    Scenariomal: Metadata står ikke i skjemaoppgaven
      Gitt pasienten "<pasient>"
      Når skjemaet "skjema med alle felttyper" bestilles direkte hos ePROM med:
        | felt             | verdi                                 |
        | distributionRule | <regel>                               |
        | metadata         | {"sykehusnavn": "St. Olavs hospital"} |
      Så blir det sendt "<hva>" som ikke sier "St. Olavs hospital"

      Eksempler:
        | pasient                | regel              | hva                      |
        | Helsenorge og e-post   | HelsenorgeOnly     | skjemaoppgave            |
        | bare digital postkasse | DigitalMailboxOnly | brev i digital postkasse |

  Regel: E-post og SMS avslører ikke hva det gjelder

    @krav-F-12
    Scenariomal: Meldingen nevner verken skjemaet eller bestillersystemet
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi        |
        | distributionRule | UnsecureOnly |
      Så blir det sendt "<hva>" som ikke sier "<tekst>"

      Eksempler:
        | pasient     | hva    | tekst                    |
        | bare e-post | e-post | Spørsmål om helsen din   |
        | bare e-post | e-post | innebygd bestillersystem |
        | bare mobil  | sms    | Spørsmål om helsen din   |
        | bare mobil  | sms    | innebygd bestillersystem |

    @krav-F-13
    Scenariomal: E-post blir brukt når den finnes, ellers SMS
      Gitt pasienten "<pasient>"
      Når det bestilles direkte hos ePROM med:
        | felt             | verdi        |
        | distributionRule | UnsecureOnly |
      Så blir det sendt "<hva>"

      Eksempler:
        | pasient         | hva    |
        | e-post og mobil | e-post |
        | bare e-post     | e-post |
        | bare mobil      | sms    |

  Regel: På vegne av

    @krav-F-26
    Scenariomal: Både varselet og skjemaet sier hvem det gjelder
      Gitt pasienten "bare digital postkasse"
      Når det bestilles direkte hos ePROM på vegne av "<gjelder>" med:
        | felt             | verdi              |
        | distributionRule | DigitalMailboxOnly |
      Og pasienten åpner skjemaet
      Så sier både brev i digital postkasse og skjemaet at det er på vegne av "<gjelder>"

      Eksempler:
        | gjelder    |
        | 12 år      |
        | bare papir |
