"""The thread that looks at awork, in one worker at a time.

A thread of its own: awork may take long to answer, and the sweep, the clock and the watchdog must
not wait for it. A lock in Redis says whose turn it is; it runs out some minutes after a look began
or its worker died, and then the next look is due, for whoever comes first. A look that is made
twice feeds in nothing twice; the lock saves requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from webhooks.store.client import Client
from webhooks.store.reply import text
from workers.watching.asking import Ended

log = structlog.get_logger()

#: from one look to the next
INTERVAL_S = 300
#: how often each worker asks whether it is its turn; a worker that starts has other things to do
TURN_S = 20.0


class Watcher:
    """Looks, when it is this worker's turn."""

    def __init__(
        self,
        client: Client,
        worker: str,
        look: Callable[[Watcher], object],
        *,
        interval_s: int = INTERVAL_S,
        turn_s: float = TURN_S,
        is_ready: Callable[[], bool] = lambda: True,
        close: Callable[[], object] = lambda: None,
    ) -> None:
        """look: is given this watcher, for its `wait` and `alive`. is_ready: false while there are
        no rules, which say what is looked at. close: called when no look will come any more."""
        self._client = client
        self._worker = worker
        self._look = look
        self._interval_s = interval_s
        self._turn_s = turn_s
        self._after_s = 0.0
        self._is_ready = is_ready
        self._close = close
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self, after_s: float = 0.0) -> None:
        """Begin, so many seconds later than after one turn."""
        self._after_s = after_s
        self._thread.start()

    def stop(self) -> None:
        """End. A look that waits for awork ends with the process."""
        self._stop.set()
        if not self._thread.is_alive():
            self._close()

    def turn(self) -> bool:
        """Look, unless another worker does or did a moment ago. Returns whether it looked."""
        if not self._is_ready():
            return False
        if not self._client.set(
            self._client.key.watcher, self._worker, nx=True, ex=self._interval_s
        ):
            return False
        self._look(self)
        return True

    def alive(self) -> None:
        """Keep the turn: the look takes longer."""
        if text(self._client.get(self._client.key.watcher)) == self._worker:
            self._client.expire(self._client.key.watcher, self._interval_s)

    def wait(self, seconds: float) -> bool:
        """Wait in the middle of a look. Returns True when the process is to end."""
        self.alive()
        return self._stop.wait(min(seconds, self._interval_s / 2))

    def _run(self) -> None:
        if name := self._client.key.workspace:
            structlog.contextvars.bind_contextvars(workspace=name)
        try:
            if not self._stop.wait(self._after_s):
                self._look_again_and_again()
        finally:
            self._close()

    def _look_again_and_again(self) -> None:
        while not self._stop.wait(self._turn_s):
            try:
                self.turn()
            except Ended:
                # The next look, of another worker, goes on from the bookmarks.
                return
            except (RedisError, OSError) as error:
                # Redis is away; nothing is lost by waiting for it.
                log.debug("watching_waits", problem=str(error))
            except Exception:
                # The shell of this thread: the next look comes all the same.
                log.exception("unforeseen_error")
