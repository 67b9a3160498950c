"""What a worker process has for one workspace: its rules, its means, its clock, its watches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime

import structlog
from redis.exceptions import RedisError

from webhooks.errors import HookworkError, RuleFilesRejected, SettingsRejected
from webhooks.settings import Settings
from webhooks.store.client import Client
from webhooks.store.origin import Sign
from webhooks.store.problems import Problems
from webhooks.store.rounds import InForce
from webhooks.workspaces import named
from workers import connections, needs
from workers.actions import VOCABULARY
from workers.clock import Clock
from workers.drain import give_back_unsettled
from workers.rulebook import Library, RuleBook
from workers.rules.load import fingerprint
from workers.rules.model import RuleSet
from workers.safekeeping import Safekeeping
from workers.sunset import Sunset
from workers.watching import look
from workers.watching.watcher import Watcher

log = structlog.get_logger()

#: the cause told while a workspace has no rules to judge by, and how often, in seconds; sweep.lua
#: forgets what nobody tells any more
NO_RULES, _TOLD_APART_S = "rules:not-loaded", 30.0


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """worker: its name. now: aware, UTC. clock: seconds that only go forward."""
        self.settings = settings
        self.name = client.key.workspace
        self._library = library
        self._now = now
        self._seconds = clock
        self._book: RuleBook | None = None
        #: the files as they were when they could not be loaded, and at the last look
        self._tried = self._seen = ""
        #: when it was told last that there are no rules
        self._told_s = -math.inf
        #: false once it was told that there are some
        self._may_be_told = True
        #: why there are no rules; empty while there are some
        self.refusal = ""
        self.deps = connections.deps(settings, client, self.rules, stopping, now)
        self._problems = Problems(client)
        self._safekeeping = Safekeeping(client)
        self._sunset = Sunset(client, self.deps.workiva.api, now)
        self._clock = Clock(client, self.deps.turns, self.rules, now=now)
        self._watcher: Watcher | None = None
        if settings.watches:
            self._watcher = connections.watcher(settings, self.deps, worker, lambda: self.is_ready)

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
        self._tried = self._seen = fingerprint(settings.hookwork_rules)
        book = RuleBook(
            settings.hookwork_rules, VOCABULARY, unmet=self._unmet, library=self._library
        )
        rules = book.rules()
        if refusals := needs.refusals(settings, rules, self._now().date()):
            raise SettingsRejected([named(one, self.name) for one in refusals])
        self._book = book
        log.info("rules_loaded", rules=len(rules.rules), hash=rules.hash)
        with suppress(RedisError, OSError):
            # Before anything is sent. Where Redis is away, housekeeping looks as it comes back.
            self._sunset.look()

    def try_to_load(self) -> None:
        """The same where others go on without: what is wrong is told, and tried again when the
        files have changed."""
        refusal = ""
        try:
            self.load()
        except (RuleFilesRejected, SettingsRejected) as rejected:
            refusal = str(rejected)
        # Housekeeping tells it meanwhile: it changes in one step.
        self.refusal = refusal
        if refusal:
            log.error("rules_not_loaded", in_force="none", problem=refusal)

    def look_at_rules(self) -> None:
        """Load the files when they have changed and are at rest: half of a set may be one, too."""
        with self.logged():
            if self._book is not None:
                self._book.look()
                return
            now = fingerprint(self.settings.hookwork_rules)
            if now == self._seen != self._tried:
                self.try_to_load()
            self._seen = now

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

    def start(self, after_s: float = 0.0) -> None:
        """Begin to compare the inbox with awork, where that is wanted. after_s: so much later, so
        that not all workspaces of a process do at one moment."""
        if self._watcher:
            self._watcher.start(after_s)
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
            if self._may_be_told:
                self._problems.cleared(NO_RULES)
                self._may_be_told = False
            return
        now_s = self._seconds()
        if now_s - self._told_s < _TOLD_APART_S:
            return
        way_out = "put the rules right: they are loaded as soon as they can be; events wait"
        self._problems.raised(NO_RULES, self.refusal, way_out=way_out)
        self._told_s = now_s

    def _unmet(self, rules: RuleSet) -> list[str]:
        return [named(str(one), self.name) for one in needs.unmet(rules, self.settings)]

    def logged(self) -> AbstractContextManager[object]:
        """In which lines of the log say which workspace they are about."""
        if not self.name:
            return nullcontext()
        return structlog.contextvars.bound_contextvars(workspace=self.name)


def load(spaces: Sequence[Space]) -> None:
    """Load the rules of all. Where there is only one, its mistakes end the process; where there
    are several, one that is well suffices to begin.

    Raises RuleFilesRejected and SettingsRejected as Space.load does.
    """
    if len(spaces) == 1:
        with spaces[0].logged():
            spaces[0].load()
        return
    for space in spaces:
        with space.logged():
            space.try_to_load()
    if not any(space.is_ready for space in spaces):
        told = [f"workspace {space.name or 'without a name'}: {space.refusal}" for space in spaces]
        raise SettingsRejected(told)
