"""`eprom-verify init`: what is answered is what the file says, whoever answers and whatever comes in between."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eprom_verify.config import RULES, ProfileSection, load_config, parse_config
from eprom_verify.errors import UsageProblem
from eprom_verify.setup.answers import DRIVERS, Answers, parts
from eprom_verify.setup.asking import by_asking, from_options
from eprom_verify.setup.document import document
from eprom_verify.setup.writing import write_new
from tests.test_cli import COMMAND, call, message

BASE = {"name": "Mitt register", "api_base_url": "http://127.0.0.1:8081", "hook_url": "http://127.0.0.1:8081/krok"}
PRODUCTION = "https://pasientrapportering.nhn.no/webapi"


def read(text: str, folder: Path) -> object:
    (folder / "eprom-verify.toml").write_text(text, encoding="utf-8")
    return load_config(folder / "eprom-verify.toml")


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and text.isprintable()
)


@given(
    name=NAMES,
    version=NAMES | st.just(""),
    driver=st.sampled_from(list(DRIVERS)),
    without=st.sets(st.sampled_from(list(parts())), max_size=6),
    rules=st.sets(st.sampled_from(RULES), min_size=1),
    edition=st.sampled_from(["2026-05", "2023-10"]),
)
def test_file_says_what_was_answered(
    name: str, version: str, driver: str, without: set[str], rules: set[str], edition: str, tmp_path_factory: object
) -> None:
    folder = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    answers = Answers(
        name=name,
        version=version,
        owner=name[::-1].strip(),
        driver=driver,
        api_base_url="https://register.example.invalid",
        hook_url="https://register.example.invalid/krok" if driver == "http" else "",
        class_name="driver.py:Mitt" if driver == "python" else "",
        without=tuple(part for part in parts() if part in without),
        rules=tuple(rule for rule in RULES if rule in rules),
        edition=edition,
    )
    config = read(document(answers), folder)
    expected = answers.config()
    for part in ("system", "profile", "edition", "eprom", "deadlines", "personas", "forms"):
        assert getattr(config, part) == getattr(expected, part), part
    assert config.system.name == name  # type: ignore[attr-defined]
    assert {each for each in parts() if not expected.profile.uses(each)} == without


def test_every_key_of_the_sections_is_there() -> None:
    text = document(from_options(BASE))
    for key in (*ProfileSection().stated(), "navn", "versjon", "eier", "driver", "api_base_url", "hook_url"):
        assert any(line.split(" ")[0] == key for line in text.splitlines()), key
    for key in ("EPROM_VERIFY_API_KEY", "EPROM_VERIFY_HOOK_TOKEN", "[personas]", "[skjema]", "status_s", "edition"):
        assert key in text


def test_options_alone() -> None:
    answers = from_options(BASE | {"without": "brev, sms_epost", "rules": "3 Basic", "edition": "2023-10"})
    assert answers.without == ("brev", "sms_epost")
    assert answers.rules == ("Basic", "NoDistribution")
    assert (answers.driver, answers.edition, answers.version) == ("http", "2023-10", "")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {},
            "Mangler --name, --api-base-url og --hook-url, og ingen er her til å spørre. Se eprom-verify init --help.",
        ),
        ({"driver": "python"}, "Mangler --name, --api-base-url og --klasse, og"),
        ({"driver": "attended", "name": "a"}, "Mangler --api-base-url, og"),
        ({"driver": "htp"}, "Ugyldig verdi for --driver: den har «htp», som ikke finnes. Mente du «http»? Se"),
        ({"driver": "http,python"}, "--driver: den skal være en av http, python, attended."),
        (
            {"api_base_url": "register"},
            "--api-base-url: den skal være en adresse som begynner med http:// eller https://.",
        ),
        ({"api_base_url": PRODUCTION}, "--api-base-url: den er produksjonsmiljøet til ePROM, der verifisering aldri"),
        ({"without": "brv"}, "--without: den har «brv», som ikke finnes. Mente du «brev»?"),
        ({"without": ",".join(parts())}, "--without: den utelater alt: da er det ikke noe å verifisere."),
        ({"rules": "Basik"}, "--rules: den har «Basik», som ikke finnes. Mente du «Basic»?"),
        ({"edition": "2024-01"}, "--edition: den har «2024-01», som ikke finnes."),
        ({"name": "a\x1b[2J"}, "--name: den har tegn som ikke kan vises."),
        ({"name": 201 * "a"}, "--name: den kan ikke være lengre enn 200 tegn."),
        ({"name": " "}, "--name: den mangler innhold."),
        (BASE | {"driver": "python", "class_name": "a:B"}, "--hook-url gjelder bare driveren http."),
        (BASE | {"without": "skjema", "rules": "Basic"}, "--rules gjelder bare når skjema er i bruk."),
    ],
)
def test_wrong_option(given: dict[str, str], words: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        from_options(given)
    assert words in str(caught.value)


def test_asked_again() -> None:
    lines = iter(["", "Mitt register", "1.0", "", "4", "2", "her", "http://127.0.0.1:1", "", "a.py:B", "5 6", "1", "2"])
    said: list[str] = []
    answers = by_asking({}, lambda prompt: next(lines), said.append)
    assert answers == Answers(
        name="Mitt register",
        version="1.0",
        owner="",
        driver="python",
        api_base_url="http://127.0.0.1:1",
        hook_url="",
        class_name="a.py:B",
        without=("brev", "sms_epost"),
        rules=("Basic",),
        edition="2023-10",
    )
    assert list(lines) == []
    for words in (
        "Svaret mangler innhold. Prøv igjen.",
        "Svaret har «4», som ikke finnes. Velg blant http, python, attended. Prøv igjen.",
        "Svaret skal være en adresse som begynner med http:// eller https://. Prøv igjen.",
    ):
        assert words in said


def test_only_what_is_not_given_is_asked() -> None:
    prompts: list[str] = []
    options = BASE | {"version": "", "owner": "", "driver": "http", "without": "skjema"}

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return ""

    answers = by_asking(options, ask, lambda text: None)
    assert prompts == ["[2026-05] > "]
    assert answers.rules == RULES


def test_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "eprom-verify.toml"
    path.write_text("min egen")
    with pytest.raises(UsageProblem, match=r"finnes alt, og er ikke rørt\. Bruk --force"):
        write_new(path, "ny", force=False)
    assert path.read_text() == "min egen"
    write_new(path, "ny", force=True)
    assert path.read_text() == "ny"
    with pytest.raises(UsageProblem, match=r"Mappen .* finnes ikke"):
        write_new(tmp_path / "nei" / "a.toml", "ny", force=False)
    (tmp_path / "mappe").mkdir()
    with pytest.raises(UsageProblem, match="kan ikke skrives"):
        write_new(tmp_path / "mappe", "ny", force=True)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["eprom-verify.toml", "mappe"]


def test_command_by_options(tmp_path: Path) -> None:
    options = (
        "--name",
        "Mitt «register» \\ 1",
        "--api-base-url",
        "http://127.0.0.1:1/",
        "--without",
        "brev,personvern",
    )
    done = call("init", *options, "--hook-url", "http://127.0.0.1:1/krok", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Skrev eprom-verify.toml.\n")
    for words in ("PromsApiBaseUrl = http://127.0.0.1:8080/promswebapi", "eprom-verify check\n", "eprom-verify run\n"):
        assert words in done.stdout
    config = load_config(tmp_path / "eprom-verify.toml")
    assert (config.system.name, config.system.api_base_url) == ("Mitt «register» \\ 1", "http://127.0.0.1:1")
    assert not config.profile.letters
    assert not config.profile.privacy
    assert config.profile.messages
    assert "finnes alt" in message(call("init", *options, cwd=tmp_path))
    assert "Mangler --hook-url" in message(call("init", *options, "--force", cwd=tmp_path))
    assert load_config(tmp_path / "eprom-verify.toml") == config


def test_production_refused(tmp_path: Path) -> None:
    said = message(call("init", "--name", "a", "--api-base-url", PRODUCTION, "--hook-url", "http://a", cwd=tmp_path))
    assert "produksjonsmiljøet" in said
    assert list(tmp_path.iterdir()) == []


class Terminal:
    """The command in a terminal of its own."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        pty = pytest.importorskip("pty")
        own, theirs = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "EPROM"))}
        self.process = subprocess.Popen(
            [COMMAND, "init", *arguments],
            cwd=cwd,
            env=kept | {"TERM": "xterm", "PYTHONUTF8": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=controls_terminal,
        )
        os.close(theirs)
        self._own = own
        self.shown = ""

    def see(self, words: str, *, times: int = 1) -> None:
        deadline = time.monotonic() + 60
        while self.shown.count(words) < times:
            assert time.monotonic() < deadline, self.shown
            piece = b""
            with suppress(OSError):
                piece = os.read(self._own, 65536)
            assert piece, f"ended before {words!r}: {self.shown}"
            self.shown += piece.decode(errors="replace")

    def press(self, key: str) -> None:
        """Press a key until the process ends: one that comes just before it reads breaks off no reading."""
        os.write(self._own, key.encode())
        deadline = time.monotonic() + 60
        with suppress(OSError):
            while self.process.poll() is None:
                assert time.monotonic() < deadline, self.shown
                if select.select([self._own], [], [], 3.0)[0]:
                    self.shown += os.read(self._own, 65536).decode(errors="replace")
                else:
                    os.write(self._own, key.encode())

    def write(self, text: str) -> None:
        os.write(self._own, text.encode())

    def end(self) -> int:
        with suppress(OSError):
            while piece := os.read(self._own, 65536):
                self.shown += piece.decode(errors="replace")
        os.close(self._own)
        return self.process.wait(timeout=60)


def controls_terminal() -> None:
    """Let Ctrl-C in the terminal reach the process."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[list[Terminal]]:
    made: list[Terminal] = []
    yield made
    for each in made:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no terminals to open there")


def test_at_a_terminal(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminal = Terminal("--system-version", "2.1", cwd=tmp_path)
    terminals.append(terminal)
    answers = ["Hjerteregisteret på Øya", "Sykehuset", "1", "http://127.0.0.1:8081", "", "5,6", "Basic", ""]
    for number, answer in enumerate(answers, 1):
        terminal.see("> ", times=number)
        terminal.write(f"{answer}\n")
    assert terminal.end() == 0, terminal.shown
    assert "Gjør så dette:" in terminal.shown
    config = load_config(tmp_path / "eprom-verify.toml")
    profile = dict.fromkeys(("brev", "sms_epost"), False) | {"regler": ["Basic"]}
    assert config.system.model_dump(by_alias=True, exclude={"hook_timeout_s"}) == {
        "navn": "Hjerteregisteret på Øya",
        "versjon": "2.1",
        "eier": "Sykehuset",
        "kontakt": "",
        "driver": "http",
        "api_base_url": "http://127.0.0.1:8081",
        "hook_url": "http://127.0.0.1:8081/test-hook",
        "klasse": "",
    }
    assert config.profile == parse_config({"profil": profile}, "prøven").profile


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_interrupted(tmp_path: Path, terminals: list[Terminal], key: str) -> None:
    terminal = Terminal(cwd=tmp_path)
    terminals.append(terminal)
    terminal.see("> ")
    terminal.write("Mitt register\n")
    terminal.see("> ", times=2)
    terminal.press(key)
    assert terminal.end() == 130, terminal.shown
    assert "eprom-verify: Avbrutt. eprom-verify.toml er ikke skrevet." in terminal.shown
    assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []
