"""A real browser for the tests of what is read in one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; a test without one is skipped, but never where all tests must be run."""
    found = os.environ.get("EPROM_VERIFY_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found and os.environ.get("CI") == "true":
        pytest.fail("CI must have a Chromium: what is read in a browser is not verified without one")
    if not found:
        pytest.skip(f"no Chromium: none of {', '.join(CHROMIUM)} is on PATH, and EPROM_VERIFY_CHROMIUM is not set")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
