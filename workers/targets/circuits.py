"""Targets that answer nobody: who notices stops asking for all, and one at a time looks again.

One circuit for awork, one for Workiva; one for each host that is notified, and one for each address
there. In Redis (keys.py: circuit), by Redis's clock, shared by all threads of all workers.

                       five failures in a row, or a rejected token
                 ┌───────────────────────────────────────────────────┐
                 │                                                   v
    ┌────────────┴───┐                                       ┌──────────────┐
    │ closed         │                                       │ open         │ 1, 2, 4 ... 60 s
    │ all are sent   │                                       │ none is sent │
    └────────────────┘                                       └──┬───────────┘
                 ^            ┌─────────────────┐   its time    │       ^
                 └────────────┤ probing         │<──────────────┘       │
                   success    │ one is sent     ├───────────────────────┘
                              └─────────────────┘  failure: twice as long

    failure   silence: not sent, no answer. A bad answer: one that cannot be read, 5xx; however
              often one request gets it, it counts once. A rejected token, without five
    success   any other answer
    neither   408, 425, 429: the target is there, and says nothing of whether it works

"In a row" means without a success between them, over all workers. A success costs no call of Redis:
the leave to send says whether failures were told since the last one, and only then it is told.
One write that awork cannot take opens nothing, five different requests do. A host's circuit heeds
silence, those of its addresses heed bad answers: a broken address stops no other one of its host.
What was on its way when the circuit opened changes nothing any more, only the probe does. A probe
whose worker died is over after 20 s.

Who may not send waits (TargetAway), which is no try. An open circuit is a problem, one for each
cause, and the log says so once; paused.py has what is said. A pause that Workiva asks for, by a 429
with Retry-After, is kept by all workers, and is no problem. Sends nothing itself: the caller says
how.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from math import inf
from typing import Any

import structlog
from redis.exceptions import RedisError

from webhooks.errors import TargetAway, TargetBusy, TargetFailed
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.reply import text
from workers.targets import paused
from workers.targets.answers import TOKEN_REJECTED, TOO_MANY
from workers.targets.http import Answer

log = structlog.get_logger()

AWORK, WORKIVA = "awork", "workiva"
#: code of a sign-in that was answered with something else than a token, or than a refusal of one
NO_TOKEN = "no-token"  # noqa: S105  a word
_SERVER = 500
#: codes of answers that were none
_WORDS = frozenset({"not-sent", "no-answer", "not-json", NO_TOKEN, TOKEN_REJECTED})
#: answers that say nothing of whether the target works
_NEITHER = frozenset({408, 425, TOO_MANY})

#: leave to send one request, as the scripts name it; empty when nothing is to be told of a success
Leave = str


class Circuits:
    """The circuits of all targets."""

    def __init__(
        self,
        client: Client | None = None,
        *,
        by: str = "",
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        """client: None for a process of its own, in which all circuits stay closed. by: the host
        of this worker, as its name begins; empty where silence counts whoever meets it.
        now_ms: only for tests; production uses Redis's own clock."""
        #: what is shared with the other workers is shared by it
        self.client = client
        self._by = by
        self._now_ms = now_ms

    def may_send(self, *targets: str) -> tuple[Leave, ...]:
        """Leave to send one request, of each of these circuits. Raises TargetAway. For awork, the
        budget asks along."""
        if self.client is None:
            return ("",) * len(targets)
        word, *said = self._run(self.client, "knock", *targets)
        if word < 0:
            raise away(text(said[0]), said[1])
        return tuple(text(leave) for leave in said)

    def through(
        self,
        target: str,
        leave: Leave,
        send: Callable[[], Answer],
        *,
        asked: str = "",
        heeds: Callable[[TargetFailed], bool] | None = None,
    ) -> Answer:
        """Send, and tell what came of it. Raises what sending raises.

        asked: what is asked for, the same in all tries; empty when each counts by itself.
        heeds: which failures are this circuit's; None for all.
        """
        try:
            answer = send()
        except TargetFailed as failed:
            heeded = (heeds or is_failure)(failed)
            if heeded or "target" not in vars(failed):
                # Through two circuits: it is the one that heeds it that may be away.
                failed.target = target
            self._told(target, leave, failed, asked=asked, heeded=heeded)
            raise
        if leave:
            self._answered(target, leave, says=1)
        return answer

    def answering_for_s(self, target: str) -> float:
        """Seconds since a target that was away answers again; 0 while it is away, infinity where
        it was not for as long as an event is tried."""
        if self.client is None:
            return inf
        opened, resumed = self.client.hmget(self.client.key.circuit(target), "opened", "resumed")
        if opened or not resumed:
            return 0.0 if opened else inf
        return max(0.0, (self._clock_ms(self.client) - int(text(resumed))) / 1000)

    def _told(
        self, target: str, leave: Leave, failed: TargetFailed, *, asked: str, heeded: bool
    ) -> None:
        if heeded:
            self._failed(target, leave, failed, asked)
        elif leave:
            self._answered(target, leave, says=int(failed.status not in (0, *_NEITHER)))
        if failed.status == TOO_MANY and paused.manner(target).holds:
            self._hold(target, failed)

    def _failed(self, target: str, leave: Leave, failed: TargetFailed, asked: str) -> None:
        is_token = failed.code == TOKEN_REJECTED
        cause = f"{target}:{failed.code if is_token else 'away'}"
        message, way_out = (paused.rejected if is_token else paused.away)(target, failed)
        keep_s = paused.manner(target).keep_s
        told = (target, leave, int(is_token), cause, message, way_out, keep_s)
        once = digest(asked) if asked and is_bad_answer(failed) else ""
        by = self._by if is_silence(failed) else ""
        is_news, wait_ms = self._tell("failed", *told, once, by) or (0, -1)
        failed.probe_in_s = None if wait_ms < 0 else wait_ms / 1000
        if is_news:
            log.error("target_paused", cause=cause, problem=message, way_out=way_out)

    def _hold(self, target: str, failed: TargetFailed) -> None:
        """Nobody sends before the pause it asked for is over."""
        seconds = failed.retry_after_s if isinstance(failed, TargetBusy) else None
        if seconds:
            self._tell("hold", target, int(seconds * 1000), paused.KEEP_S)

    def _answered(self, target: str, leave: Leave, *, says: int) -> None:
        closed, cause, open_ms = self._tell("answered", target, leave, says, paused.KEEP_S) or (
            0,
            "",
            0,
        )
        if closed:
            log.info("target_resumed", cause=text(cause), paused_s=round(open_ms / 1000, 1))

    def _tell(self, name: str, *arguments: str | int) -> Any:
        try:
            return None if self.client is None else self._run(self.client, name, *arguments)
        except (RedisError, OSError) as error:
            # What came of the request is known, and matters more; the next one tells.
            log.debug("circuit_not_told", problem=str(error))
            return None

    def _run(self, client: Client, name: str, *arguments: str | int) -> Any:
        now_ms = "" if self._now_ms is None else self._now_ms()
        return scripts.run(client, name, now_ms, *arguments)

    def _clock_ms(self, client: Client) -> int:
        if self._now_ms is not None:
            return self._now_ms()
        seconds, microseconds = client.time()
        return seconds * 1000 + microseconds // 1000


def is_failure(failed: TargetFailed) -> bool:
    """True when an error says that the target does not work; not that it refuses, or is asked too
    much. What was not even sent to it, because it may not be, says nothing."""
    return failed.status >= _SERVER or failed.code in _WORDS


def is_silence(failed: TargetFailed) -> bool:
    """True for a failure without an answer: it says nothing of the request."""
    return is_failure(failed) and not failed.status


def is_bad_answer(failed: TargetFailed) -> bool:
    """True for a failure that was answered: it may be the request that cannot be taken."""
    return is_failure(failed) and failed.status > 0


def digest(said: str) -> str:
    """A short name of something that is long, or that may not be shown."""
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def away(cause: str, wait_ms: int) -> TargetAway:
    """The error of who may not send now."""
    name = paused.manner(cause.rpartition(":")[0]).name
    seconds = wait_ms / 1000
    return TargetAway(
        f"{name} is not asked now ({cause}); it is tried again in {seconds:.0f} s",
        code=cause,
        retry_after_s=seconds,
    )
