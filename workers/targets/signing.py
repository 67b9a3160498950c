"""Where the token is kept that a target is signed in to with, and who asks for the next one.

In Redis (keys.py: token, signing), by Redis's clock, one for all workers: one of them asks, the
others go on with the token that is there for as long as it is valid. Or in this process alone. Asks
for none itself.

    |---------------- the life of a token -----------------|
    kept                              renew               ends
    |   all sign with it              |   one asks for    |  who has none waits
    |                                 |   the next one    |
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
from redis.exceptions import RedisError

from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import text

log = structlog.get_logger()

#: who asked and died blocks the others for so long; longer than a request for a token takes
_MARK_MS = 20_000
#: a token is renewed so long before it ends, or a tenth of its life where that is shorter
_EARLY_MS = 60_000


@dataclass(frozen=True)
class Signed:
    """A token that was given."""

    #: the token; never shown
    token: str = field(repr=False)
    #: from the answer on
    life_ms: int

    @property
    def early_ms(self) -> int:
        """So long before its end the next one is asked for."""
        return min(_EARLY_MS, self.life_ms // 10)


@dataclass(frozen=True)
class Turn:
    """What one who wants to sign a request finds."""

    #: valid now; empty when there is none
    token: str = field(repr=False)
    #: shows that the next one is the caller's to ask for, who must end it; empty when it is not
    mark: str = ""


class Shelf(Protocol):
    """Where the token of one grant is kept."""

    def alone(self) -> AbstractContextManager[object]:
        """Around looking and all that follows from it."""
        ...

    def look(self) -> Turn:
        """The token, and whether the next one is the caller's to ask for."""
        ...

    def keep(self, mark: str, signed: Signed) -> None:
        """Keep the one that was asked for, and end that turn."""
        ...

    def give_up(self, mark: str) -> None:
        """End a turn that brought no token: another one may ask at once."""
        ...

    def drop(self, token: str) -> None:
        """Forget a token that is not taken any more; not another one."""
        ...


class SharedShelf:
    """One for all workers. Raises what Redis raises."""

    def __init__(
        self, client: Client, grant: str, *, now_ms: Callable[[], int] | None = None
    ) -> None:
        """grant: names target and grant. now_ms: only for tests; production uses Redis's own
        clock."""
        self._client = client
        self._grant = grant
        self._now_ms = now_ms

    def alone(self) -> AbstractContextManager[object]:
        """As in Shelf. The mark in Redis does it, and nobody waits for who has it."""
        return nullcontext()

    def look(self) -> Turn:
        """As in Shelf. One round trip."""
        mark = secrets.token_hex(8)
        token, asks = self._run("sign", mark, _MARK_MS)
        return Turn(text(token), mark if asks else "")

    def keep(self, mark: str, signed: Signed) -> None:
        """As in Shelf."""
        self._run("signed", mark, signed.token, signed.life_ms, signed.early_ms)

    def give_up(self, mark: str) -> None:
        """As in Shelf. Raises nothing."""
        try:
            self._run("signed", mark, "", 0, 0)
        except (RedisError, OSError) as error:
            # Why there is no token matters more; the mark is over soon.
            log.debug("signing_not_ended", problem=str(error))

    def drop(self, token: str) -> None:
        """As in Shelf."""
        self._run("unsigned", token)

    def _run(self, name: str, *arguments: str | int) -> Any:
        now_ms = "" if self._now_ms is None else self._now_ms()
        return scripts.run(self._client, name, now_ms, self._grant, *arguments)


class LocalShelf:
    """One for this process alone: whoever finds no token waits for the thread that asks."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """now: aware."""
        self._now = now
        self._signed = Signed("", 0)
        self._ends_ms = 0.0
        self._lock = threading.Lock()

    def alone(self) -> threading.Lock:
        """As in Shelf."""
        return self._lock

    def look(self) -> Turn:
        """As in Shelf."""
        token, left_ms = self._signed.token, self._ends_ms - self._now_ms()
        if token and left_ms > self._signed.early_ms:
            return Turn(token)
        return Turn(token if left_ms > 0 else "", "here")

    def keep(self, mark: str, signed: Signed) -> None:  # noqa: ARG002  there is one turn here
        """As in Shelf."""
        self._signed, self._ends_ms = signed, self._now_ms() + signed.life_ms

    def give_up(self, mark: str) -> None:
        """As in Shelf."""

    def drop(self, token: str) -> None:
        """As in Shelf."""
        with self._lock:
            if self._signed.token == token:
                self._signed = Signed("", 0)

    def _now_ms(self) -> float:
        return self._now().timestamp() * 1000
