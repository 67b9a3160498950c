"""What a worker process has for one workspace: its rules, its means, its clock, its watches."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog
from redis.exceptions import RedisError

from webhooks.errors import HookworkError, RuleFilesRejected, SettingsRejected
from webhooks.settings import Settings
from webhooks.store.client import Client
from webhooks.store.feeder import Feeder
from webhooks.store.inbox import Inbox
from webhooks.store.origin import Sign
from webhooks.store.problems import Problems
from webhooks.store.rounds import InForce
from webhooks.store.turns import Turns
from workers import connections, needs
from workers.actions import VOCABULARY
from workers.clock import Clock
from workers.deps import Deps
from workers.drain import give_back_unsettled
from workers.holdings import StoredHoldings
from workers.rulebook import Library, RuleBook
from workers.rules.load import fingerprint
from workers.rules.model import RuleSet
from workers.safekeeping import Safekeeping
from workers.sunset import Sunset
from workers.targets import notify
from workers.targets.circuits import Circuits
from workers.targets.directory import Directory
from workers.targets.subscriptions import gate
from workers.watching import look
from workers.watching.watcher import Watcher

log = structlog.get_logger()

#: the cause told while a workspace has no rules to judge by
NO_RULES = "rules:not-loaded"


class Space:
    """One workspace. Without rules that can be loaded its events wait, and those of no other do."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        library: Library,
        *,
        worker: str,
        stopping: Callable[[], bool],
        now: Callable[[], datetime],
    ) -> None:
        """worker: its name. now: aware, UTC."""
        self.settings = settings
        self.name = client.key.workspace
        self._library = library
        self._now = now
        self._book: RuleBook | None = None
        #: the files as they were when they could not be loaded at the start
        self._tried = ""
        #: why there are no rules; empty while there are some
        self.refusal = ""
        self.deps = _deps(settings, client, self.rules, stopping, now)
        self._problems = Problems(client)
        self._safekeeping = Safekeeping(client)
        self._sunset = Sunset(client, self.deps.workiva.api, now)
        self._clock = Clock(client, self.deps.turns, self.rules, now=now)
        self._watcher = _watcher(settings, self.deps, worker) if settings.watches else None

    def rules(self) -> RuleSet:
        """Those in force. Nobody asks before there are some."""
        if self._book is None:
            raise HookworkError(f"no rules are loaded: {self.refusal}")
        return self._book.rules()

    @property
    def is_ready(self) -> bool:
        """True once there are rules to judge by."""
        return self._book is not None

    def load(self) -> None:
        """Load the rules for the first time.

        Raises RuleFilesRejected when they cannot be, SettingsRejected when something that they
        need is not set, and when Workiva's API that is set is gone.
        """
        settings = self.settings
        self._tried = fingerprint(settings.hookwork_rules)
        unmet = partial(needs.unmet, settings=settings)
        book = RuleBook(settings.hookwork_rules, VOCABULARY, unmet=unmet, library=self._library)
        rules = book.rules()
        if refusals := needs.refusals(settings, rules, self._now().date()):
            raise SettingsRejected(refusals)
        self._book = book
        log.info("rules_loaded", rules=len(rules.rules), hash=rules.hash, **self._named())
        with suppress(RedisError, OSError):
            # Before anything is sent. Where Redis is away, housekeeping looks as it comes back.
            self._sunset.look()

    def try_to_load(self) -> None:
        """The same where others go on without: what is wrong is told, and tried again when the
        files have changed."""
        self.refusal = ""
        try:
            self.load()
        except (RuleFilesRejected, SettingsRejected) as rejected:
            self.refusal = str(rejected)
        if self.refusal:
            log.error("rules_not_loaded", in_force="none", problem=self.refusal, **self._named())

    def look_at_rules(self) -> None:
        """Load the files when they have changed."""
        if self._book is not None:
            self._book.look()
        elif fingerprint(self.settings.hookwork_rules) != self._tried:
            self.try_to_load()

    def in_force(self) -> InForce:
        """What is said of the rules with each sign of life."""
        if self._book is None:
            return InForce("", (), self.refusal)
        rules = self._book.rules()
        return InForce(rules.hash, [rule.id for rule in rules.rules], self._book.problem)

    def heed(self, sign: Sign | str) -> None:
        """What Redis said to a sign of life. What is wrong with keys, `tidy` tells."""
        if isinstance(sign, Sign):
            self._safekeeping.heed(sign)

    def tidy(self) -> None:
        """Look after the store."""
        give_back_unsettled(self.deps)
        self._safekeeping.look()
        self._sunset.look()
        self._tell()

    def look_at_clock(self) -> None:
        """Enter the times of cron rules that have come."""
        if self.is_ready:
            self._clock.look()

    def start(self) -> None:
        """Begin to compare the inbox with awork, where that is wanted."""
        if self._watcher:
            self._watcher.start()
        else:
            look.forget(self.deps.redis)

    def stop(self) -> None:
        """End."""
        if self._watcher:
            self._watcher.stop()
        self.deps.connection.close()
        self.deps.workiva.close()

    def _tell(self) -> None:
        if self._book is not None:
            self._problems.cleared(NO_RULES)
            return
        way_out = "put the rules right: they are loaded as soon as they can be; events wait"
        self._problems.raised(NO_RULES, self.refusal, way_out=way_out)

    def _named(self) -> dict[str, str]:
        return {"workspace": self.name} if self.name else {}


def _deps(
    settings: Settings,
    client: Client,
    rules: Callable[[], RuleSet],
    stopping: Callable[[], bool],
    now: Callable[[], datetime],
) -> Deps:
    """What processing needs from outside."""
    circuits = Circuits(client)
    return Deps(
        rules=rules,
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


def load(spaces: Sequence[Space]) -> None:
    """Load the rules of all. Where there is only one, its mistakes end the process; where there
    are several, one that is well suffices to begin.

    Raises RuleFilesRejected and SettingsRejected as Space.load does.
    """
    if len(spaces) == 1:
        spaces[0].load()
        return
    for space in spaces:
        space.try_to_load()
    if not any(space.is_ready for space in spaces):
        told = [f"workspace {space.name or 'without a name'}: {space.refusal}" for space in spaces]
        raise SettingsRejected(told)
