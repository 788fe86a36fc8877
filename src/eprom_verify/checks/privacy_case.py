"""What a scenario about privacy settings has said and done so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from eprom_verify.checks import mistaken
from eprom_verify.checks.blame import caller_at_fault
from eprom_verify.checks.case import EPROM, SYSTEM, Case
from eprom_verify.checks.words import beginning
from eprom_verify.contract import operation
from eprom_verify.contract.privacy_codes import SettingStatus, SettingType
from eprom_verify.drivers.protocol import PrivacyChange, PrivacyListing, PrivacyQuestion, RegisteredSetting
from eprom_verify.errors import ContractBroken, HarnessProblem, NotApplicable
from eprom_verify.exchange import Exchange
from eprom_verify.rig import HARNESS
from eprom_verify.simulator.privacy_store import Definition, Setting
from eprom_verify.simulator.wire import SIMULATOR_FAILED

PAGE = "Personverninnstillinger"
READ, CHANGE, LIST, TOLD = "F", "G", "H", "L"
MOST_PAGES = 25
"""After so many pages a list is taken to have no end; the lists of the scenarios have three."""

CALLS = {"sjekk": READ, "oppdatering": CHANGE, "listing": LIST}
NAMES = {READ: "sjekken", CHANGE: "oppdateringen", LIST: "listen"}


@dataclass
class PrivacyCase:
    """The setting that a scenario is about, and the exchanges so far.

    `pvk_id` is the setting's id, `kind` its kind; `definition` what the simulator knows of it, None for a real
    environment. `residents` are the national ids of those who have it active when a list is read, and `answered` the
    exchanges that the last step has seen, oldest first.
    """

    case: Case
    pvk_id: str = ""
    kind: SettingType = SettingType.Reservasjon
    definition: Definition | None = None
    residents: list[str] = field(default_factory=list)
    answered: list[Exchange] = field(default_factory=list)

    def close(self) -> None:
        """Leave the simulator as it was found."""
        simulator = self.case.rig.simulator
        if simulator is not None and self.pvk_id:
            simulator.calm(self.pvk_id)

    def choose(self, kind: str, status: str) -> None:
        """Let the scenario be about a setting of this kind: in the simulator one that nobody else knows of.

        `status` is what the patient has chosen; "aldri satt" leaves it untouched, where that can be done.
        """
        self.kind = SettingType[kind]
        simulator = self.case.rig.simulator
        if simulator is None:
            self.pvk_id = self.case.rig.privacy_setting(self.kind)
        else:
            self.definition = simulator.privacy.store.define(self.kind, f"{kind} i {self.case.id}")
            self.pvk_id = self.definition.pvk_id
        if status == "aldri satt":
            assert self.case.simulator
            return
        # Not active now is not the same as never chosen.
        self.put("Aktiv")
        self.put(status)

    def choose_many(self, kind: str, count: int) -> None:
        """Let the scenario be about a setting that this many have active, and one has not."""
        names = [name for name in self.case.rig.population.names if name != "ikke i registeret"]
        self.choose(kind, "aldri satt")
        self.residents = [self.case.rig.national_id(name) for name in names[:count]]
        for national_id in (*self.residents, self.case.rig.national_id(names[count])):
            self._simulated(national_id, SettingStatus.Aktiv)
        self._simulated(self.case.rig.national_id(names[count]), SettingStatus.IkkeAktiv)

    def put(self, status: str) -> None:
        """Make the patient's setting so, without anybody being told.

        Raises:
            HarnessProblem: it could not be done.
        """
        if self.case.rig.simulator is not None:
            self._simulated(self.case.national_id, SettingStatus[status])
            return
        done = self.case.note(
            self.case.rig.direct.call(
                "POST", operation(CHANGE).path, self.body(CHANGE) | {"status": SettingStatus[status].value}
            )
        )
        if done.status != 200:
            raise HarnessProblem(f"Innstillingen kunne ikke gjøres klar: ePROM svarte {done.status}.")

    def stimulate(self, **changes: Any) -> None:
        """Make the simulator behave otherwise towards the patient, and for lists of the setting."""
        simulator = self.case.simulator
        for key in (self.case.national_id, self.pvk_id):
            if key:
                privacy = replace(simulator.office.behaviour(key).privacy, **changes)
                simulator.stimulate(key, privacy=privacy)

    def answer_older(self) -> None:
        """Let ePROM answer readings with what was so before the newest change.

        Raises:
            NotApplicable: the edition has nothing to tell older from newer by.
        """
        if self.case.rig.config.edition == "2023-10":
            raise NotApplicable("Utgave 2023-10 har ikke sekvensnummer å se alderen på.")

        def older(body: dict[str, Any]) -> dict[str, Any]:
            status = SettingStatus(1 - SettingStatus.parse(body["status"]))
            times = {"lastChangedDateTimeOffset": body["createdDateTimeOffset"]}
            return body | {"status": status.value, "sequenceNumber": body["sequenceNumber"] - 1, **times}

        self.stimulate(setting=older)

    def system_reads(self) -> None:
        """Let the bestillersystem read the patient's setting, and find the call in the journal."""
        question = PrivacyQuestion(
            case_id=self.case.id, national_id=self.case.national_id, pvk_id=self.pvk_id, type=self.kind
        )
        since = self.case.rig.journal.seq
        mistaken.asks(self.case, READ)
        self.case.rig.driver.get_privacy_setting(question)
        self._expect(READ, since)

    def system_changes(self, status: str) -> None:
        """Let the bestillersystem change the patient's setting, and find the call in the journal."""
        change = PrivacyChange(
            case_id=self.case.id,
            national_id=self.case.national_id,
            pvk_id=self.pvk_id,
            type=self.kind,
            status=SettingStatus[status],
        )
        since = self.case.rig.journal.seq
        mistaken.asks(self.case, CHANGE)
        self.case.rig.driver.set_privacy_setting(change)
        self._expect(CHANGE, since)

    def system_lists(self) -> None:
        """Let the bestillersystem list those who have the setting active, and find the calls in the journal."""
        self.has_lists()
        since = self.case.rig.journal.seq
        self.case.rig.driver.list_privacy_settings(PrivacyListing(case_id=self.case.id, pvk_id=self.pvk_id))
        self._expect(LIST, since)

    def body(self, letter: str) -> dict[str, Any]:
        """A correct call, as ePROM takes it."""
        if letter == LIST:
            return {"pvkId": self.pvk_id, "pagingReference": 0}
        body = {"nationalId": self.case.national_id, "pvkId": self.pvk_id, "type": self.kind.value}
        return body | ({"status": SettingStatus.Aktiv.value} if letter == CHANGE else {})

    def call(self, letter: str, *, without: str = "", api_key: str | None = None, **changes: Any) -> Exchange:
        """Call ePROM directly, with a correct body but for what is changed."""
        if letter == LIST:
            self.has_lists()
        body = self.body(letter) | changes
        body.pop(without, None)
        done = self.case.rig.direct.call("POST", operation(letter).path, body, api_key=api_key)
        self.answered.append(self.case.note(done))
        return done

    def has_lists(self) -> None:
        """The edition has lists.

        Raises:
            NotApplicable: it has not.
        """
        if operation(LIST).since > self.case.rig.config.edition:
            raise NotApplicable(f"Lister finnes ikke i utgave {self.case.rig.config.edition} av kontrakten.")

    def citizen_changes(self, status: str) -> None:
        """Let the patient change the setting on Helsenorge."""
        privacy = self.case.simulator.privacy
        self.case.rig.in_simulator(privacy.change(self.case.national_id, self.pvk_id, SettingStatus[status]))

    def chosen(self) -> Setting | None:
        """What the simulator holds of the patient's setting."""
        return self.case.simulator.privacy.store.find(self.case.national_id, self.pvk_id)

    def known(self, national_id: str = "") -> tuple[RegisteredSetting, ...]:
        """What the bestillersystem has registered of the patient's setting, or of another's."""
        return self.case.rig.driver.privacy_setting(national_id or self.case.national_id, self.pvk_id)

    @property
    def last(self) -> Exchange:
        """The newest call to ePROM.

        Raises:
            HarnessProblem: there is none, the network lost it, or the simulator itself failed.
        """
        if not self.answered:
            raise HarnessProblem("Scenariet har ikke kalt ePROM.")
        last = self.answered[-1]
        if last.failure is not None:
            raise HarnessProblem(f"Kallet nådde ikke fram, eller ble ikke besvart: {last.failure}")
        if last.response is not None and last.response.header(SIMULATOR_FAILED) is not None:
            raise HarnessProblem("Simulatoren klarte ikke å behandle kallet; feilen er verktøyets egen.")
        return last

    def answer(self) -> dict[str, Any]:
        """The members of the answer to the newest call, by their documented names.

        Raises:
            ContractBroken: it was answered with an error; whose fault that is depends on how it was asked.
        """
        last = self.last
        body = last.response.json if last.response else None
        if last.status == 200 and isinstance(body, dict):
            return body
        asked_wrongly = last.sender != HARNESS and (caller_at_fault(last) or self._about_another(last))
        text = beginning(last.response.text, 200) if last.response else ""
        raise ContractBroken(
            SYSTEM if asked_wrongly else EPROM,
            f"ePROM svarer 200 på {NAMES[last.operation]}",
            f"{last.status}: {text}",
            where=f"{last.method} {last.url}",
            source=str(operation(last.operation).source),
            exchanges=(last.id,),
        )

    def _about_another(self, exchange: Exchange) -> bool:
        """Whether a call of the bestillersystem is about another setting than it was asked to call about."""
        wanted = {name: value for name, value in self.body(exchange.operation).items() if name in ("type", "pvkId")}
        seen = {name: exchange.request.member(name) for name in wanted}
        kind = seen.pop("type", None)
        return seen["pvkId"] != self.pvk_id or kind not in (None, self.kind.value, self.kind.name)

    def _simulated(self, national_id: str, status: SettingStatus) -> None:
        self.case.simulator.privacy.store.put(national_id, self.pvk_id, status)

    def _expect(self, letter: str, since: int) -> None:
        """The call of the bestillersystem that was to come.

        Raises:
            ContractBroken: it did not come.
            Unverified: it is about somebody else; the requirement on whom calls are about tells of that.
        """

        def mine(each: Exchange) -> bool:
            whose = each.request.member("pvkId" if letter == LIST else "nationalId")
            wanted = self.pvk_id if letter == LIST else self.case.national_id
            return each.operation == letter and each.sender != HARNESS and str(whose).casefold() == wanted

        def last(each: Exchange) -> bool:
            return mine(each) and (letter != LIST or each.status != 200 or next_page(each) in (None, 0, asked(each)))

        journal = self.case.rig.journal
        ended = mistaken.call(self.case, letter, last, since=since)
        found = [each for each in journal.exchanges(since=since) if each.done and mine(each)]
        if ended is None and not found:
            raise ContractBroken(
                SYSTEM,
                f"bestillersystemet kaller ePROM ({NAMES[letter]})",
                "intet kall kom",
                source=str(operation(letter).source),
                hint="Sjekk at PromsApiBaseUrl i bestillersystemet peker hit, med stien (som /promswebapi).",
            )
        self.answered += [self.case.note(each) for each in found]


def asked(page: Exchange) -> int | None:
    """The reference that a page of a list was asked for by."""
    return _reference(page.request.member("pagingReference"))


def next_page(page: Exchange) -> int | None:
    """The reference that a page of a list gives to the next one; 0 on the last."""
    return _reference(page.response.member("pagingReference")) if page.response else None


def _reference(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
