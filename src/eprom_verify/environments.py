"""ePROM's environments by their short names: where the API, the form filler and Helsenorge are.

Source: IntegrasjonVerifikasjon, Testmiljø; Integrasjonsguide, Produksjonsmiljøet.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from eprom_verify.errors import UnsafeTarget
from eprom_verify.persons import refuse_production

SIMULATOR = "simulator"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One of ePROM's environments.

    `api_base` is the PromsApiBaseUrl and `form_filler` where the forms are filled in, both without a trailing slash;
    `helsenorge` where a test person logs in, `[pnr]` standing for the national id. `reach` says, in Norwegian, from
    where. `former_hosts` are what older documents call the host of the API.
    """

    name: str
    api_base: str
    form_filler: str
    helsenorge: str
    reach: str
    former_hosts: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host of the API."""
        return _host(self.api_base)


TEST = Environment(
    name="test",
    api_base="https://proms.hemitdev.org/promswebapi",
    form_filler="https://proms.hemitdev.org/proms",
    helsenorge="https://tjenester.hn2.test.nhn.no/?pnr=[pnr]",
    reach="internett",
    # In the pages until January 2025.
    former_hosts=("proms2.hemit.org",),
)
QA = Environment(
    name="qa",
    api_base="https://pasientrapportering.qa.nhn.no/webapi",
    form_filler="https://pasientrapportering.qa.nhn.no/proms",
    helsenorge="https://tjenester.hn.qa.nhn.no/",
    reach="Helsenettet",
)
ENVIRONMENTS = {each.name: each for each in (TEST, QA)}

_PRODUCTION = ("prod", "produksjon", "production")


def environment_of(target: str) -> Environment | None:
    """The environment that a short name or an address stands for; None for the simulator and for other addresses."""
    if target in ENVIRONMENTS:
        return ENVIRONMENTS[target]
    host = _host(target)
    return next((each for each in ENVIRONMENTS.values() if host in (each.host, *each.former_hosts)), None)


def checked_target(target: str) -> str:
    """The target as it may be used: "simulator", a short name, or an address without a trailing slash.

    Raises:
        UnsafeTarget: it is the production environment, by name or by host.
        UsageProblem: the address has no readable host.
        ValueError: it is neither a known name nor an address; the text says what is wanted.
    """
    name = target.strip().casefold()
    if name in _PRODUCTION:
        raise UnsafeTarget(
            f"«{target}» er produksjonsmiljøet til ePROM. Verifisering kjøres aldri i produksjon.",
            "Bruk simulatoren, testmiljøet (test) eller QA (qa).",
        )
    if name in (SIMULATOR, *ENVIRONMENTS):
        return name
    refuse_production(target)
    if not target.startswith(("http://", "https://")):
        known = ", ".join(f"«{each}»" for each in (SIMULATOR, *ENVIRONMENTS))
        raise ValueError(f"skal være {known} eller en adresse som begynner med https://")
    return target.rstrip("/")


def api_base_of(target: str) -> str:
    """The PromsApiBaseUrl that a checked target stands for; a former host is called by its present name."""
    environment = environment_of(target)
    if environment is not None and (target in ENVIRONMENTS or is_former(target)):
        return environment.api_base
    return target


def is_former(target: str) -> bool:
    """Whether an address has a host that its environment had before."""
    return any(_host(target) in each.former_hosts for each in ENVIRONMENTS.values())


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
