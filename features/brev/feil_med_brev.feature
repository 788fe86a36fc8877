# language: no
@eprom
Egenskap: Feilsituasjoner med brev
  ePROM avviser noen brev med en dokumentert status og tekst. Konvolutten rundt teksten er ikke dokumentert, så
  bare statusen og teksten blir sjekket. Kilde: SendeMeldingTilInnbyggerV2, Feilsituasjoner.

  Regel: Et brev må ha et hoveddokument

    @krav-L-06
    Scenario: Et brev uten hoveddokument blir avvist
      Gitt pasienten "alle kanaler"
      Når et brev med "ingen dokumenter" sendes direkte hos ePROM
      Så avviser ePROM brevet med "400 Main document in MessageToCitizen is missing"

  Regel: Bare den som har API-nøkkelen, kan sende brev

    @krav-L-07
    Scenario: Et brev med ukjent API-nøkkel blir avvist
      Gitt pasienten "alle kanaler"
      Når et brev med "en ukjent API-nøkkel" sendes direkte hos ePROM
      Så avviser ePROM brevet med "400 apiKey '{apiKey}' doesn't exists"

  Regel: Når Helsenorge er nede, får bestillersystemet vite det

    @krav-L-08 @bare-simulator
    Scenario: Et brev blir avvist når ePROM ikke når Helsenorge
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "Helsenorge kan ikke nås"
      Når et brev med "riktig innhold" sendes direkte hos ePROM
      Så avviser ePROM brevet med "502 Unable to communicate with Helsenorge. No message sent."

    @krav-L-09 @bare-simulator
    Scenario: Et brev blir avvist når Helsenorge ikke svarer i tide
      Gitt pasienten "alle kanaler"
      Og at det går slik med brevet: "Helsenorge svarer ikke i tide"
      Når et brev med "riktig innhold" sendes direkte hos ePROM
      Så avviser ePROM brevet med "504 Timeout while waiting for response from Helsenorge"
