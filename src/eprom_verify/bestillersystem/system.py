"""The built-in bestillersystem: a small, correct one, and the worked example of how to integrate."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.client import EpromClient
from eprom_verify.bestillersystem.documents import DocumentFetcher, DocumentStore
from eprom_verify.bestillersystem.endpoints import callback_app
from eprom_verify.bestillersystem.letter_client import LetterClient
from eprom_verify.bestillersystem.letter_receiver import LetterReceiver
from eprom_verify.bestillersystem.letter_store import LetterStore
from eprom_verify.bestillersystem.patients import PatientStore
from eprom_verify.bestillersystem.privacy_client import PrivacyClient
from eprom_verify.bestillersystem.privacy_receiver import PrivacyReceiver
from eprom_verify.bestillersystem.privacy_store import PrivacyStore
from eprom_verify.bestillersystem.receiver import Receiver
from eprom_verify.bestillersystem.store import OrderStore
from eprom_verify.bestillersystem.unsecure import UnsecureClient
from eprom_verify.bestillersystem.unsecure_store import MessageStore


class BuiltInSystem:
    """Clients, receivers and stores in one; `http` has the PromsApiBaseUrl as its base URL and is closed by `close`.

    `app` is what ePROM calls, an ASGI application; `on_trouble` is told why it can keep nothing, in Norwegian.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        api_key: str,
        store_path: str,
        behaviour: Behaviour = CORRECT,
        on_trouble: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._http = http
        self.store = OrderStore(store_path)
        self.patients = PatientStore(store_path)
        self.client = EpromClient(http, api_key=api_key, store=self.store, patients=self.patients, behaviour=behaviour)
        self.documents = DocumentStore(store_path)
        self.fetcher = DocumentFetcher(http, self.documents, api_key=api_key, behaviour=behaviour.documents)
        self.receiver = Receiver(self.store, self.fetcher, self.patients, api_key=api_key, behaviour=behaviour)
        self.letter_store = LetterStore(store_path)
        self.letters = LetterClient(http, api_key=api_key, store=self.letter_store, behaviour=behaviour.letters)
        self.letter_receiver = LetterReceiver(self.letter_store, api_key=api_key, behaviour=behaviour.letters)
        self.messages = MessageStore(store_path)
        self.unsecure = UnsecureClient(http, api_key=api_key, store=self.messages, behaviour=behaviour.unsecure)
        self.privacy_store = PrivacyStore(store_path)
        self.privacy = PrivacyClient(http, api_key=api_key, store=self.privacy_store, behaviour=behaviour.privacy)
        self.privacy_receiver = PrivacyReceiver(self.privacy_store, api_key=api_key, behaviour=behaviour.privacy)
        routes = [*self.receiver.routes, *self.letter_receiver.routes, *self.privacy_receiver.routes]
        self.app = callback_app(routes, on_trouble)

    def close(self) -> None:
        """Close the connections and the stores."""
        self.fetcher.close()
        self._http.close()
        self.documents.close()
        self.messages.close()
        self.store.close()
        self.letter_store.close()
        self.patients.close()
        self.privacy_store.close()
