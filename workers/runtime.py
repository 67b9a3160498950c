"""A worker process: its parts, put together once, and tied to Celery's start and end."""

from __future__ import annotations

import os
import random
import socket
import threading
from datetime import UTC, datetime

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
from workers import bell
from workers.actions import VOCABULARY
from workers.clock import Clock
from workers.deps import Deps
from workers.drain import Pace, drain, give_back_unsettled
from workers.holdings import StoredHoldings
from workers.housekeeping import Activity, Housekeeper
from workers.rulebook import RuleBook, Watch
from workers.safekeeping import Safekeeping
from workers.targets import notify
from workers.targets.addresses import Guarded
from workers.targets.awork import Connection
from workers.targets.budget import SharedBudget
from workers.targets.cache import Cache
from workers.targets.circuits import Circuits
from workers.targets.directory import Directory
from workers.targets.share import Share
from workers.targets.subscriptions import gate
from workers.watching import look
from workers.watching.watcher import Watcher

log = structlog.get_logger()

#: The housekeeper's thread that works off what no bell was heard for sends requests beside those
#: of all slots. What watches awork has connections of its own.
_HELPERS = 1
#: platforms kill 30 s after they have asked
LONGEST_END_S = 24.0


class Runtime:
    """What one worker process has."""

    def __init__(self, settings: Settings) -> None:
        """Raises RuleFilesRejected when the rules cannot be loaded, SettingsRejected when Redis
        is not fit to keep what is acknowledged."""
        self._stopping = threading.Event()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        slots = settings.worker_concurrency
        book = RuleBook(settings.hookwork_rules, VOCABULARY)
        client = sync_client(settings)
        _refuse_unfit(client)
        inbox = Inbox(client, retention_s=settings.retention_s)
        turns = Turns(client)
        token, circuits = settings.awork_api_token.get_secret_value(), Circuits(client)
        self._deps = Deps(
            rules=book.rules,
            redis=client,
            inbox=inbox,
            turns=turns,
            connection=Connection(
                settings.awork_api_url,
                token,
                connections=slots + _HELPERS,
                budget=SharedBudget(client, settings.awork_rate_per_minute),
                cache=Cache(client),
                circuits=circuits,
            ),
            directory=Directory(),
            holdings=StoredHoldings(client, retention_s=settings.retention_s),
            targets={notify.NAME: _notifier(settings, circuits)},
            retention_s=settings.retention_s,
            now=_now,
            jitter=lambda longest_s: random.uniform(0, longest_s),  # noqa: S311  not a secret
            stopping=self._stopping.is_set,
            open_from=settings.closed_before,
        )
        self._pace = Pace(slots=slots)
        self._activity = Activity(slots)
        self._bell = ""
        self._book = book
        self._watch = Watch(book.look)
        self._safekeeping = Safekeeping(client)
        self._housekeeper = Housekeeper(
            inbox,
            self._name,
            enlist=self._enlist,
            work=self._help,
            tidy=self._tidy,
            clock=Clock(client, turns, book.rules, now=_now).look,
            activity=self._activity,
        )
        self._watcher = _watcher(settings, self._deps, self._name) if settings.watches else None
        rules = book.rules()
        log.info("rules_loaded", rules=len(rules.rules), hash=rules.hash)

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


def _notifier(settings: Settings, circuits: Circuits) -> notify.Notifier:
    threads = settings.worker_concurrency + _HELPERS
    guarded = Guarded(settings.hookwork_notify_allow, connections=threads)
    return notify.Notifier(guarded, settings.notify_secrets, now=_now, circuits=circuits)


def _watching(settings: Settings, deps: Deps) -> Connection:
    """Watching has connections of its own, and a share of the budget."""
    return Connection(
        settings.awork_api_url,
        settings.awork_api_token.get_secret_value(),
        connections=1,
        budget=Share(deps.connection.budget, deps.redis, settings.awork_rate_per_minute),
        cache=deps.connection.cache,
        # The budget asks awork's circuit: what comes of a probe has to be told.
        circuits=deps.connection.circuits,
    )


def _watcher(settings: Settings, deps: Deps, worker: str) -> Watcher:
    connection = _watching(settings, deps)

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


def _now() -> datetime:
    return datetime.now(UTC)


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
