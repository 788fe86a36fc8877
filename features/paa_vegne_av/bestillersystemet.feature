# language: no
@bestillersystem
Egenskap: Det bestillersystemet gjør når det bestiller på vegne av noen
  Mottakeren er den som skal fylle ut, og onBehalfOfNationalId er den som skjemaet gjelder. At det er rett person, er
  bestillersystemets ansvar.
  Kilde: BestillingAvSkjemaV2, Parametere - Inn; PaVegneAvFlyt.

  Regel: Bestillingen sier både hvem som mottar skjemaet, og hvem det gjelder

    @krav-PA-01
    Scenariomal: Bestillingen er til mottakeren, på vegne av den det gjelder
      Gitt pasienten "<mottaker>"
      Når bestillersystemet bestiller på vegne av "<gjelder>" med regelen "<regel>"
      Så er bestillingen til pasienten, på vegne av den det gjelder

      Eksempler:
        | mottaker                 | gjelder              | regel         |
        | forelder                 | representert barn    | Basic         |
        | forelder uten Helsenorge | barn uten Helsenorge | AllowUnsecure |
        | forelder                 | representert voksen  | Basic         |

    @krav-PA-02
    Scenariomal: En bestilling til pasienten selv er ikke på vegne av noen
      Gitt pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema
      Så er bestillingen ikke på vegne av noen

      Eksempler:
        | pasient           |
        | alle kanaler      |
        | forelder          |
        | representert barn |
        | D-nummer          |

  Regel: Skjemaet hører til den det gjelder

    @krav-PA-03 @svar-av-tester
    Scenariomal: Skjemaet blir registrert på den det gjelder, ikke på mottakeren
      Gitt pasienten "<mottaker>"
      Når bestillersystemet bestiller på vegne av "<gjelder>" med regelen "Basic"
      Og pasienten svarer på skjemaet
      Så har bestillersystemet registrert skjemaet på "<gjelder>"

      Eksempler:
        | mottaker                 | gjelder              |
        | forelder uten Helsenorge | barn uten Helsenorge |
        | forelder                 | representert voksen  |

    @krav-PA-04 @bare-simulator
    Scenariomal: Svaret er pasientens, hvem som enn fylte ut
      Gitt utgaven "2026-05" av kontrakten
      Og pasienten "<pasient>"
      Når bestillersystemet bestiller et skjema med regelen "HelsenorgeOnly"
      Og "forelder" fyller ut skjemaet som "<rolle>"
      Så har bestillersystemet registrert skjemaet på "<pasient>"

      Eksempler:
        | pasient             | rolle                  |
        | representert barn   | Foreldrerepresentasjon |
        | representert voksen | Fullmakt               |
