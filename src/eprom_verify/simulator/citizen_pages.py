"""The pages of the form filler: plain HTML that works without scripts, with a keyboard, and on a phone.

Everything that comes from an order, a form or a citizen is escaped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from eprom_verify.persons import Persona
from eprom_verify.simulator.citizen import CopyPlace
from eprom_verify.simulator.citizen_fields import field_html, hidden_until, plain
from eprom_verify.simulator.opened import Opened
from eprom_verify.simulator.orders import Order

STYLE = Path(__file__).with_name("form_filler.css").read_text("utf-8")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: `name` is who is logged in, "" for nobody; `extra_style` hides what an answer has to open."""

    title: str
    body: str
    name: str = ""
    failed: bool = False
    extra_style: str = ""

    def html(self, nonce: str) -> str:
        """The whole document."""
        title = f"Feil: {self.title}" if self.failed else self.title
        style = f'<style nonce="{nonce}">{self.extra_style}</style>' if self.extra_style else ""
        return (
            '<!doctype html><html lang="nb"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{escape(title)} – ePROM-simulator</title>"
            f'<link rel="stylesheet" href="/proms/style.css">{style}</head><body>'
            '<a class="skip" href="#innhold">Gå til innholdet</a>'
            f"<header><strong>ePROM-simulator</strong>{_logged_in(self.name)}</header>"
            f'<main id="innhold" tabindex="-1">{self.body}</main>'
            "<footer>Dette er en simulator med syntetiske testpersoner. Skriv aldri inn opplysninger om virkelige "
            "personer.</footer></body></html>"
        )


def form_path(order: Order) -> str:
    """Where the form of an order is, by the way its login link goes."""
    kind = "formIdp" if "/formIdp/" in order.login_url else "form"
    return f"/proms/{kind}/{escape(order.id)}"


def _logged_in(name: str) -> str:
    if not name:
        return ""
    return (
        f'<form method="post" action="/proms/ut">Innlogget som {escape(name)} '
        '<button class="plain">Logg ut</button></form>'
    )


def start_page(people: Sequence[Persona], *, problem: str = "", birth_date: str = "") -> Page:
    """Where a citizen without a link begins: a code, or a log-in at level 4."""
    body = (
        f"<h1>Fyll ut skjema</h1>{summary({'fodselsdato': problem} if problem else {})}"
        '<h2>Logg inn med engangskode</h2><form method="post" action="/proms/kode" autocomplete="off">'
        '<div class="q"><label class="label" for="fodselsdato">Fødselsdato</label>'
        '<p class="hint" id="fodselsdato-hint">Seks siffer: dag, måned og år, for eksempel 170556</p>'
        '<input class="short" id="fodselsdato" name="fodselsdato" inputmode="numeric" required '
        f'aria-describedby="fodselsdato-hint" value="{escape(birth_date)}"></div>'
        '<div class="q"><label class="label" for="kode">Engangskode</label>'
        '<input class="short" id="kode" name="kode" required autocapitalize="characters" spellcheck="false"></div>'
        '<p class="buttons"><button>Logg inn</button></p></form>'
        f"<h2>Logg inn med elektronisk ID</h2>{_level_4(people, '', '')}"
    )
    return Page(title="Fyll ut skjema", body=body, failed=bool(problem))


def log_in_page(people: Sequence[Persona], *, order_id: str, chosen: str, provider: str, problem: str = "") -> Page:
    """Where a login link leads: the one who is to answer is chosen beforehand."""
    body = (
        f"<h1>Logg inn for å fylle ut skjemaet</h1>{summary({'person': problem} if problem else {})}"
        f"<p>Lenken går gjennom {escape(provider)}. Innloggingen på nivå 4 blir bare etterlignet her: velg hvem du er."
        f"</p>{_level_4(people, order_id, chosen)}"
        '<p>Har du fått en engangskode? <a href="/proms">Logg inn med engangskode</a></p>'
    )
    return Page(title="Logg inn", body=body, failed=bool(problem))


def public_page(people: Sequence[Persona], *, path: str, name: str, title: str) -> Page:
    """Where the public address of a form leads: who is not logged in does so first, and then begins the form."""
    begin = (
        f'<form method="post" action="{escape(path)}"><p class="buttons"><button>Begynn på skjemaet</button></p></form>'
    )
    body = (
        f"<h1>{escape(title)}</h1><p>Du kan fylle ut dette skjemaet på eget initiativ.</p>"
        f"{begin if name else _level_4(people, '', '', action=path)}"
    )
    return Page(title=title, body=body, name=name)


def _level_4(people: Sequence[Persona], order_id: str, chosen: str, *, action: str = "/proms/inn") -> str:
    options = "".join(
        f'<option value="{escape(each.national_id)}"{" selected" if each.national_id == chosen else ""}>'
        f"{escape(each.full_name)} ({escape(each.name)})</option>"
        for each in people
    )
    return (
        f'<form method="post" action="{escape(action)}"><div class="q">'
        '<label class="label" for="person">Testperson</label>'
        f'<select id="person" name="person">{options}</select></div>'
        f'<input type="hidden" name="skjema" value="{escape(order_id)}">'
        '<p class="buttons"><button>Logg inn som testpersonen</button></p></form>'
    )


def list_page(orders: Sequence[tuple[Order, str]], name: str) -> Page:
    """The forms that are open to the one who is logged in, each with its title."""
    items = "".join(
        f'<li><a href="{form_path(order)}">{escape(title)}</a>, frist {order.expires_at:%d.%m.%Y}</li>'
        for order, title in orders
    )
    body = f"<h1>Skjemaene dine</h1>{f'<ul>{items}</ul>' if items else '<p>Du har ingen skjema å fylle ut.</p>'}"
    return Page(title="Skjemaene dine", body=body, name=name)


def form_page(
    opened: Opened,
    order: Order,
    *,
    name: str,
    values: dict[str, object] | None = None,
    problems: dict[str, str] | None = None,
    may_save: bool = False,
    saved: bool = False,
    notice: str = "",
) -> Page:
    """The form; `values` are what was just given, and stand instead of what was there from before."""
    problems = problems or {}
    titles = {seen.key: plain(question.title) for part in opened.sections for question, seen in part.questions()}
    told = {key: f"{titles[key]} – {text}" for key, text in problems.items()}
    parts = [f"<h1>{escape(opened.title)}</h1>", summary(told)]
    if saved:
        parts.append('<p class="note" role="status">Svarene er lagret. Du kan fortsette nå eller senere.</p>')
    if notice:
        parts.append(f'<p class="note" role="status">{escape(notice)}</p>')
    parts.append(_introduction(opened))
    if any(question.required for part in opened.sections for question, _ in part.questions()):
        parts.append("<p>Spørsmål med * må besvares.</p>")
    parts.append(f'<form method="post" action="{form_path(order)}" novalidate autocomplete="off">')
    for section in opened.sections:
        if section.key:
            parts.append(f"<h2>{escape(section.title)}</h2>")
        parts += [field_html(each, values, problems) for each in section.fields]
    deliver = "Signér og lever" if order.asked.get("mustBeSigned") else "Lever"
    parts.append(f'<p class="buttons"><button name="gjor" value="lever">{deliver}</button>')
    if may_save:
        parts.append('<button class="second" name="gjor" value="lagre">Lagre og fortsett senere</button>')
    parts.append("</p></form>")
    return Page(
        title=opened.title,
        body="".join(parts),
        name=name,
        failed=bool(problems),
        extra_style="".join(hidden_until(section.fields) for section in opened.sections),
    )


def _introduction(opened: Opened) -> str:
    parts = []
    if opened.on_behalf_of:
        parts.append(f'<p class="note">{escape(opened.on_behalf_of)}</p>')
    if opened.cover_letter:
        parts.append(f'<div class="letter">{paragraphs(opened.cover_letter)}</div>')
    return "".join(parts)


def signing_page(opened: Opened, order: Order, name: str) -> Page:
    """What is signed, before it is delivered."""
    text = str(order.asked.get("signingText") or "Jeg bekrefter svarene mine.")
    body = (
        f"<h1>Signer «{escape(opened.title)}»</h1>"
        f'<div class="letter">{paragraphs(text)}</div>'
        "<p>Skjemaet blir levert når du har signert. Signeringen blir bare etterlignet her.</p>"
        f'<form method="post" action="{form_path(order)}/signer"><p class="buttons">'
        '<button name="gjor" value="signer">Signer</button>'
        '<button class="second" name="gjor" value="avbryt">Avbryt</button></p></form>'
    )
    return Page(title=f"Signer {opened.title}", body=body, name=name)


def receipt_page(title: str, copy: CopyPlace, *, signed: bool, name: str) -> Page:
    """What the citizen is told when the form is delivered."""
    kept = {
        CopyPlace.HELSENORGE: "En kopi er lagret på Helsenorge, i Personlig helsearkiv.",
        CopyPlace.MAILBOX: "En kopi er sendt til den digitale postkassen din.",
        CopyPlace.NOWHERE: "Du får ikke kopi av skjemaet.",
    }[copy]
    body = (
        "<h1>Skjemaet er levert</h1>"
        f"<p>Takk for svarene. «{escape(title)}» er {'signert og ' if signed else ''}levert.</p><p>{kept}</p>"
    )
    return Page(title="Skjemaet er levert", body=body, name=name)


def closed_page(text: str, name: str = "") -> Page:
    """A form that cannot be opened, and why."""
    body = f'<h1>Skjemaet kan ikke åpnes</h1><p>{escape(text)}</p><p><a href="/proms">Til forsiden</a></p>'
    return Page(title="Skjemaet kan ikke åpnes", body=body, name=name)


def summary(problems: dict[str, str]) -> str:
    """The list of what is wrong, which takes the focus, with a link to each place."""
    if not problems:
        return ""
    items = "".join(f'<li><a href="#{escape(key)}">{escape(text)}</a></li>' for key, text in problems.items())
    return f'<div class="wrong" role="alert" tabindex="-1" autofocus><h2>Dette må rettes</h2><ul>{items}</ul></div>'


def paragraphs(text: str) -> str:
    """Text with an empty line between paragraphs, as HTML."""
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())
