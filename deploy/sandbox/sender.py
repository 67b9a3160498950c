"""Sends webhooks the way awork does: post, retry, log, and pause a receiver that keeps failing.

Source: https://developers.awork.com/webhooks: 30 s for a successful answer, up to 10 retries,
paused after more than 10 failures without a success. How far apart the retries are is not
published, so the spacing is an argument.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass

import httpx

from deploy.sandbox.disorder import Disorder
from deploy.sandbox.hooks import header_of
from deploy.sandbox.refusals import Model
from deploy.sandbox.shown import without_nulls
from deploy.sandbox.stamps import stamp
from deploy.sandbox.world import World

TIMEOUT_S = 30.0
MAX_RETRIES = 10
MAX_FAILURES = 10
#: Entries kept of each webhook's log, as users count them in awork's own.
MAX_LOG = 1000

#: Seconds before the given retry, counted from 1.
Spacing = Callable[[int], float]
#: Waits the given seconds, or until sending is to end.
Wait = Callable[[float], object]


def doubling(retry: int) -> float:
    """Half a second, then twice as long each time, at most 8 s."""
    return min(0.5 * 2.0 ** (retry - 1), 8.0)


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended."""

    #: HTTP status, 0 without an answer
    status: int
    reason: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's successes


class Sender:
    """Delivers events to the webhooks of one world, several at a time and in no certain order."""

    def __init__(
        self,
        world: World,
        client: httpx.Client,
        *,
        spacing: Spacing = doubling,
        wait: Wait | None = None,
        workers: int = 4,
    ) -> None:
        self._world = world
        self._client = client
        self._spacing = spacing
        #: what goes wrong on the way; a test puts another in its place
        self.disorder = Disorder()
        self._ended = threading.Event()
        self._wait: Wait = wait or self._ended.wait
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sandbox-sender")
        self._queued: list[Future[bool]] = []
        #: failed attempts of each webhook since its last success or save
        self._failures: dict[str, int] = {}

    def listen(self) -> None:
        """From now on, send every event of the world to the webhooks that want it."""
        self._world.listeners.append(self.send)
        self._world.nested_listeners.append(self.send_nested)

    def send(self, envelope: Model) -> list[Future[bool]]:
        """Queue an event for each active webhook that listens to its type."""
        return self._send(self.disorder.outgoing(envelope), _wants)

    def send_nested(self, envelope: Model) -> list[Future[bool]]:
        """Queue an event of an entity in which only something nested has changed."""
        return self._send(self.disorder.outgoing(envelope), _wants_nested)

    def send_raw(self, raw_body: bytes, *, event: str = "") -> list[Future[bool]]:
        """Queue any body; without an event it goes to every active webhook."""
        with self._world.lock:
            wanted = [h["id"] for h in self._world.webhooks.values() if _wants(h, event)]
            return [self._queue(ident, [raw_body]) for ident in wanted if not self._ended.is_set()]

    def _send(
        self, envelopes: Sequence[Model], wants: Callable[[Model, str], bool]
    ) -> list[Future[bool]]:
        with self._world.lock:
            if self._ended.is_set():
                return []
            told = [(each["eventType"], _raw(each)) for each in envelopes]
            wanted = {
                webhook["id"]: [raw for event, raw in told if wants(webhook, event)]
                for webhook in self._world.webhooks.values()
            }
            return [self._queue(ident, bodies) for ident, bodies in wanted.items() if bodies]

    def _queue(self, webhook_id: str, raw_bodies: Sequence[bytes]) -> Future[bool]:
        queued = self._pool.submit(self._deliver_in_turn, webhook_id, raw_bodies)
        self._queued = [*(future for future in self._queued if not future.done()), queued]
        return queued

    def _deliver_in_turn(self, webhook_id: str, raw_bodies: Sequence[bytes]) -> bool:
        taken = [self.deliver(webhook_id, raw_body) for raw_body in raw_bodies]
        return all(taken)

    def settle(self, timeout_s: float = 10.0) -> None:
        """Returns when everything queued so far has been taken or given up.

        Raises TimeoutError when that takes longer.
        """
        if wait_for(list(self._queued), timeout_s).not_done:
            raise TimeoutError(f"webhooks are still being sent after {timeout_s} s")

    def deliver(self, webhook_id: str, raw_body: bytes) -> bool:
        """Try until it is taken, the retries are used up, or the webhook is paused.

        Returns whether it was taken.
        """
        for retry in range(MAX_RETRIES + 1):
            if retry:
                self._wait(self._spacing(retry))
            webhook = self._active(webhook_id)
            if webhook is None or self._ended.is_set():
                return False
            attempt = self._post(webhook, raw_body)
            self._note(webhook_id, raw_body, attempt)
            if attempt.is_success:
                return True
        return False

    def end(self) -> None:
        """Stop waiting and retrying, and return when nothing is being sent any more."""
        with self._world.lock:
            self._ended.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _active(self, webhook_id: str) -> Model | None:
        with self._world.lock:
            webhook = self._world.webhooks.get(webhook_id)
            return dict(webhook) if webhook and webhook["isActive"] else None

    def _post(self, webhook: Model, raw_body: bytes) -> Attempt:
        headers = {"content-type": "application/json", **header_of(webhook)}
        try:
            answer = self._client.post(
                webhook["uri"], content=raw_body, headers=headers, timeout=TIMEOUT_S
            )
        except httpx.HTTPError as error:
            # A failure like any other: it counts, and the delivery is tried again.
            return Attempt(0, f"{type(error).__name__}: {error}")
        return Attempt(answer.status_code, answer.reason_phrase)

    def _note(self, webhook_id: str, raw_body: bytes, attempt: Attempt) -> None:
        with self._world.lock:
            log = self._world.webhook_logs[webhook_id]
            log.append(_log_entry(webhook_id, raw_body, attempt, stamp(self._world.clock())))
            del log[:-MAX_LOG]
            webhook = self._world.webhooks.get(webhook_id)
            if webhook is not None:
                self._count(webhook, attempt)

    def _count(self, webhook: Model, attempt: Attempt) -> None:
        if attempt.is_success:
            webhook["lastFailureReason"] = None
            return
        # No reason on record means a success, or a save, since the last failure: count anew.
        is_first = webhook.get("lastFailureReason") is None
        failures = 1 if is_first else self._failures.get(webhook["id"], 0) + 1
        self._failures[webhook["id"]] = failures
        webhook["lastFailureReason"] = _told(attempt)
        if failures > MAX_FAILURES:
            webhook["isActive"] = False


def _wants(webhook: Model, event: str) -> bool:
    listened = {name.strip() for name in webhook["events"].split(",")}
    return bool(webhook["isActive"]) and (not event or event in listened)


def _wants_nested(webhook: Model, event: str) -> bool:
    return not webhook.get("onlyTriggerForMainEntityChanges") and _wants(webhook, event)


def _raw(envelope: Model) -> bytes:
    return json.dumps(without_nulls(envelope)).encode()


def _log_entry(webhook_id: str, raw_body: bytes, attempt: Attempt, now: str) -> Model:
    return {
        "webhookId": webhook_id,
        "message": raw_body.decode("utf-8", "replace"),
        "responseCode": attempt.status,
        "reason": attempt.reason,
        "isSuccessful": attempt.is_success,
        "createdOn": now,
    }


def _told(attempt: Attempt) -> str:
    return f"{attempt.status} {attempt.reason}" if attempt.status else attempt.reason
