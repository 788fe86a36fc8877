"""The command `eprom-verify check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def check(
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Oppsettet; ellers eprom-verify.toml i denne mappen, om den finnes."),
    ] = None,
    eprom: Annotated[
        str | None, typer.Option("--eprom", help="simulator, test, qa, eller adressen til et testmiljø.")
    ] = None,
    order: Annotated[
        bool, typer.Option("--order", help="La også bestillersystemet bestille ett skjema hos simulatoren.")
    ] = False,
) -> None:
    """Se om alt står klart til en kjøring, uten å bestille noe; ender med 2 når noe må rettes først."""
    from rich.console import Console

    from eprom_verify.config import load_config, parse_config
    from eprom_verify.masking import Mask
    from eprom_verify.preflight.check import examine
    from eprom_verify.preflight.finding import may_begin
    from eprom_verify.preflight.page import Page

    settings = load_config(config)
    if eprom is not None:
        known = settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
        settings = parse_config(known | {"eprom": eprom}, "kommandolinjen", remedy="Se eprom-verify check --help.")
    mask = Mask()
    page = Page(Console(file=sys.stdout, highlight=False), mask)
    sections = []
    for section in examine(settings, mask, order=order):
        sections.append(section)
        page.show(section)
    options = "".join(f" {name} {value}" for name, value in (("--config", config), ("--eprom", eprom)) if value)
    page.conclude(sections, f"eprom-verify run{options}")
    raise typer.Exit(0 if may_begin(sections) else 2)
