"""Which requirements a run cannot show, for what is missing in the set-up: persons, forms, capabilities, methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property

from eprom_verify.clock import system_clock
from eprom_verify.config import RULES, Config
from eprom_verify.config_problems import refuse_unknown
from eprom_verify.drivers.own_class import ACTS
from eprom_verify.errors import UsageProblem
from eprom_verify.locations import features_dir
from eprom_verify.persons import Population
from eprom_verify.preflight.finding import Finding, fine, note, wrong
from eprom_verify.preflight.needs import Needing, needing
from eprom_verify.runner.applicable import for_eprom_to_answer
from eprom_verify.runner.scenarios import BY_TESTER, ONLY_SIMULATOR
from eprom_verify.simulator.forms import SIMULATED_FORMS
from eprom_verify.verdict import Catalogue, load_catalogue, load_parts
from eprom_verify.verdict.result import listed

CAPABILITIES = {
    "order-form": ("order_form",),
    "send-message": ("send_message",),
    "send-sms": ("send_sms",),
    "send-email": ("send_email",),
    "get-privacy-setting": ("get_privacy_setting",),
    "set-privacy-setting": ("set_privacy_setting",),
    "list-privacy-settings": ("list_privacy_settings",),
    "cases": ("has_order", "has_message", "message_sent"),
    "orders": ("registered", "patient_of"),
    "signed-documents": ("signed_document",),
    "messages": ("message",),
    "patients": ("patients",),
    "patient-initiated": ("initiated",),
    "privacy-settings": ("privacy_setting",),
}
"""What the test hook calls the methods of a driver."""


_ANSWERED_BY_SIMULATOR = (
    " En kjøring av det samme systemet mot simulatoren kan svare for dem: eprom-verify attest --simulated "
    "(docs/testmiljo.md)."
)


class Lacking:
    """Looks up what needs what, in the scenarios that concern this integration; reads them when first asked."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def _catalogue(self) -> Catalogue:
        return load_catalogue(features_dir() / "krav.toml")

    @cached_property
    def _unused(self) -> Mapping[str, str]:
        return load_parts(features_dir() / "profil.toml").unused(self._catalogue, self._config.profile.uses)

    @cached_property
    def _scenarios(self) -> list[Needing]:
        """Those that are run at all: not of a part that is not used, nor for ePROM alone to answer for."""
        found = []
        for each in needing():
            unused = all(requirement in self._unused for requirement in each.written.requirements)
            if not unused and not for_eprom_to_answer(each.written.tags, self._config):
                found.append(each)
        return found

    def profile(self) -> list[Finding]:
        """What is not applicable, by the profile."""
        parts = load_parts(features_dir() / "profil.toml").all
        left_out = [part.title for part in parts if not self._config.profile.uses(part.name)]
        if not left_out:
            return []
        unused = [name for name in self._catalogue if name in self._unused]
        return [fine(f"Ikke i bruk ({len(unused)} krav blir «Ikke aktuelt»): {'; '.join(left_out)}.")]

    def rules(self) -> list[Finding]:
        """What cannot be shown without the distribution rules that the profile leaves out, and applies all the same."""
        left_out = set(RULES) - set(self._config.profile.rules)
        shown = self._ids(lambda each: not each.named & left_out)
        ids = [name for name in self._ids(lambda each: each.named & left_out) if name not in shown]
        if not ids:
            return []
        return [
            note(
                f"Med bare noen av distribusjonsreglene: {len(ids)} krav blir «Ikke verifisert» ({listed(ids)}).",
                "De gjelder likevel. Brukes reglene aldri, må de obligatoriske kravene få dispensasjon (docs/ci.md).",
            )
        ]

    def methods(self, missing: Iterable[str], words: Callable[[str], str]) -> list[Finding]:
        """What cannot be shown without these methods of a driver, or capabilities of a hook, each told in `words`."""
        found = []
        for name in missing:
            methods = set(CAPABILITIES.get(name, (name,)))
            ids = self._ids(lambda each, wanted=methods: each.need.methods & wanted)
            if ids:
                found.append(note(f"{words(name)}: {len(ids)} krav blir «Ikke verifisert» ({listed(ids)})."))
        return found

    def unknown(self) -> list[Finding]:
        """What the configuration names that no scenario knows."""
        try:
            refuse_unknown("personas", self._config.personas, _names())
            refuse_unknown("skjema", self._config.forms, tuple(SIMULATED_FORMS))
        except UsageProblem as exc:
            return [wrong(exc.problem, exc.remedy)]
        return []

    def acts(self) -> int:
        """In how many scenarios the bestillersystem is made to do something."""
        return sum(bool(each.need.methods & ACTS) for each in self._scenarios)

    def environment(self) -> list[Finding]:
        """What a run against a real environment cannot show, for want of persons, forms and privacy settings."""
        found: list[tuple[int, Finding]] = []
        for name in _names():
            if name not in self._config.personas:
                found += self._missing(f"Uten persona «{name}»", lambda each, n=name: n in each.named)
        for form in SIMULATED_FORMS:
            if form not in self._config.forms:
                found += self._missing(
                    f"Uten skjema «{form}»", lambda each, n=form: n in each.named or n in each.need.forms
                )
        privacy = self._config.privacy_settings
        for kind, setting in (("Reservasjon", privacy.reservation), ("Samtykke", privacy.consent)):
            if setting is None:
                found += self._missing(f"Uten PvkId for «{kind}»", lambda each, n=kind: n in each.named)
        # The commonest first: those are what is worth setting up.
        found.sort(key=lambda each: -each[0])
        simulated = self._ids(lambda each: ONLY_SIMULATOR in each.written.tags)
        answered = self._ids(lambda each: BY_TESTER in each.written.tags)
        return [each for _, each in found] + [
            note(
                f"{len(answered)} krav har scenarier der en tester må svare på skjemaet: {listed(answered)}.",
                "eprom-verify status sier hvilke skjema det er, når kjøringen har bestilt dem (docs/testmiljo.md).",
            ),
            note(
                f"{len(simulated)} krav har scenarier som bare kan prøves mot simulatoren.",
                "Et krav blir «Ikke verifisert» når ett av scenariene som viser det, ikke kan kjøres."
                + (_ANSWERED_BY_SIMULATOR if self._config.system.foreign else ""),
            ),
        ]

    def _missing(self, without: str, needs: Callable[..., bool]) -> list[tuple[int, Finding]]:
        def elsewhere(each: Needing) -> bool:
            return ONLY_SIMULATOR not in each.written.tags and needs(each)

        ids = self._ids(elsewhere)
        counted = f"{len(ids)} krav" if len(ids) > 1 else "1 krav"
        words = "disse kravene" if len(ids) > 1 else "dette kravet"
        return [(len(ids), note(f"{without} kan ikke {words} vises: {listed(ids)} ({counted})."))] if ids else []

    def _ids(self, needs: Callable[..., object]) -> list[str]:
        """The requirements of the scenarios that need it, in the catalogue's order."""
        found = {name for each in self._scenarios if needs(each) for name in each.written.requirements}
        return [name for name in self._catalogue if name in found and name not in self._unused]


@cache
def _names() -> tuple[str, ...]:
    """The names that scenarios have for people."""
    return Population.generate(0, today=system_clock().date()).names
