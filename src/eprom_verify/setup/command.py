"""The command `eprom-verify init`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from eprom_verify.setup.answers import Answers

_FILE = "eprom-verify.toml"


def init(
    config: Annotated[Path, typer.Option("--config", help="Filen som skal lages.")] = Path(_FILE),
    name: Annotated[str | None, typer.Option(help="Navnet på bestillersystemet.")] = None,
    system_version: Annotated[str | None, typer.Option(help="Versjonen av det.")] = None,
    owner: Annotated[str | None, typer.Option(help="Hvem som eier det.")] = None,
    driver: Annotated[
        str | None, typer.Option(help="Hvordan det får beskjed om å handle: http, python eller attended.")
    ] = None,
    api_base_url: Annotated[str | None, typer.Option(help="ApiBaseUrl: der systemet tar imot status.")] = None,
    hook_url: Annotated[str | None, typer.Option(help="Adressen til testkroken (http).")] = None,
    klasse: Annotated[str | None, typer.Option(help="Klassen som er driveren, som fil.py:Klasse (python).")] = None,
    without: Annotated[
        str | None, typer.Option(help="Deler som integrasjonen ikke bruker, for eksempel brev,sms_epost.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option(help="Distribusjonsreglene som den bruker, med komma, eller alle.")
    ] = None,
    edition: Annotated[str | None, typer.Option(help="Utgaven av kontrakten: 2026-05 eller 2023-10.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ikke spør; ta forslagene.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Skriv over filen om den finnes.")] = False,
) -> None:
    """Lag oppsettet for ditt eget bestillersystem: spør om det som trengs, eller tar det fra valgene."""
    from eprom_verify.report.terminal import inert
    from eprom_verify.setup.asking import by_asking, from_options
    from eprom_verify.setup.document import document
    from eprom_verify.setup.writing import refuse_existing, write_new

    given = {
        "name": name,
        "version": system_version,
        "owner": owner,
        "driver": driver,
        "api_base_url": api_base_url,
        "hook_url": hook_url,
        "class_name": klasse,
        "without": without,
        "rules": rules,
        "edition": edition,
    }
    if not force:
        refuse_existing(config)
    if yes or not (sys.stdin.isatty() and sys.stdout.isatty()):
        answers = from_options(given)
    else:
        try:
            answers = by_asking(given, input, lambda text: print(inert(text)))
        except (KeyboardInterrupt, EOFError):
            print(f"\neprom-verify: Avbrutt. {config} er ikke skrevet.", file=sys.stderr)
            raise SystemExit(130) from None
    answers.config()
    write_new(config, document(answers), force=force)
    for line in following(answers, config):
        print(inert(line))


def following(answers: Answers, config: Path) -> list[str]:
    """What is to be done next."""
    from eprom_verify.config import FOREIGN_PORT
    from eprom_verify.keys import HOOK_VARIABLE, KEY_VARIABLE, OPEN_KEY
    from eprom_verify.simulator.settings import BASE_PATH

    key = (
        f"nøkkelen i {KEY_VARIABLE}"
        if os.environ.get(KEY_VARIABLE, "").strip()
        else f"«{OPEN_KEY}».\n     Har systemet en annen, så sett {KEY_VARIABLE} til den"
    )
    option = "" if config == Path(_FILE) else f" --config {config}"
    prepared = {
        "http": "Legg testkroken i systemet (docs/testkrok.md).\n"
        f"     Krever den et token, så sett {HOOK_VARIABLE} til det.",
        "python": f"Skriv klassen {answers.class_name} (docs/egen_driver.md).",
        "attended": "Sett av tid: en tester må være ved terminalen så lenge kjøringen varer.",
    }
    steps = [
        f"Start {answers.name} med PromsApiBaseUrl = http://127.0.0.1:{FOREIGN_PORT}{BASE_PATH}\n"
        f"     og API-nøkkelen {key}.",
        prepared[answers.driver],
        f"Se om alt står klart:    eprom-verify check{option}",
        f"Kjør verifikasjonen:     eprom-verify run{option}",
    ]
    return [f"Skrev {config}.", "", "Gjør så dette:", *(f"  {n}. {step}" for n, step in enumerate(steps, 1))]
