"""The configuration file that `eprom-verify init` writes: the answers, and what every key is for."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime

from eprom_verify.config import RULES
from eprom_verify.persons import Population
from eprom_verify.setup.answers import Answers, parts
from eprom_verify.simulator.forms import SIMULATED_FORMS

_WIDTH = 110


def document(answers: Answers) -> str:
    """The text of the file, in TOML with comments in Norwegian; it is read as just what was answered."""
    return (
        "\n\n".join(
            [_HEAD, _ends(answers), _system(answers), _profile(answers), _DEADLINES, _environment(), ""]
        ).rstrip()
        + "\n"
    )


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    # JSON escapes all that TOML must have escaped, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_HEAD = """\
# Oppsettet til eprom-verify: hvilket bestillersystem som blir verifisert, og hvordan. Laget av eprom-verify init.
# Prøv det med «eprom-verify check», og kjør verifikasjonen med «eprom-verify run».
#
# Hemmeligheter står aldri her. De leses fra miljøvariabler:
#   EPROM_VERIFY_API_KEY     API-nøkkelen som bestillersystemet bruker mot ePROM, og ePROM mot det. Uten den bruker
#                            simulatoren den åpne nøkkelen «simulator».
#   EPROM_VERIFY_HOOK_TOKEN  tokenet som testkroken krever, når den krever et."""


def _ends(answers: Answers) -> str:
    return f"""\
edition = {quoted(answers.edition)}   # utgaven av kontrakten: "2026-05" (kanaler er tall) eller "2023-10" (navn)
eprom = "simulator"   # ePROM-enden: verktøyets simulator, eller "test" eller "qa" (docs/mottak.md)
# seed = 1            # frøet som testpersoner og tekster lages av; uten det nye ved hver kjøring
# dispensasjoner = "dispensasjoner.toml"   # krav som noen svarer for at ikke er oppfylt ennå (docs/ci.md)

[simulator]           # simulatoren blir startet av check og run; bestillersystemets PromsApiBaseUrl er denne adressen
host = "127.0.0.1"    # "0.0.0.0" når bestillersystemet kjører på en annen maskin
port = 8080           # PromsApiBaseUrl = http://<host>:<port>/promswebapi"""


def _system(answers: Answers) -> str:
    how = {
        "http": f"""\
hook_url = {quoted(answers.hook_url)}
#   Testkroken: adressene som får systemet til å handle (docs/testkrok.md). Den skal bare finnes i testmiljøet.
hook_timeout_s = 30   # sekunder å vente på svar fra kroken""",
        "python": f"""\
klasse = {quoted(answers.class_name)}
#   Driveren: fil.py:Klasse, pakke.modul:Klasse eller navnet på et entry point (docs/egen_driver.md).""",
        "attended": "#   Ved hvert steg forteller verktøyet testeren hva som skal gjøres i systemet.",
    }
    return f"""\
[bestillersystem]
navn = {quoted(answers.name)}      # navn, versjon og eier står i rapporten
versjon = {quoted(answers.version)}
eier = {quoted(answers.owner)}
driver = {quoted(answers.driver)}
#   Hvordan systemet får beskjed om å bestille: "http" (en testkrok), "python" (en klasse dere skriver),
#   "attended" (en tester ved terminalen) eller "innebygd" (verktøyets eget bestillersystem i stedet for deres).
api_base_url = {quoted(answers.api_base_url)}
#   ApiBaseUrl: der systemet tar imot status. ePROM legger til /api/PromsFormOrder og de andre stiene.
{how[answers.driver]}"""


def _profile(answers: Answers) -> str:
    width = max(map(len, parts()))
    used = [
        f"{name:<{width}} = {'false' if name in answers.without else 'true ':<5}   # {title}"
        for name, title in parts().items()
    ]
    rules = textwrap.fill(", ".join(map(quoted, answers.rules)), _WIDTH - 4)
    return "\n".join(
        [
            "[profil]   # det integrasjonen bruker; det som er false, blir «Ikke aktuelt» i rapporten",
            *used,
            *_comment(
                "De distribusjonsreglene som systemet bestiller med. Krav som bare vises med andre, gjelder likevel, "
                "og blir «Ikke verifisert». Alle er " + ", ".join(RULES) + "."
            ),
            f"regler = [\n{textwrap.indent(rules, '    ')},\n]",
        ]
    )


_DEADLINES = """\
[frister]             # sekunder
status_s = 5.0        # å vente på en bestilling eller en status før den regnes som uteblitt; øk når systemet bruker kø
registrert_s = 5.0    # å vente på at systemet har registrert det som det har svart på
tester_s = 900        # hvor lenge en tester har på seg for hver oppgave (driver = "attended")
# quiet_s = 0.3       # stillhet før kjøringen sees under ett; uten det 10 mot et ekte miljø"""


def _environment() -> str:
    names = Population.generate(0, today=datetime.now(UTC).date()).names
    forms = [f'# {quoted(name)} = "{form_id}"' for name, form_id in SIMULATED_FORMS.items()]
    return "\n".join(
        [
            '# Resten trengs bare mot et testmiljø (eprom = "test" eller "qa"); simulatoren har personer og skjemaer.',
            "",
            *_comment(
                "[personas] sier hvem i Test-PREG som spiller hver person i scenariene: et syntetisk fødselsnummer. "
                "Navnet sier hvordan personen kan nås. «eprom-verify check» sier hvilke krav som ikke kan vises uten. "
                f"Navnene er: {'; '.join(names)}."
            ),
            "# [personas]",
            '# "alle kanaler" = "26670271527"   # den publiserte testpersonen, som eksempel',
            "",
            *_comment(
                "[skjema] er id-en i ePROM til skjemaet som spiller hver rolle. Her står id-ene i simulatoren; "
                "det er disse bestillersystemet blir bedt om å bestille i en kjøring mot simulatoren."
            ),
            "# [skjema]",
            *forms,
            "",
            *_comment("[personvern] er id-en (PvkId) i ePROM Admin til en innstilling av hver type."),
            "# [personvern]",
            '# Reservasjon = "b3cda307-154c-4af4-87d3-30567c931924"',
            '# Samtykke = "7d0f2a44-95d3-4c0e-8a57-1b6e0c9f3d21"',
        ]
    )


def _comment(text: str) -> Sequence[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
