"""Where in ePROM's documentation a fact comes from."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

SITE = "https://eprom.hemit.org"
DOCUMENTED = "2026-06-24"
"""The day whose state of the documentation the contract, the requirements and the features were written from."""


def page_url(page: str) -> str:
    """The public address of a page of the documentation, named without its ending."""
    folder = "releasenotes/" if page.startswith("ReleaseNote") or page == "Releaselist" else ""
    return f"{SITE}/{folder}{quote(page)}.html"


@dataclass(frozen=True)
class Source:
    """A page of the documentation and the section in it."""

    page: str
    section: str = ""

    @property
    def url(self) -> str:
        """The public address of the page; its sections have no documented anchors."""
        return page_url(self.page)

    def __str__(self) -> str:
        return f"{self.page}, {self.section}" if self.section else self.page
