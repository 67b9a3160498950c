"""One look at awork: how is our subscription, what could it not deliver, what changed unheard of?

Each of the three is done as far as awork answers; what it does not say now, the next look asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from redis.exceptions import RedisError

from webhooks.errors import TargetFailed, TargetRefused
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers.rules.model import RuleSet
from workers.targets.awork import PAGE_SIZE, Connection
from workers.targets.directory import Directory
from workers.targets.subscriptions import Gate, Subscription, Subscriptions, subscriptions
from workers.targets.subscriptions import undelivered as failed_of
from workers.watching import findings
from workers.watching.asking import Asking
from workers.watching.bookmarks import GRACE, Bookmarks
from workers.watching.changed import changed
from workers.watching.comparing import Compared, Comparing, Feed
from workers.watching.families import FAMILIES, Family, asked_for, listened_to

log = structlog.get_logger()

#: awork refuses to list what changed
REFUSED = "watch:refused"


@dataclass(frozen=True)
class Means:
    """What a look needs from outside."""

    client: Client
    #: with a share of the budget
    connection: Connection
    rules: Callable[[], RuleSet]
    gate: Gate
    into: Feed
    #: aware, UTC
    now: Callable[[], datetime]
    #: gives so many random bytes
    entropy: Callable[[int], bytes]
    #: waits so many seconds; True when the process is to end
    wait: Callable[[float], bool]
    #: called again and again: this worker is still at it
    alive: Callable[[], object]
    #: of the lists of what changed
    page_size: int = PAGE_SIZE


def look(means: Means) -> Compared:
    """Look once. Returns what was found lacking, all of it fed in.

    Raises Ended when the process is told to end, and what Redis raises; what awork cannot or will
    not say is a note in the log, or a problem.
    """
    one = _Look(means)
    try:
        return one.subscription() + one.changes()
    finally:
        one.count()


def forget(client: Client) -> None:
    """Nobody looks any more: whether what was found lasts is not known."""
    problems = Problems(client)
    for cause in (*findings.CAUSES, REFUSED):
        try:
            problems.cleared(cause)
        except (RedisError, OSError) as error:
            # Redis is away as this worker starts: the next one that starts says it.
            log.debug("not_forgotten", problem=str(error))
            return


class _Look:
    def __init__(self, means: Means) -> None:
        self._means = means
        self._asking = Asking(means.connection, wait=means.wait)
        self._problems = Problems(means.client)
        self._marks = Bookmarks(means.client)

    def subscription(self) -> Compared:
        """Say what is wrong with our subscription, and feed in what it could not deliver."""
        try:
            found = self._asking.ask(lambda awork: subscriptions(awork, self._means.gate))
        except TargetRefused as refused:
            self._tell([findings.not_allowed(str(refused))])
            return Compared()
        except TargetFailed as failed:
            self._note("subscription", failed)
            return Compared()
        self._tell(self._wrong(found))
        return sum((self._undelivered(one) for one in found.ours), Compared())

    def changes(self) -> Compared:
        """Feed in what changed without our hearing of it, of what rules listen to."""
        families = asked_for(self._means.rules())
        self._marks.forget({one.name for one in FAMILIES} - {one.name for one in families})
        try:
            compared = sum((self._changed(family) for family in families), Compared())
        except TargetRefused as refused:
            way_out = "see that the API user may read tasks and time entries, or HOOKWORK_WATCH=off"
            self._raise(REFUSED, f"awork does not say what changed: {refused}", way_out)
            return Compared()
        except TargetFailed as failed:
            self._note("changes", failed)
            return Compared()
        self._clear(REFUSED)
        return compared

    def count(self) -> None:
        """The requests of this look, for the metrics."""
        for name, many in self._asking.tally.items():
            self._means.client.hincrby(self._means.client.key.counts, name, many)

    def _wrong(self, found: Subscriptions) -> Sequence[findings.Finding]:
        kinds = listened_to(self._means.rules())
        return findings.findings(found, kinds, self._means.gate)

    def _undelivered(self, one: Subscription) -> Compared:
        now = self._means.now()
        since = self._marks.since(_log_of(one), now)
        if since is None:
            return Compared()
        try:
            failed = self._asking.ask(lambda awork: failed_of(awork, one, since))
        except TargetFailed as error:
            self._note("log", error)
            return Compared()
        due = [each.message for each in failed if each.at < now - GRACE]
        compared = self._comparing().logged(due) if due else Compared()
        self._marks.reached(_log_of(one), now - GRACE)
        return self._told("log", compared)

    def _changed(self, family: Family) -> Compared:
        now = self._means.now()
        since = self._marks.since(family.name, now)
        if since is None:
            return Compared()
        compared, comparing = Compared(), self._comparing()
        size = self._means.page_size
        for page in changed(self._asking, family, since, now - GRACE, page_size=size):
            self._means.alive()
            compared += comparing.changed(family, page.items, since=since)
            self._marks.reached(family.name, page.reached)
        return self._told(family.name, compared)

    def _comparing(self) -> Comparing:
        means = self._means
        me = self._asking.ask(Directory().me)
        return Comparing(means.client, means.into, me, means.now, means.entropy)

    def _told(self, what: str, compared: Compared) -> Compared:
        if compared.fed_in:
            log.warning(
                "events_were_missing",
                of=what,
                looked_at=compared.looked_at,
                fed_in=len(compared.fed_in),
                event_ids=[one.event_id for one in compared.fed_in[:20]],
            )
        return compared

    def _tell(self, wrong: Sequence[findings.Finding]) -> None:
        """Problems for what is wrong, and none for what is not (any more)."""
        for one in wrong:
            self._raise(one.cause, one.message, one.way_out)
        for cause in set(findings.CAUSES) - {one.cause for one in wrong}:
            self._clear(cause)

    def _raise(self, cause: str, message: str, way_out: str) -> None:
        if self._problems.raised(cause, message, way_out=way_out):
            log.error("problem_found", cause=cause, problem=message, way_out=way_out)

    def _clear(self, cause: str) -> None:
        if self._problems.cleared(cause):
            log.info("problem_gone", cause=cause)

    def _note(self, what: str, error: TargetFailed) -> None:
        # awork is away, or busy: the next look asks again, from where this one came to.
        log.info("watch_waits", of=what, problem=str(error))


def _log_of(one: Subscription) -> str:
    return f"log:{one.id}"
