"""The simulator alone, over TLS and with something wrong in it."""

from __future__ import annotations

import json
import ssl
import urllib.request
from pathlib import Path

import pytest

from tests.certificates import issue
from tests.test_standalone import refused, simulator


def test_speaks_tls(tmp_path: Path) -> None:
    made = issue(tmp_path)
    context = ssl.create_default_context(cafile=str(made.issuer))
    with simulator(tmp_path, "--certificate", str(made.certificate), "--key", str(made.key)) as process:
        assert process.lines[0].startswith(f"ePROM-simulator på https://127.0.0.1:{process.port}/promswebapi")
        address = f"https://127.0.0.1:{process.port}/promswebapi/openapi.json"
        with urllib.request.urlopen(address, context=context, timeout=30) as answer:
            assert json.load(answer)["openapi"].startswith("3.1")


def test_has_a_fault(tmp_path: Path) -> None:
    with simulator(tmp_path, "--fault", "rule-basic-mailbox-first") as process:
        assert process.until("rule-basic-mailbox-first").split() == ["Innlagt", "feil:", "rule-basic-mailbox-first"]
        assert process.order()[1]["notificationChannel"] == "DigitalMailbox"
    with simulator(tmp_path) as process:
        assert process.order()[1]["notificationChannel"] == "Helsenorge"
        assert not any("Innlagt feil" in line for line in process.lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--certificate", "a.pem"],
            "--certificate og --key hører sammen, og bare den ene er oppgitt. Oppgi begge, eller ingen av dem.",
        ),
        (
            ["--key", "a.pem"],
            "--certificate og --key hører sammen, og bare den ene er oppgitt. Oppgi begge, eller ingen av dem.",
        ),
        (["--certificate", "a.pem", "--key", "b.pem"], "Sertifikatet finnes ikke: a.pem. Rett stien i oppsettet."),
        (
            ["--fault", "key-bearer"],
            "Feilen «key-bearer» er en feil i bestillersystemet, og her er bare ePROM. Velg en feil hos ePROM; se "
            "eprom-verify faults.",
        ),
        (
            ["--fault", "rule-basic-mailbox"],
            "Det finnes ingen feil som heter «rule-basic-mailbox». Mente du rule-basic-mailbox-first",
        ),
    ],
)
def test_told_what_is_wrong(words: list[str], said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, "simulator", "--port", "0", *words).startswith(said)
    assert not (tmp_path / "reports").exists()
