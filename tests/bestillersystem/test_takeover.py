"""What one built-in bestillersystem has registered is taken over by another: once, and only what is its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from eprom_verify.bestillersystem.letter_store import RegisteredLetterStatus
from eprom_verify.bestillersystem.store import RegisteredStatus
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.bestillersystem.takeover import take_over
from eprom_verify.contract.enumerations import (
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)
from tests.bestillersystem.conftest import KEY, ORDER_ID, Caller, status
from tests.bestillersystem.test_documents import GIVEN, PDF, digest, returned
from tests.simulator.endpoint import Answer, Endpoint

SystemOf = Callable[..., BuiltInSystem]
EpromOf = Callable[..., Endpoint]
Receive = Callable[[BuiltInSystem], Caller]

OTHER = str(uuid4())
HELSENORGE, NONE = NotificationChannel.Helsenorge, FormOrderStatusErrorCode.NoError
ORDERED = RegisteredStatus(FormOrderStatus.Ordered, HELSENORGE, NONE)


@pytest.fixture
def there(system: SystemOf) -> BuiltInSystem:
    """The one that was there meanwhile."""
    return system(store="there.sqlite")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "there.sqlite"


def test_registered_once_and_in_order(there: BuiltInSystem, path: Path, system: SystemOf, receive: Receive) -> None:
    here = system()
    receive(here).put(status())
    caller = receive(there)
    # Sent again, since nobody knows whether the first one was taken; then the answer, and what is of another run.
    caller.put(status())
    caller.put(returned(signedFormId=None))
    caller.put(status(formOrderId=OTHER))
    for _ in range(2):
        take_over(here, path, {ORDER_ID})
        assert here.store.statuses(ORDER_ID) == [
            ORDERED,
            RegisteredStatus(FormOrderStatus.Completed, HELSENORGE, NONE, {"HealthGeneral": 1}),
        ]
        assert here.store.statuses(OTHER) == []
    assert there.store.statuses(OTHER) == [ORDERED]
    # What is sent once more later changes nothing either.
    receive(here).put(returned(signedFormId=None))
    assert len(here.store.statuses(ORDER_ID)) == 2


def test_letters(there: BuiltInSystem, path: Path, system: SystemOf, receive: Receive) -> None:
    told = {"apiKey": KEY, "messageToCitizenId": ORDER_ID, "sentStatus": "Sent", "notificationChannel": 1}
    receive(there).put(told, path="/api/MessageToCitizen")
    receive(there).put(told | {"messageToCitizenId": OTHER}, path="/api/MessageToCitizen")
    here = system()
    for _ in range(2):
        take_over(here, path, {ORDER_ID})
        assert here.letter_store.statuses(ORDER_ID) == [RegisteredLetterStatus(SentStatus.Sent, HELSENORGE)]
        assert here.letter_store.statuses(OTHER) == []


def test_document_that_was_fetched(eprom: EpromOf, path: Path, system: SystemOf, receive: Receive) -> None:
    server = eprom(GIVEN)
    there, here = system(server.url, store="there.sqlite"), system(server.url)
    receive(there).put(returned())
    assert there.documents.sha256(ORDER_ID, timeout_s=10) == digest(PDF)
    take_over(here, path, {ORDER_ID})
    assert here.documents.content(ORDER_ID) == PDF
    assert here.documents.wanted() == []
    assert len(server.calls) == 1


def test_document_that_is_still_to_be_fetched(eprom: EpromOf, path: Path, system: SystemOf, receive: Receive) -> None:
    there, here = system(eprom(Answer(status=404)).url, store="there.sqlite"), system(eprom(GIVEN).url)
    receive(there).put(returned())
    take_over(here, path, {ORDER_ID})
    assert here.documents.sha256(ORDER_ID, timeout_s=10) == digest(PDF)


def test_nobody_was_there(tmp_path: Path, system: SystemOf) -> None:
    here = system()
    take_over(here, tmp_path / "ingen.sqlite", {ORDER_ID})
    assert here.store.statuses(ORDER_ID) == []
    assert not (tmp_path / "ingen.sqlite").exists()
