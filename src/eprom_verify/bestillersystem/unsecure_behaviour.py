"""How the built-in bestillersystem sends SMS and e-mail: correctly, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
Headers = dict[str, str]


def says_sent(status: int, members: Mapping[str, Any]) -> bool:
    """Whether the answer says that the message was sent: 200, and success true, in whatever case it is written.

    Source: SendeMeldingSomSmsEpost: the parameter is `success`, and the sample code reads `data.Success`.
    """
    return status == 200 and any(name.casefold() == "success" and value is True for name, value in members.items())


@dataclass(frozen=True)
class UnsecureBehaviour:
    """The points at which sending can be made to err; the defaults are correct.

    `body` and `headers` may change a message, knowing the API key, before it goes out; `sends` is how many times each
    is sent; `says_sent` reads off the answer (status and members) whether it was sent; `trusts_silence` takes no answer
    for a message that was sent; `resends_failed` sends one once more after no answer, or an error of ePROM's own (5xx).
    """

    body: Callable[[Body, str], Body] = lambda body, key: body
    headers: Callable[[Headers, str], Headers] = lambda headers, key: headers
    sends: int = 1
    says_sent: Callable[[int, Mapping[str, Any]], bool] = says_sent
    trusts_silence: bool = False
    resends_failed: bool = False
