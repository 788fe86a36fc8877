"""Allure's page as it is handed over: its own words in Norwegian, and nothing in it that can fetch anything."""

from __future__ import annotations

import base64
import json
import re
import secrets
from pathlib import Path

_FOLDER = Path(__file__).parent / "allure3"

_ANALYTICS = re.compile(
    r"<script async src=\"https://www\.googletagmanager\.com/[^\"]*\"></script>\s*<script>[^<]*\bgtag\([^<]*</script>"
)
# The first character is rare in base64, which is most of the page; w3.org is the name of SVG, not an address.
_REMOTE = re.compile(r"=\s*[\"']?(?:https?:)?//(?!www\.w3\.org/)")
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline' data:; img-src data: blob:; "
    "media-src data: blob:; font-src data:; connect-src data: blob:; frame-src data: blob:; form-action 'none'"
)
_PAGE_START = '<html dir="ltr" lang="en">\n<head>'

_PROGRAM = re.compile(r'(src="data:text/javascript;base64,)([A-Za-z0-9+/=]+)"')
# There is no Norwegian in Allure, and no way to add a language: ours takes the place of the Swedish.
_NUMBER = re.compile(r'"\./sv\.json":\[(\d+),')
_NAME = ('sv:{short:"Sv",full:"Svenska",iso:"sv-SE"}', 'sv:{short:"No",full:"Norsk",iso:"nb-NO"}')
_LABELS = '{epic:"Kapittel",story:"Krav",feature:"Egenskap",tag:"Merker"}'
_WORDS = (
    ('children:"Powered by"', 'children:"Laget med"'),
    ('children:[" Ver: ",', 'children:[" med versjon ",'),
    ('title:"Description"', 'title:"Beskrivelse"'),
    # The importance stands beside the name already, in words of ours.
    (
        "Object.entries(e)?.map((([e,n])=>(0,F.Y)(Ql,{size:t,title:e,values:n},e)))",
        'Object.entries(e)?.filter((([e])=>e!=="severity"))'
        f".map((([e,n])=>(0,F.Y)(Ql,{{size:t,title:{_LABELS}[e]??e,values:n}},e)))",
    ),
)
_SEARCH = (
    # An id such as 1.3, or that of a message, is one word and not several, of which each is found in much else …
    (r"/[\n\r\p{Z}\p{P}]+/u", r"/(?:[\n\r\p{Z}]|(?![-.](?=[\p{L}\p{N}]))\p{P})+/u"),
    # … and is not found by one that is almost the same.
    ("fuzzy:e=>e.length>3&&.2", r"fuzzy:e=>e.length>3&&!/\d/.test(e)&&.2"),
)


class UnknownPage(Exception):
    """The page is not as Allure's pages are, so that nothing can be said of what it would do."""


def in_norwegian(page: str) -> str:
    """Allure's page with its own words in Norwegian, and a search that finds requirements and messages by their ids.

    Raises: UnknownPage when the page is not as expected.
    """
    found = _PROGRAM.search(page)
    if not found:
        raise UnknownPage
    program = _changed(base64.b64decode(found[2]).decode())
    return page[: found.start(2)] + base64.b64encode(program.encode()).decode() + page[found.end(2) :]


def _changed(program: str) -> str:
    number = _NUMBER.search(program)
    place = number and re.search(rf"\b{number[1]}:function\(e\)\{{\"use strict\";e\.exports=JSON\.parse\('", program)
    if not place or _NAME[0] not in program:
        raise UnknownPage
    words = json.dumps(json.loads((_FOLDER / "nb.json").read_text("utf-8")), ensure_ascii=False)
    end = program.index("')", place.end())
    program = program[: place.end()] + words.replace("\\", "\\\\").replace("'", "\\'") + program[end:]
    for old, new in (*_WORDS, *_SEARCH):
        if old not in program:
            raise UnknownPage
        program = program.replace(old, new)
    return program.replace(*_NAME)


def sealed(page: str) -> str:
    """Allure's page without its analytics, and with a policy under which nothing can be fetched.

    Only the page's own scripts carry the policy's nonce, so that none in an attachment runs.
    Raises: UnknownPage when the page is not as expected, so that nothing unsealed is ever written.
    """
    page, found = _ANALYTICS.subn("", page)
    if found != 1 or page.count(_PAGE_START) != 1 or _REMOTE.search(page):
        raise UnknownPage
    nonce = secrets.token_urlsafe(16)
    policy = _POLICY.format(nonce=nonce)
    page = page.replace("<script", f'<script nonce="{nonce}"')
    start = (
        '<html dir="ltr" lang="nb">\n<head>',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f'<script nonce="{nonce}">{(_FOLDER / "reading.js").read_text("utf-8")}</script>',
        f"<style>{(_FOLDER / 'reading.css').read_text('utf-8')}</style>",
    )
    return page.replace(_PAGE_START, "\n    ".join(start))
