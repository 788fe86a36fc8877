"""What must hold for one letter: ePROM's answer, the status of it, and what the bestillersystem makes of them.

Source of every check here: SendeMeldingTilInnbyggerV2; each failure names the section.
"""

from __future__ import annotations

from eprom_verify.checks.blame import caller_at_fault, refused_by
from eprom_verify.checks.case import EPROM, SYSTEM
from eprom_verify.checks.letter_case import CALLBACK, ERRORS, PAGE, LetterCase
from eprom_verify.checks.ordering import unescaped
from eprom_verify.checks.patience import patient
from eprom_verify.checks.words import as_json, beginning, on_channel
from eprom_verify.contract.enumerations import NotificationChannel, SentStatus
from eprom_verify.contract.letter_documents import Document
from eprom_verify.drivers.protocol import RegisteredMessage
from eprom_verify.errors import HarnessProblem
from eprom_verify.exchange import Exchange
from eprom_verify.masking import HIDDEN


def goes_on(letter: LetterCase, channel: str) -> None:
    """ePROM answers that the letter goes on this channel."""
    letter.taken_or_blamed()
    if letter.asked_wrongly:
        asks_for_channels(letter)
    seen, wanted = letter.channel, NotificationChannel.parse(channel)
    if seen is not wanted:
        raise letter.broken(f"notificationChannel er {channel}", seen.wire_name, where="/notificationChannel")


def nothing_sent(letter: LetterCase) -> None:
    """ePROM answers without a channel, and no status says that the letter was sent after all."""
    seen = letter.channel
    if seen is not NotificationChannel.NoChannel:
        raise letter.broken("notificationChannel er None (0): ikke noe er sendt", seen.wire_name, source=ERRORS)
    status = letter.status_if_any() if letter.sent.message_id else None
    if status is not None and sent_status(letter, status) is SentStatus.Sent:
        raise letter.broken("ikke noe er sendt", "en status sier at brevet er sendt", source=ERRORS, exchange=status)


def accepted(letter: LetterCase) -> None:
    """ePROM takes the letter, and gives it a channel and an id."""
    assert letter.message_id


def refused_with(letter: LetterCase, status: int, text: str) -> None:
    """The answer has this status, and the documented text in whatever envelope; the key in it is masked."""
    body = letter.sent.response.text if letter.sent.response else ""
    wanted = text.replace("{apiKey}", HIDDEN)
    if letter.sent.status != status or wanted not in unescaped(body):
        raise letter.broken(f"status {status} med teksten «{wanted}»", letter.answer_text, source=ERRORS)


def refused(letter: LetterCase) -> None:
    """ePROM refuses the letter with some 4xx; which one is not documented."""
    if letter.sent.status is None or not 400 <= letter.sent.status < 500:
        raise letter.broken("brevet blir avvist (4xx)", letter.answer_text, source=f"{PAGE}, Utsending av brev")


def status_says(letter: LetterCase, status: str, channel: str) -> None:
    """The status says what became of the letter, and on which channel."""
    seen = letter.status()
    told, on = sent_status(letter, seen), status_channel(letter, seen)
    wanted = (SentStatus[status], NotificationChannel.parse(channel))
    if (told, on) != wanted:
        shown = f"sentStatus {told.name}, notificationChannel {on.wire_name}"
        raise letter.broken(f"status {status} {on_channel(channel)}", shown, source=CALLBACK, exchange=seen)


def status_says_not_sent(letter: LetterCase) -> None:
    """The status says Error; which channel stands beside it is not documented."""
    seen = letter.status()
    told = sent_status(letter, seen)
    if told is not SentStatus.Error:
        raise letter.broken("sentStatus er Error", f"sentStatus er {told.name}", source=CALLBACK, exchange=seen)


def status_has_key(letter: LetterCase) -> None:
    """The status carries the key of the bestillersystem that sent the letter."""
    key_is_right(letter, letter.status())


def no_status(letter: LetterCase) -> None:
    """No status of a letter that was taken comes within a short while."""
    accepted(letter)
    found = letter.status_if_any()
    if found is not None:
        raise letter.broken("ingen status for et brev i testmodus", "det kom en status", exchange=found)


def key_in_header(letter: LetterCase) -> None:
    """The agreed key is in the Authorization header, and nowhere in the letter itself."""
    wrong = [each for each in letter.sent.violations if each.rule.startswith("key")]
    if wrong or letter.sent.key_matches is not True:
        seen = wrong[0].received if wrong else "headeren mangler, eller nøkkelen er en annen enn den avtalte"
        where = (wrong[0].pointer if wrong else "") or "headeren Authorization"
        expected = "API-nøkkelen står i headeren Authorization: Basic <apiKey>, og bare der"
        raise letter.broken(expected, seen, where=where, source=f"{PAGE}, NB!", party=SYSTEM)


def asks_for_channels(letter: LetterCase) -> None:
    """The letter that was seen asks for the channels that were chosen, in their order."""
    wanted = list(letter.intent_made.notification_priority_list)
    if letter.channels != wanted:
        seen = letter.sent.request.member("notificationPriorityList")
        names = ", ".join(each.wire_name for each in wanted)
        raise letter.broken(
            f"notificationPriorityList er kanalene som er valgt, i rekkefølge: {names}",
            as_json(seen),
            where="/notificationPriorityList",
            party=SYSTEM,
        )


def has_the_pdf(letter: LetterCase) -> None:
    """The main document is the PDF that the bestillersystem was asked to send, to the byte."""
    wanted, seen = Document.of(letter.intent_made.pdf), letter.document
    if seen != wanted:
        shown = "ingen PDF i base64" if seen is None else f"en annen PDF, på {seen.size} byte"
        raise letter.broken(
            f"hoveddokumentet er PDF-en på {wanted.size} byte", shown, where="/documentCollection", party=SYSTEM
        )


def printed_in_color(letter: LetterCase, *, expected: bool) -> None:
    """The letter asks for paper in colour, or does not."""
    seen = letter.sent.request.member("paperColorPrint")
    if (seen is True) is not expected:
        wanted = "true" if expected else "false, eller er ikke med"
        raise letter.broken(f"paperColorPrint er {wanted}", as_json(seen), where="/paperColorPrint", party=SYSTEM)


def sent_once(letter: LetterCase) -> None:
    """The bestillersystem sent exactly one letter, also after the answer has come."""
    letter.status_if_any()
    count = len(letter.letters())
    if count != 1:
        raise letter.broken("nøyaktig ett brev blir sendt", f"{count} brev ble sendt", party=SYSTEM)


def status_accepted(letter: LetterCase) -> None:
    """The bestillersystem answered the first status with exactly `{"success": true}`."""
    status = letter.status()
    key_is_right(letter, status)
    if not _accepted(status):
        text = beginning(status.response.text, 200) if status.response else status.failure
        raise letter.broken(
            'bestillersystemet svarer 200 med {"success": true}',
            f"{status.status}: {text}",
            party=refused_by(status),
            source=CALLBACK,
            exchange=status,
        )


@patient
def status_registered(letter: LetterCase, status: str, channel: str) -> None:
    """The bestillersystem has registered the status, exactly once, with its channel.

    That ePROM sent just this is looked at first: its fault must not be the bestillersystem's.
    """
    sent = letter.status()
    key_is_right(letter, sent)
    status_says(letter, status, channel)
    wanted = RegisteredMessage(SentStatus[status], NotificationChannel.parse(channel))
    seen = letter.case.rig.driver.message(letter.message_id)
    if list(seen) != [wanted]:
        listed = ", ".join(f"{each.status.name} på {each.channel.wire_name}" for each in seen)
        raise letter.broken(
            f"bestillersystemet har registrert {status} {on_channel(channel)}, én gang",
            listed or "ingen status registrert",
            party=SYSTEM,
            source=CALLBACK,
            exchange=sent,
        )


def status_came(letter: LetterCase, times: int) -> None:
    """The status was delivered this many times: without it, what follows would prove nothing.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    message_id = letter.status().message_id
    if letter.case.seen("K", lambda each: each.message_id == message_id and len(letter.statuses()) >= times) is None:
        raise HarnessProblem(f"Simulatoren leverte statusen {len(letter.statuses())} av {times} ganger.")


def status_came_first(letter: LetterCase) -> None:
    """The status came before the answer to the letter.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    status, answer = letter.status(), letter.sent.response
    if answer is None or status.request.seq > answer.seq:
        raise HarnessProblem("Simulatoren leverte svaret på brevet før statusen.")


@patient
def held_as_sent(letter: LetterCase) -> None:
    """The bestillersystem holds that ePROM took the letter, just as ePROM answered."""
    accepted(letter)
    if not letter.case.rig.driver.has_message(letter.case.id):
        seen = f"det er registrert som ikke sendt; ePROM svarte {letter.answer_text}"
        raise letter.broken("bestillersystemet har registrert brevet som sendt", seen, party=SYSTEM)


@patient
def held_as_not_sent(letter: LetterCase) -> None:
    """The bestillersystem does not hold a letter for sent that ePROM refused, or has no channel for.

    That ePROM answered so is looked at first: its fault must not be the bestillersystem's.
    """
    if letter.sent.status == 200 and letter.channel is not NotificationChannel.NoChannel:
        raise letter.broken("ePROM sender ikke brevet", letter.answer_text, source=ERRORS, party=EPROM)
    if caller_at_fault(letter.sent):
        letter.taken_or_blamed()
    letter_not_held(letter, letter.answer_text, letter.sent)


@patient
def letter_not_held(letter: LetterCase, answered: str, sent: Exchange) -> None:
    """The bestillersystem does not hold that the letter was sent, which ePROM answered so."""
    if letter.case.rig.driver.has_message(letter.case.id):
        seen = f"det er registrert som sendt; ePROM svarte {answered}"
        expected = "bestillersystemet har registrert brevet som ikke sendt"
        raise letter.broken(expected, seen, source=ERRORS, party=SYSTEM, exchange=sent)


def key_is_right(letter: LetterCase, status: Exchange) -> None:
    """A status with another key may be refused by right; what the bestillersystem does with it proves nothing."""
    if status.key_matches is not True:
        raise letter.broken(
            "apiKey er bestillersystemets egen", "en annen nøkkel", where="/apiKey", source=CALLBACK, exchange=status
        )


def sent_status(letter: LetterCase, status: Exchange) -> SentStatus:
    """What a status says became of the letter.

    Raises:
        ContractBroken: it says none of what it can say.
    """
    value = status.request.member("sentStatus")
    try:
        return SentStatus.parse(value)
    except ValueError as exc:
        raise letter.broken("sentStatus er Sent eller Error", as_json(value), source=CALLBACK, exchange=status) from exc


def status_channel(letter: LetterCase, status: Exchange) -> NotificationChannel:
    """The channel that a status names.

    Raises:
        ContractBroken: it names none of the channels.
    """
    value = status.request.member("notificationChannel")
    try:
        return NotificationChannel.parse(value)
    except ValueError as exc:
        expected = "notificationChannel er en av kanalene"
        raise letter.broken(expected, as_json(value), source=CALLBACK, exchange=status) from exc


def _accepted(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.response is not None and exchange.response.member("success") is True
