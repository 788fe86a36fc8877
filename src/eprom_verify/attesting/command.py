"""The command `eprom-verify attest`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from eprom_verify.attesting.answering import OpenRun
    from eprom_verify.attesting.document import Given

_LISTED = 12


def attest(
    run: Annotated[Path, typer.Argument(help="Mappen til kjøringen.")] = Path("reports/latest"),
    file: Annotated[Path | None, typer.Option("--file", help="Les svarene fra denne filen.")] = None,
    template: Annotated[
        Path | None, typer.Option(help="Skriv en fil med punktene her, til å fylle inn, og spør ikke.")
    ] = None,
    simulated: Annotated[
        Path | None,
        typer.Option(help="Svar for det som bare simulatoren kan vise, med denne kjøringen av det samme systemet."),
    ] = None,
    tester: Annotated[str, typer.Option(help="Navnet på den som svarer, med --simulated.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Spør også om det som alt er besvart.")] = False,
) -> None:
    """Svar på det som et menneske må se: punktene som verktøyet ikke kan avgjøre selv."""
    from eprom_verify.attesting.answering import open_run, refuse_other_run, take
    from eprom_verify.attesting.document import read_document
    from eprom_verify.attesting.simulated import answers_by_simulator
    from eprom_verify.clock import system_clock
    from eprom_verify.errors import UsageProblem
    from eprom_verify.report.terminal import inert
    from eprom_verify.runner.folders import find_run

    if sum(each is not None for each in (file, template, simulated)) > 1:
        raise UsageProblem("--file, --template og --simulated kan ikke brukes sammen.", "Bruk én om gangen.")
    if tester and simulated is None:
        raise UsageProblem("--tester brukes bare sammen med --simulated.", "I en fil står navnet som «tester».")
    opened = open_run(find_run(run))
    if template is not None:
        _write_template(opened, template)
        return
    if file is not None:
        document = read_document(file)
        refuse_other_run(document, opened)
        taken = take(opened, document.answers, system_clock)
    elif simulated is not None:
        answers = answers_by_simulator(opened, open_run(find_run(simulated)), tester=tester, again=again)
        taken = take(opened, answers, system_clock)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        # Each as it is given: a terminal that is closed in the middle takes none of them with it.
        taken = [each for given in _asked(opened, again=again) for each in take(opened, [given], system_clock)]
        taken += take(opened, [], system_clock) if not taken else []
    else:
        raise UsageProblem("Ingen er ved terminalen til å svare.", "Bruk --template og --file.")
    for each in taken:
        print(inert(f"Krav {each.requirement}: {each.answer.norwegian}, sier {each.tester}."))
    later = open_run(opened.folder)
    left = [each.requirement.id for each in later.points if each.requirement.id not in later.latest]
    told = "1 nytt svar" if len(taken) == 1 else f"{len(taken)} nye svar"
    print(f"{told}. " + (f"Ikke besvart: {_listed(left)}." if left else "Alle punkter er besvart."))
    conclusion = later.result.conclusion
    print(f"Konklusjon: {conclusion.norwegian}" + ("" if later.result.run.formal else " (prøvekjøring)"))
    raise typer.Exit(conclusion.exit_code)


def _write_template(run: OpenRun, path: Path) -> None:
    from eprom_verify.attesting.document import empty_document
    from eprom_verify.errors import UsageProblem

    waiting = [each for each in run.points if each.requirement.id not in run.latest]
    info = run.result.run
    text = empty_document(
        waiting, run=info.id, journal=info.journal_last_digest, person=_person(run), links=_links(run)
    )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as exc:
        raise UsageProblem(f"{path} finnes alt.", "Oppgi en annen fil med --template.") from exc
    except OSError as exc:
        raise UsageProblem(f"Kan ikke skrive {path} ({exc.strerror}).", "Oppgi en annen fil med --template.") from exc
    print(f"Skrev {path} med {len(waiting)} punkter.")


def _asked(run: OpenRun, *, again: bool) -> Iterator[Given]:
    from eprom_verify.attesting.asking import Interview
    from eprom_verify.report.terminal import inert

    interview = Interview(input, lambda text: print(inert(text)))
    links = _links(run)
    for point in run.points:
        earlier = run.latest.get(point.requirement.id)
        if earlier is not None and not again:
            continue
        try:
            given = interview.about(point, earlier, links)
        except (KeyboardInterrupt, EOFError):
            print("\nStanset her; det som er besvart, er tatt med.")
            return
        if given is not None:
            yield given


def _person(run: OpenRun) -> str:
    """The test person whom the points are about, "" when nobody is set up."""
    return run.result.run.personas.get("alle kanaler", "")


def _links(run: OpenRun) -> dict[str, str]:
    """Where a tester looks, by name: Helsenorge, where the test person logs in with TestID."""
    from eprom_verify.environments import ENVIRONMENTS

    environment = ENVIRONMENTS.get(run.result.run.environment)
    if environment is None:
        return {}
    return {"Helsenorge (TestID)": environment.helsenorge.replace("[pnr]", _person(run) or "[pnr]")}


def _listed(ids: list[str]) -> str:
    more = f" og {len(ids) - _LISTED} til" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more
