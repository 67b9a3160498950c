"""A worker process: its parts, put together once, and tied to Celery's start and end."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import structlog
from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutdown, worker_shutting_down
from redis.exceptions import RedisError, ResponseError

from webhooks.errors import SettingsRejected
from webhooks.settings import Settings
from webhooks.store import fitness
from webhooks.store.client import Client
from webhooks.store.connection import sync_client
from webhooks.store.rounds import Rounds
from webhooks.store.trouble import UNTRUSTED, trouble
from workers import bell
from workers import space as spaces
from workers.actions import VOCABULARY
from workers.drain import Pace, drain
from workers.housekeeping import Activity, Housekeeper
from workers.rulebook import Library, Watch
from workers.seats import Seats
from workers.shift import Shift
from workers.signs import Signs
from workers.space import Space
from workers.unserved import Unserved
from workers.watching.watcher import TURN_S

log = structlog.get_logger()

#: platforms kill 30 s after they have asked
LONGEST_END_S = 24.0


class Runtime:
    """What one worker process has."""

    def __init__(
        self,
        workspaces: Mapping[str, Settings],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """workspaces: the settings of each, by its name. now: aware, UTC.

        Raises RuleFilesRejected when the rules cannot be loaded, SettingsRejected when something
        that they need is not set, when Workiva's API that is set is gone, and when Redis is not
        fit to keep what is acknowledged.
        """
        # Of all workspaces the same, like whatever is not of one alone.
        settings = next(iter(workspaces.values()))
        client = sync_client(settings)
        self._stopping = threading.Event()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        library = Library(VOCABULARY)
        self._spaces = [
            Space(
                own,
                client.of(name),
                library,
                worker=self._name,
                stopping=self._stopping.is_set,
                now=now,
            )
            for name, own in workspaces.items()
        ]
        spaces.load(self._spaces)
        _refuse_unfit(client)
        self._signs = Signs(settings.hookwork_alive)
        self._rounds = Rounds([space.deps.inbox for space in self._spaces])
        slots = settings.worker_concurrency
        self._shift = Shift(
            [space.deps for space in self._spaces],
            self._rounds,
            Seats(len(self._spaces), slots),
            lambda place: self._spaces[place].is_ready,
        )
        self._pace = Pace(slots=slots)
        self._activity = Activity(slots)
        self._bell = ""
        # Told where somebody looks first: in the console that stands at `/`.
        self._unserved = Unserved(self._spaces[0].deps.redis, tuple(workspaces))
        self._watch = Watch([space.look_at_rules for space in self._spaces])
        self._housekeeper = Housekeeper(
            self._rounds,
            self._name,
            enlist=self._enlist,
            work=self._help,
            tidy=self._tidy,
            clock=lambda: self._each(Space.look_at_clock),
            activity=self._activity,
        )

    def attach(self, app: Celery) -> None:
        """Tie this process's work to Celery's start and end."""
        # Before Celery: also while it looks for Redis, the process lives.
        self._signs.start()
        self._bell = bell.template(app)
        setup_logging.connect(_leave_logging_alone)
        worker_ready.connect(self._start, weak=False)
        worker_shutting_down.connect(self._shut_down, weak=False)
        worker_shutdown.connect(self._end, weak=False)

    def drain(self) -> None:
        """The work of one bell."""
        self._activity.began()
        try:
            drain(self._shift, self._pace)
        finally:
            self._activity.ended()

    def _help(self) -> None:
        """The work of a bell that nobody heard."""
        try:
            drain(self._shift, self._pace)
        except (RedisError, OSError) as error:
            # What it had claimed is due again when the lease ends.
            log.warning("storage_unavailable", problem=str(error))

    def _enlist(self) -> None:
        self._signs.turns()
        rules = [space.in_force() for space in self._spaces]
        signs = self._rounds.enlist(self._name, bell=self._bell, rules=rules)
        self._signs.answered()
        of_each = dict(zip(self._spaces, signs, strict=True))
        self._each(lambda space: space.heed(of_each[space]))

    def _tidy(self) -> None:
        try:
            self._each(Space.tidy)
        finally:
            self._unserved.look()

    def _each(self, step: Callable[[Space], None]) -> None:
        """Do this for every workspace, whatever Redis refuses to one of them. Raises the first
        refusal when all were tried."""
        refusals = []
        for space in self._spaces:
            try:
                with space.logged():
                    step(space)
            except ResponseError as refusal:
                refusals.append(refusal)
            except (RedisError, OSError):
                # Redis is away: for all of them.
                raise
            except Exception:
                # The shell of one workspace: whatever somebody has put there, the others go on.
                log.exception("unforeseen_error", workspace=space.name)
        if refusals:
            raise refusals[0]

    def _start(self, **_: object) -> None:
        self._housekeeper.start()
        self._watch.start()
        for place, space in enumerate(self._spaces):
            space.start(TURN_S * place / len(self._spaces))
        log.info(
            "worker_ready",
            worker=self._name,
            slots=self._pace.slots,
            workspaces=len(self._spaces),
        )

    def _shut_down(self, **_: object) -> None:
        """Told to end: finish what is being written, give back the rest. Within 25 s, whatever
        Redis or awork do: what is cut off then is on record, and its lease ends."""
        self._stopping.set()
        timer = threading.Timer(LONGEST_END_S, os._exit, args=(0,))
        timer.daemon = True
        timer.start()
        log.info("worker_stopping", worker=self._name)

    def _end(self, **_: object) -> None:
        self._signs.stop()
        self._watch.stop()
        self._housekeeper.stop()
        for space in self._spaces:
            space.stop()


def _refuse_unfit(client: Client) -> None:
    pipe = client.pipeline(transaction=False)
    fitness.questions(pipe, client.key.kinds)
    try:
        found = fitness.found(pipe.execute(raise_on_error=False), client.key.kinds)
    except (RedisError, OSError) as error:
        why = trouble(error)
        if why.cause == UNTRUSTED:
            raise SettingsRejected([f"REDIS_URL: {why.message}; {why.way_out}"]) from error
        # Away for now; Celery and the housekeeping wait for it.
        log.warning("redis_unreachable", problem=why.message, way_out=why.way_out)
        return
    if unfit := [one for one in found if one.weight == "unfit"]:
        raise SettingsRejected([f"REDIS_URL: {one}" for one in unfit])
    for one in found:
        log.warning("redis_at_risk", cause=one.cause, problem=one.message, way_out=one.way_out)


def _leave_logging_alone(**_: object) -> None:
    """Ours is configured already; Celery configures its own only when nobody listens here."""
