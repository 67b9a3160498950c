"""Watching events as they are settled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from redis.exceptions import RedisError

from webhooks.settings import Settings
from webhooks.store import live
from webhooks.store.connection import sync_client
from webhooks.store.live import Live
from webhooks.store.problems import Problem, Problems
from webhooks.store.reply import text


def settled(settings: Settings, stop: threading.Event) -> Iterator[Live | None]:
    """Each settled event from now on, until told to stop; None when nothing came for a while."""
    client = sync_client(settings)
    subscription: Any = client.pubsub(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        ignore_subscribe_messages=True
    )
    names = ("", *settings.hookwork_workspaces)
    subscription.subscribe(*(client.of(name).key.live for name in names))
    # Taken now, so that what happens before the first look is not missed.
    subscription.get_message(timeout=1)
    return _messages(subscription, stop)


class RuleNews:
    """What there is to tell of the rules in force: a new set, or one that cannot be loaded."""

    def __init__(self, settings: Settings) -> None:
        self._client = sync_client(settings)
        self._known = ("", "", "")
        self._known = self._read()

    def latest(self) -> str:
        """A line or more for people when something changed since the last call, else nothing."""
        now = self._read()
        if now == self._known or not any(now):
            # Nothing at all: Redis was emptied, and the worker is about to say it again.
            return ""
        before, self._known = self._known, now
        rule_set, ids, problem = now
        if problem:
            return f"The rules as they are now cannot be loaded; those from before stay.\n{problem}"
        loaded = f"{len(ids.split())} rules in force (rule set {rule_set})"
        return loaded if before[0] else ""

    def _read(self) -> tuple[str, str, str]:
        try:
            rule_set, ids, problem = self._client.hmget(
                self._client.key.rules, "hash", "ids", "problem"
            )
        except (RedisError, OSError):
            # Away for a moment: whatever changes meanwhile is told after it.
            return self._known
        return text(rule_set), text(ids), text(problem)


class ProblemNews:
    """What there is to tell of problems: those that are new, and those that are gone."""

    def __init__(self, settings: Settings) -> None:
        self._problems = Problems(sync_client(settings))
        self._known: dict[str, Problem] = {}

    def latest(self) -> tuple[list[Problem], list[Problem]]:
        """The problems that came, and those that went, since the last call."""
        before, self._known = self._known, self._read()
        came = [one for cause, one in self._known.items() if cause not in before]
        return came, [one for cause, one in before.items() if cause not in self._known]

    def _read(self) -> dict[str, Problem]:
        try:
            return {one.cause: one for one in self._problems.all()}
        except (RedisError, OSError):
            # Away for a moment: whatever changes meanwhile is told after it.
            return self._known


def _messages(subscription: Any, stop: threading.Event) -> Iterator[Live | None]:
    while not stop.is_set():
        try:
            message = subscription.get_message(timeout=0.2)
        except (RedisError, OSError):
            # Redis is away for a moment; what happens meanwhile is in the console.
            stop.wait(1)
            message = None
        yield live.read(message["data"]) if message and message["data"] else None
    subscription.close()
