"""Those who sign and whom they are trusted by, and packages of runs for everybody who does something to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from eprom_verify.handover import packing, privacy, retold
from eprom_verify.handover.contents import Listed
from eprom_verify.handover.packing import pack
from eprom_verify.handover.signatory import Signatory
from eprom_verify.handover.signing_package import sign_package
from eprom_verify.runner.record import Recorded
from eprom_verify.serving import Host
from eprom_verify.verdict import RunResult
from tests.handover import forging
from tests.handover.authority import Authority, TimeStamping, opened, protocol, time_stamping
from tests.handover.forging import Files, unpacked
from tests.handover.runs import formal_run, short_run


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


@pytest.fixture(scope="session", autouse=True)
def seen_once() -> Iterator[None]:
    """Lets a file that has been looked through be remembered, and the last protocol that was made: most of a package is
    the same from test to test."""
    known: dict[tuple[str, bool], tuple[bytes, list[tuple[str, str]]]] = {}
    look = privacy.texts_of

    def remembered(name: str, content: bytes, *, pages: bool = True) -> Iterator[tuple[str, str]]:
        if (name, pages) not in known:
            known[name, pages] = content, list(look(name, content, pages=pages))
        seen = known[name, pages]
        yield from seen[1] if seen[0] == content else look(name, content, pages=pages)

    made: dict[tuple[tuple[str, Listed], ...], Files] = {}

    def made_once(result: RunResult, recorded: Recorded, files: Files) -> Files:
        key = tuple((name, Listed.of(content)) for name, content in sorted(files.items()))
        if key not in made:
            made.clear()
            made[key] = packing.protocol_of(result, recorded, files)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(privacy, "texts_of", remembered)
        patch.setattr(retold, "protocol_of", made_once)
        patch.setattr(forging, "protocol_of", made_once)
        yield


@pytest.fixture(scope="session")
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run."""
    return short_run(tmp_path_factory.mktemp("short"))


@pytest.fixture(scope="session")
def short_package(short_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that is whole, of a run that is not."""
    return pack(short_folder, tmp_path_factory.mktemp("packages"), make_report=lambda _: None)


@pytest.fixture(scope="session")
def short(short_package: Path) -> Files:
    """Its files."""
    return unpacked(short_package)


@pytest.fixture(scope="session")
def signed_package(short_package: Path, integrator: Signatory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, signed by the integrator."""
    path = tmp_path_factory.mktemp("signed") / short_package.name
    path.write_bytes(short_package.read_bytes())
    sign_package(path, integrator, reason="Verifisert", location="Oslo", tsa_url=None)
    return path


@pytest.fixture(scope="session")
def signed(signed_package: Path) -> Files:
    """Its files."""
    return unpacked(signed_package)


@pytest.fixture(scope="session")
def formal_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of a verification that was approved."""
    return pack(
        formal_run(tmp_path_factory.mktemp("formal")), tmp_path_factory.mktemp("packages"), make_report=lambda _: None
    )


@pytest.fixture(scope="session")
def formal(formal_package: Path) -> Files:
    """Its files."""
    return unpacked(formal_package)
