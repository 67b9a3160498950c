"""A worker process: its parts, put together once, and tied to Celery's start and end."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import redis
import structlog
from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutdown, worker_shutting_down
from redis.exceptions import RedisError

from webhooks.errors import SettingsRejected
from webhooks.settings import Settings
from webhooks.store import fitness
from webhooks.store.connection import sync_client
from webhooks.store.feeder import Feeder
from webhooks.store.inbox import Inbox
from webhooks.store.turns import Turns
from workers import bell, connections, needs
from workers.actions import VOCABULARY
from workers.clock import Clock
from workers.deps import Deps
from workers.drain import Pace, drain, give_back_unsettled
from workers.holdings import StoredHoldings
from workers.housekeeping import Activity, Housekeeper
from workers.rulebook import RuleBook, Watch
from workers.safekeeping import Safekeeping
from workers.sunset import Sunset
from workers.targets import notify
from workers.targets.circuits import Circuits
from workers.targets.directory import Directory
from workers.targets.subscriptions import gate
from workers.watching import look
from workers.watching.watcher import Watcher

log = structlog.get_logger()

#: platforms kill 30 s after they have asked
LONGEST_END_S = 24.0


class Runtime:
    """What one worker process has."""

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """now: aware, UTC.

        Raises RuleFilesRejected when the rules cannot be loaded, SettingsRejected when something
        that they need is not set, when Workiva's API that is set is gone, and when Redis is not
        fit to keep what is acknowledged.
        """
        self._stopping = threading.Event()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        unmet = partial(needs.unmet, settings=settings)
        book = RuleBook(settings.hookwork_rules, VOCABULARY, unmet=unmet)
        if refusals := needs.refusals(settings, book.rules(), now().date()):
            raise SettingsRejected(refusals)
        client = sync_client(settings)
        _refuse_unfit(client)
        self._deps = _deps(settings, client, book, self._stopping.is_set, now)
        self._pace = Pace(slots=settings.worker_concurrency)
        self._activity = Activity(settings.worker_concurrency)
        self._bell = ""
        self._book = book
        self._watch = Watch(book.look)
        self._safekeeping = Safekeeping(client)
        self._sunset = Sunset(client, self._deps.workiva.api, now)
        self._housekeeper = Housekeeper(
            self._deps.inbox,
            self._name,
            enlist=self._enlist,
            work=self._help,
            tidy=self._tidy,
            clock=Clock(client, self._deps.turns, book.rules, now=now).look,
            activity=self._activity,
        )
        self._watcher = _watcher(settings, self._deps, self._name) if settings.watches else None
        rules = book.rules()
        log.info("rules_loaded", rules=len(rules.rules), hash=rules.hash)
        with suppress(RedisError, OSError):
            # Before anything is sent. Where Redis is away, housekeeping looks as it comes back.
            self._sunset.look()

    def attach(self, app: Celery) -> None:
        """Tie this process's work to Celery's start and end."""
        self._bell = bell.template(app)
        setup_logging.connect(_leave_logging_alone)
        worker_ready.connect(self._start, weak=False)
        worker_shutting_down.connect(self._shut_down, weak=False)
        worker_shutdown.connect(self._end, weak=False)

    def drain(self) -> None:
        """The work of one bell."""
        self._activity.began()
        try:
            drain(self._deps, self._pace)
        finally:
            self._activity.ended()

    def _help(self) -> None:
        """The work of a bell that nobody heard."""
        try:
            drain(self._deps, self._pace)
        except (RedisError, OSError) as error:
            # What it had claimed is due again when the lease ends.
            log.warning("storage_unavailable", problem=str(error))

    def _enlist(self) -> None:
        rules = self._book.rules()
        sign = self._deps.inbox.enlist(
            self._name,
            bell=self._bell,
            rules_hash=rules.hash,
            rules=[rule.id for rule in rules.rules],
            problem=self._book.problem,
        )
        self._safekeeping.heed(sign)

    def _tidy(self) -> None:
        give_back_unsettled(self._deps)
        self._safekeeping.look()
        self._sunset.look()

    def _start(self, **_: object) -> None:
        self._housekeeper.start()
        self._watch.start()
        if self._watcher:
            self._watcher.start()
        else:
            look.forget(self._deps.redis)
        log.info("worker_ready", worker=self._name, slots=self._pace.slots)

    def _shut_down(self, **_: object) -> None:
        """Told to end: finish what is being written, give back the rest. Within 25 s, whatever
        Redis or awork do: what is cut off then is on record, and its lease ends."""
        self._stopping.set()
        timer = threading.Timer(LONGEST_END_S, os._exit, args=(0,))
        timer.daemon = True
        timer.start()
        log.info("worker_stopping", worker=self._name)

    def _end(self, **_: object) -> None:
        self._watch.stop()
        if self._watcher:
            self._watcher.stop()
        self._housekeeper.stop()
        self._deps.connection.close()
        self._deps.workiva.close()


def _deps(
    settings: Settings,
    client: redis.Redis,
    book: RuleBook,
    stopping: Callable[[], bool],
    now: Callable[[], datetime],
) -> Deps:
    """What processing needs from outside."""
    circuits = Circuits(client)
    return Deps(
        rules=book.rules,
        redis=client,
        inbox=Inbox(client, retention_s=settings.retention_s),
        turns=Turns(client),
        connection=connections.awork(settings, client, circuits),
        directory=Directory(),
        holdings=StoredHoldings(client, retention_s=settings.retention_s),
        targets={notify.NAME: connections.notifier(settings, circuits, now=now)},
        workiva=connections.workiva(settings, circuits, now=now),
        retention_s=settings.retention_s,
        now=now,
        jitter=lambda longest_s: random.uniform(0, longest_s),  # noqa: S311  not a secret
        stopping=stopping,
        open_from=settings.closed_before,
    )


def _watcher(settings: Settings, deps: Deps, worker: str) -> Watcher:
    connection = connections.watching(settings, deps)

    def looked(watcher: Watcher) -> None:
        means = look.Means(
            client=deps.redis,
            connection=connection,
            rules=deps.rules,
            gate=gate(settings),
            into=Feeder(deps.redis, retention_s=deps.retention_s),
            now=deps.now,
            entropy=os.urandom,
            wait=watcher.wait,
            alive=watcher.alive,
        )
        look.look(means)

    return Watcher(deps.redis, worker, looked)


def _refuse_unfit(client: redis.Redis) -> None:
    pipe = client.pipeline(transaction=False)
    fitness.questions(pipe)
    try:
        found = fitness.found(pipe.execute(raise_on_error=False))
    except (RedisError, OSError) as error:
        # Away for now; Celery and the housekeeping wait for it.
        log.warning("redis_unreachable", problem=str(error))
        return
    if unfit := [one for one in found if one.weight == "unfit"]:
        raise SettingsRejected([f"REDIS_URL: {one}" for one in unfit])
    for one in found:
        log.warning("redis_at_risk", cause=one.cause, problem=one.message, way_out=one.way_out)


def _leave_logging_alone(**_: object) -> None:
    """Ours is configured already; Celery configures its own only when nobody listens here."""
