"""The command line: what each command is, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
import traceback
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from eprom_verify.attesting.command import attest
from eprom_verify.config import PASSWORD_VARIABLE, Config, load_config, parse_config
from eprom_verify.errors import EpromVerifyError, HarnessProblem, UsageProblem
from eprom_verify.handover.commands import package, sign, verify_package
from eprom_verify.locations import features_dir, suite_root
from eprom_verify.masking import Mask
from eprom_verify.preflight.command import check
from eprom_verify.setup.command import init
from eprom_verify.usage_words import in_norwegian

app = typer.Typer(
    name="eprom-verify",
    help="Verifiserer at et bestillersystem og ePROM virker sammen, før pasienter er avhengige av det.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

USAGE_EXIT = 2
STOPPED_EXIT = 3
INTERRUPTED_EXIT = 130

Reports = Annotated[Path, typer.Option("--reports", help="Mappen som kjøringene legges i.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="Oppsettet; ellers eprom-verify.toml i denne mappen, om den finnes.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Frøet som personer og tekster lages av.")]
Edition = Annotated[str | None, typer.Option("--edition", help="Utgaven av kontrakten: 2026-05 eller 2023-10.")]
Eprom = Annotated[
    str | None, typer.Option("--eprom", help="simulator, test, qa, eller adressen til et testmiljø (PromsApiBaseUrl).")
]


app.command()(init)
app.command()(check)
app.command()(attest)
app.command()(package)
app.command()(sign)
app.command("verify-package")(verify_package)


@app.command()
def run(
    config: ConfigFile = None,
    reports: Reports = Path("reports"),
    seed: Seed = None,
    edition: Edition = None,
    eprom: Eprom = None,
    html: Annotated[bool, typer.Option("--html/--no-html", help="Lag report.html til slutt.")] = True,
    allure: Annotated[
        bool, typer.Option("--allure/--no-allure", help="Skriv allure-results; uten dem blir det ingen report.html.")
    ] = True,
    select: Annotated[
        str,
        typer.Option(
            "-k", help="Kjør bare scenarier med denne teksten i tittelen, eller med dette kravet; aldri godkjent."
        ),
    ] = "",
    random_order: Annotated[int | None, typer.Option(help="Bland rekkefølgen av scenariene med dette frøet.")] = None,
    fault: Annotated[str, typer.Option("--fault", help="Kjør med en navngitt feil; se eprom-verify faults.")] = "",
    workers: Annotated[
        str, typer.Option("-n", metavar="ANTALL", help="Del scenariene på flere prosesser; et antall, eller auto.")
    ] = "0",
    waivers: Annotated[
        Path | None, typer.Option(help="Dispensasjonene; ellers dispensasjoner.toml i denne mappen, om den finnes.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Ta opp igjen den siste kjøringen; det som er avgjort, kjøres ikke på nytt."),
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Skriv junit.xml også hit.")] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Skriv et sammendrag i Markdown hit, for eksempel til en pull request.")
    ] = None,
) -> None:
    """Kjør verifikasjonen, og lag rapport. Uten oppsett: innebygd bestillersystem mot simulatoren."""
    from eprom_verify.faults import fault_named
    from eprom_verify.report.copies import Copies
    from eprom_verify.report.terminal import summary as show_summary
    from eprom_verify.runner.crew import workers_named
    from eprom_verify.runner.folders import newest_run
    from eprom_verify.runner.run import Options, run_suite

    console = _console()
    copies = Copies(junit=junit, summary=summary, mask=_mask())
    with copies.awaited():
        settings = _settings(config, seed=seed, edition=edition, eprom=eprom)
        options = Options(
            reports=reports,
            select=select,
            random_order=random_order,
            allure=allure,
            faults=fault_named(fault),
            workers=workers_named(workers),
            waivers=waivers,
            resume=newest_run(reports) if resume else None,
        )
        finished = run_suite(settings, options, console)
    # Before report.html, which takes longer and can be interrupted.
    problems = copies.write(finished.result, finished.folder)
    paths = {"result": finished.folder / "result.json", "junit": finished.folder / "junit.xml"}
    if html and allure:
        made = _make_html(finished.folder, console)
        paths = ({"report": made} if made else {}) | paths
    show_summary(finished.result, paths, console)
    for problem in problems:
        _tell(problem, finished.result.conclusion.exit_code)
    raise typer.Exit(finished.result.conclusion.exit_code)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Mappen til kjøringen.")] = Path("reports/latest"),
) -> None:
    """Lag report.html for en kjøring som er gjort."""
    from eprom_verify.runner.folders import find_run

    console = _console()
    made = _make_html(find_run(run), console)
    if made is None:
        raise typer.Exit(3)
    console.print(f"Rapport: {made}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def simulator(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Porten å lytte på; 0 tar en ledig.")] = 8080,
    host: Annotated[str, typer.Option(help="Adressen å lytte på.")] = "127.0.0.1",
    callback_url: Annotated[
        str | None, typer.Option(help="ApiBaseUrl til bestillersystemet: dit status blir sendt.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Frøet som personene lages av.")] = 1,
    edition: Annotated[str, typer.Option(help="Utgaven av kontrakten: 2026-05 eller 2023-10.")] = "2026-05",
    callback_delay: Annotated[
        float, typer.Option(min=0, max=3600, help="Sekunder fra svaret på en bestilling til status.")
    ] = 1.0,
    callback_later: Annotated[
        bool, typer.Option("--callback-later", help="Bestillersystemet blir startet etter simulatoren.")
    ] = False,
    reports: Reports = Path("reports"),
    research: Annotated[bool, typer.Option("--research", help="Bestillersystemet er merket som forskning.")] = False,
    control: Annotated[
        bool, typer.Option("--control", help="Vis alt simulatoren har, og svar som pasienten, under /_control.")
    ] = False,
    certificate: Annotated[
        Path | None, typer.Option(help="Sertifikatet å lytte med (PEM), sammen med --key; uten dem er det http.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help=f"Nøkkelen til sertifikatet (PEM). Passordet står i {PASSWORD_VARIABLE}.")
    ] = None,
    fault: Annotated[
        str, typer.Option("--fault", help="La simulatoren ha en navngitt feil; se eprom-verify faults.")
    ] = "",
) -> None:
    """Start ePROM-simulatoren alene, for den som utvikler et bestillersystem."""
    from eprom_verify.faults import fault_named
    from eprom_verify.standalone import Standalone, serve

    settings = parse_config(
        {"seed": seed, "edition": edition}, "kommandolinjen", remedy="Se eprom-verify simulator --help."
    )
    options = Standalone(
        host=host,
        port=port,
        reports=reports,
        callback_url=callback_url,
        callback_later=callback_later,
        callback_delay_s=callback_delay,
        research=research,
        control=control,
        certificate=certificate,
        key=key,
        faults=fault_named(fault),
    )
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(serve(settings, options, _console()))


@app.command()
def status(
    run: Annotated[
        Path | None, typer.Argument(help="Mappen til kjøringen; ellers den som begynte sist i reports.")
    ] = None,
    reports: Reports = Path("reports"),
) -> None:
    """Vis hvor en kjøring står: hva som er avgjort, hva den venter på, og hvem som må gjøre noe."""
    from eprom_verify.report.terminal import inert
    from eprom_verify.runner.folders import find_run, newest_run
    from eprom_verify.runner.standing import as_lines, standing
    from eprom_verify.runner.written import written_scenarios
    from eprom_verify.verdict import load_catalogue

    folder = find_run(run).resolve() if run is not None else newest_run(reports)
    catalogue = load_catalogue(features_dir() / "krav.toml")
    for line in as_lines(standing(folder, catalogue, len(written_scenarios(features_dir())))):
        typer.echo(inert(line))


@app.command()
def listen(config: ConfigFile = None, reports: Reports = Path("reports")) -> None:
    """Hold mottaket åpent mellom kjøringer mot et testmiljø, for ditt eget bestillersystem eller det innebygde, og før
    journal. run --resume tar med det som gjelder kjøringen."""
    from eprom_verify.listening import listen as keep_listening

    unrecorded = keep_listening(load_config(config), reports, _console())
    if unrecorded:
        raise HarnessProblem(unrecorded)


@app.command()
def journal(
    run: Annotated[Path, typer.Argument(help="Mappen til kjøringen.")] = Path("reports/latest"),
) -> None:
    """Sjekk at journalen til en kjøring er hel: at ingen melding er endret, fjernet eller føyd til."""
    from eprom_verify.journal.store import verify_chain
    from eprom_verify.runner.folders import find_run
    from eprom_verify.runner.resume import is_taken_up_since
    from eprom_verify.verdict import read_result

    folder, console = find_run(run), _console()
    result_file = folder / "result.json"
    expected = read_result(result_file).run.journal_last_digest if result_file.is_file() else None
    if expected is not None and is_taken_up_since(folder / "journal.sqlite", expected):
        console.print("Kjøringen er tatt opp igjen siden result.json ble skrevet.", highlight=False, soft_wrap=True)
        expected = None
    chain = verify_chain(folder / "journal.sqlite", expected_last=expected)
    if chain.problem:
        console.print(f"Journalen er IKKE hel: {chain.problem}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)
    console.print(
        f"Journalen er hel: {chain.entries} innslag, siste hash {chain.last_digest}", highlight=False, soft_wrap=True
    )
    if expected is not None:
        console.print(_compared(read_result(result_file).run.versions), highlight=False, soft_wrap=True)
    else:
        console.print("Kjøringen ble ikke fullført, så slutten kan ikke kontrolleres mot result.json.", soft_wrap=True)


def _compared(versions: Mapping[str, str]) -> str:
    """Whether a result was judged by the same files as those that are installed here."""
    from eprom_verify.runner.seal import suite_digest, tool_digest

    here = {"testsamlingen": ("suite_digest", suite_digest(suite_root())), "verktøyet": ("tool_digest", tool_digest())}
    other = [words for words, (name, digest) in here.items() if versions.get(name) != digest]
    if not other:
        return "Testsamlingen og verktøyet er de samme som her."
    return f"OBS: kjøringen er gjort med en annen utgave av {' og '.join(other)} enn den som er installert her."


@app.command()
def faults() -> None:
    """List de navngitte feilene som testsamlingen er prøvd mot, og kravene som fanger dem."""
    from eprom_verify.faults import load_faults

    console = _console()
    for each in load_faults(features_dir() / "faults.toml").values():
        console.print(f"{each.name}  [{each.end}]  {each.title}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"    fanges av {', '.join(each.kills)}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def requirements(
    markdown: Annotated[bool, typer.Option("--markdown", help="Skriv matrisen som en side i Markdown.")] = False,
) -> None:
    """Vis matrisen krav × scenarier × navngitte feil; ender med 1 når noe mangler i den."""
    from eprom_verify.faults import load_faults
    from eprom_verify.matrix import as_markdown, as_text, gaps, matrix
    from eprom_verify.runner.written import written_scenarios
    from eprom_verify.verdict import load_catalogue

    catalogue = load_catalogue(features_dir() / "krav.toml")
    written, named = written_scenarios(features_dir()), load_faults(features_dir() / "faults.toml").values()
    rows = matrix(catalogue, written, named)
    for line in as_markdown(rows) if markdown else as_text(rows):
        typer.echo(line)
    lacking = gaps(rows, catalogue, written, named)
    if not markdown:
        typer.echo(f"\n{len(rows)} krav, {len(written)} scenarier, {len(named)} navngitte feil.")
    for sentence in lacking:
        typer.echo(sentence, err=True)
    raise typer.Exit(1 if lacking else 0)


@app.callback(invoke_without_command=True)
def _root(
    show_version: Annotated[bool, typer.Option("--version", help="Vis versjonen.", is_eager=True)] = False,
) -> None:
    if show_version:
        typer.echo(f"eprom-verify {version('eprom-verify')}")
        raise typer.Exit


def main() -> NoReturn:
    """Run the command line; every problem that we know of ends in one message and its documented exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Windows' consoles would else fail on the first Norwegian letter.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(_run())


def _run() -> int:
    try:
        code = app(standalone_mode=False)
    except UsageProblem as exc:
        return _tell(str(exc), USAGE_EXIT)
    except EpromVerifyError as exc:
        return _tell(str(exc), STOPPED_EXIT)
    except typer.TyperException as exc:
        return _tell(in_norwegian(exc, app), USAGE_EXIT)
    except (KeyboardInterrupt, typer.Abort):
        return _tell("Avbrutt.", INTERRUPTED_EXIT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED_EXIT
    except Exception as exc:
        words = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        # A time-out of ours is an OSError too, and has no words.
        if isinstance(exc, (OSError, sqlite3.Error)) and words:
            return _tell(f"Kjøringen stanset: en fil kan ikke skrives eller leses ({words}). {_ROOM}", STOPPED_EXIT)
        # Left to itself, Python would end with 1, and that is «Ikke godkjent».
        print(_mask().text(traceback.format_exc()), file=sys.stderr)
        return _tell("Feil i verktøyet selv; det sier ikke noe om integrasjonen.", STOPPED_EXIT)
    if code == INTERRUPTED_EXIT:
        return _tell("Avbrutt.", INTERRUPTED_EXIT)  # Typer makes an exit of Ctrl-C.
    return code if isinstance(code, int) else 0


_ROOM = "Sjekk plassen på disken og rettighetene til mappen; det som alt er skrevet der, er beholdt."


def _tell(text: str, code: int) -> int:
    from eprom_verify.report.terminal import inert

    print(f"eprom-verify: {inert(_mask().text(text))}", file=sys.stderr)
    return code


def _mask() -> Mask:
    """Hides the keys of this run in what is told; what a driver or another system says may hold them."""
    from eprom_verify.keys import own_secrets

    return Mask(own_secrets())


def _console() -> Console:
    # The stream as it is now: pytest puts another in its place while it captures, and progress would vanish there.
    return _Console(file=sys.stdout, highlight=False)


class _Console(Console):
    """A console whose reader may leave: a run does not stop halfway because its output goes to `head`."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _settings(path: Path | None, **given: object) -> Config:
    loaded = load_config(path)
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        return loaded
    known = loaded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return parse_config(known | changes, "kommandolinjen", remedy="Se eprom-verify run --help.")


def _make_html(folder: Path, console: Console) -> Path | None:
    from eprom_verify.report.allure_html import make_html
    from eprom_verify.runner.folders import report_title

    def tell(text: str) -> None:
        console.print(text, highlight=False, markup=False)

    try:
        title = report_title(folder / "result.json")
        made = make_html(folder / "allure-results", folder / "report.html", title=title, on_progress=tell)
    except HarnessProblem as exc:
        tell(str(exc))
        return None
    return made.path
