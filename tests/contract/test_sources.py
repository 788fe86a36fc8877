"""Where a page of the documentation is."""

from __future__ import annotations

import pytest

from eprom_verify.contract import OPERATIONS, Source


@pytest.mark.parametrize(
    ("page", "url"),
    [
        ("BestillingAvSkjemaV2", "https://eprom.hemit.org/BestillingAvSkjemaV2.html"),
        ("ReleaseNotev13.0.2", "https://eprom.hemit.org/releasenotes/ReleaseNotev13.0.2.html"),
        ("Releaselist", "https://eprom.hemit.org/releasenotes/Releaselist.html"),
        ("Utfylling av skjema", "https://eprom.hemit.org/Utfylling%20av%20skjema.html"),
        (
            "Brukerdokumentasjon for selvbetjeningsløsning",
            "https://eprom.hemit.org/Brukerdokumentasjon%20for%20selvbetjeningsl%C3%B8sning.html",
        ),
    ],
)
def test_page_address(page: str, url: str) -> None:
    assert Source(page).url == url


def test_source_text() -> None:
    assert str(Source("Side", "Del")) == "Side, Del"
    assert str(Source("Side")) == "Side"


def test_operations_sourced() -> None:
    assert all(row.source.page and row.key_source.section for row in OPERATIONS)
