"""Those who sign and whom they are trusted by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from eprom_verify.handover.signatory import Signatory
from eprom_verify.serving import Host
from tests.handover.authority import Authority, TimeStamping, opened, protocol, time_stamping


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def signatories(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Signatory, Signatory]]:
    """The integrator's, and Hemit's."""
    folder = tmp_path_factory.mktemp("keys")
    with ExitStack() as stack:
        integrator = authority.issue(
            "Kari Nordmann", organization_name="Integrator AS", organization_identifier="NTRNO-123456785"
        )
        yield (
            opened(integrator, folder, stack),
            opened(authority.issue("Hemit HF", organization_name="Hemit HF"), folder, stack),
        )


@pytest.fixture(scope="session")
def integrator(signatories: tuple[Signatory, Signatory]) -> Signatory:
    return signatories[0]


@pytest.fixture(scope="session")
def hemit(signatories: tuple[Signatory, Signatory]) -> Signatory:
    return signatories[1]


@pytest.fixture(scope="session")
def pdf() -> bytes:
    return protocol(pages=2)


@pytest.fixture
def served(authority: Authority) -> Iterator[Callable[..., tuple[str, TimeStamping]]]:
    """Starts a time-stamping service of the authority's, and gives its address."""
    with Host() as host:

        def start(**told: object) -> tuple[str, TimeStamping]:
            service = time_stamping(told.pop("of", authority), **told)  # type: ignore[arg-type]
            return f"http://127.0.0.1:{host.serve(service.app)}/tsa", service

        yield start


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Writes a file, for other programs to read."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write
