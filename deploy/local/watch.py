"""Watching events as they are settled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webhooks.settings import Settings
from webhooks.store import fitness, live
from webhooks.store.client import Client
from webhooks.store.connection import sync_client
from webhooks.store.live import Live
from webhooks.store.problems import Problem, Problems
from webhooks.store.reply import text
from webhooks.store.trouble import trouble

#: seconds within which Redis answers, or does not; whoever supervises waits for no longer
_PATIENCE_S = 2.0
#: looks in a row without an answer until people are told
_SILENT_LOOKS = 3


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
    return _messages(client, subscription, stop)


class RuleNews:
    """What there is to tell of the rules in force: a new set, or one that cannot be loaded."""

    def __init__(self, settings: Settings) -> None:
        client = sync_client(settings)
        self._books = [_Book(client.of(name)) for name in ("", *settings.hookwork_workspaces)]

    def latest(self) -> str:
        """A line or more for people when something changed since the last call, else nothing."""
        return "\n".join(told for book in self._books if (told := book.latest()))


class _Book:
    """The rules of one workspace."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known = ("", "", "")
        self._known = self._read()

    def latest(self) -> str:
        now = self._read()
        if now == self._known or not any(now):
            # Nothing at all: Redis was emptied, and the worker is about to say it again.
            return ""
        before, self._known = self._known, now
        rule_set, ids, problem = now
        if problem:
            why = f"The rules as they are now cannot be loaded; those from before stay.\n{problem}"
            return _of(self._client, why)
        loaded = f"{len(ids.split())} rules in force (rule set {rule_set})"
        return _of(self._client, loaded) if before[0] else ""

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
    """What there is to tell of problems: those that are new, and those that are gone.

    Redis itself is asked how it is, too: one that takes nothing takes no problem either, and one
    that is frozen says nothing at all.
    """

    def __init__(self, settings: Settings) -> None:
        client = _impatient(sync_client(settings))
        self._clients = [client.of(name) for name in ("", *settings.hookwork_workspaces)]
        self._known: dict[str, Problem] = {}
        self._silent = 0

    @property
    def known(self) -> list[Problem]:
        """What is wrong now."""
        return list(self._known.values())

    def latest(self) -> tuple[list[Problem], list[Problem]]:
        """The problems that came, and those that went, since the last call."""
        before, self._known = self._known, self._read()
        came = [one for cause, one in self._known.items() if cause not in before]
        return came, [one for cause, one in before.items() if cause not in self._known]

    def _read(self) -> dict[str, Problem]:
        try:
            found = self._asked()
            self._silent = 0
        except (RedisError, OSError) as error:
            # One that ended is started again at once; of one that stays away people are told.
            # Whatever else changes meanwhile is told after it.
            self._silent += 1
            why = trouble(error)
            silent = _problem(why.cause, f"Redis does not answer: {why.message}", why.way_out)
            return self._known | ({why.cause: silent} if self._silent >= _SILENT_LOOKS else {})
        return found

    def _asked(self) -> dict[str, Problem]:
        # What is on record has a time and a number: it counts before what is just found.
        found = {one.cause: one for one in _unfit(self._clients[0])}
        for client in self._clients:
            for one in Problems(client).all():
                told = replace(one, message=_of(client, one.message))
                found[_of(client, one.cause)] = told
        return found


def _unfit(client: Client) -> Iterator[Problem]:
    """Why Redis takes nothing now, in its own words."""
    pipe, kinds = client.pipeline(transaction=False), client.key.kinds
    fitness.questions(pipe, kinds)
    for one in fitness.found(pipe.execute(raise_on_error=False), kinds):
        if one.weight != "risk":
            yield _problem(one.cause, one.message, one.way_out)


def _of(client: Client, told: str) -> str:
    """What is told, with the workspace it is about, where that has a name."""
    return f"{name}: {told}" if (name := client.key.workspace) else told


def _impatient(client: Client) -> Client:
    """The same, but it says soon that it gets no answer."""
    client.get_connection_kwargs()["socket_timeout"] = _PATIENCE_S
    client.set_retry(Retry(NoBackoff(), 0))
    return client


def _problem(cause: str, message: str, way_out: str) -> Problem:
    return Problem(cause=cause, message=message, way_out=way_out, since_ms=0, last_ms=0, times=1)


def _messages(client: Client, subscription: Any, stop: threading.Event) -> Iterator[Live | None]:
    """client: held as long as it is listened; one that nobody holds closes its connections, and
    what comes until they are there again is not heard."""
    while not stop.is_set():
        try:
            message = subscription.get_message(timeout=0.2)
        except (RedisError, OSError):
            # Redis is away for a moment; what happens meanwhile is in the console.
            stop.wait(1)
            message = None
        yield _read(message["data"]) if message and message["data"] else None
    subscription.close()
    client.close()


def _read(told: bytes) -> Live | None:
    try:
        return live.read(told)
    except msgspec.DecodeError:
        # A worker of another version tells it in another form; the console has it.
        return None
