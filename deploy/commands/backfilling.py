"""What `hookwork backfill` does between its options and what it prints."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from deploy.commands.ending import fail
from webhooks.errors import RuleFilesRejected, TargetFailed
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.feeder import Feeder
from webhooks.store.reply import text
from webhooks.store.served import served_since_ms
from workers.actions import VOCABULARY
from workers.rules.load import load
from workers.targets.awork import Connection
from workers.targets.budget import SharedBudget
from workers.targets.circuits import Circuits
from workers.targets.directory import Directory
from workers.targets.subscriptions import gate
from workers.watching.asking import Asking
from workers.watching.backfill import Span, Step, backfill
from workers.watching.bookmarks import GRACE
from workers.watching.comparing import Compared, Comparing, Found, NoFeed
from workers.watching.families import FAMILIES, Family, asked_for, named

#: how often awork may fail to answer one question
_TRIES = 5


@dataclass
class Backfilled:
    """What came of it."""

    #: families still to be looked at, the one that was begun first
    left: list[str]
    #: kinds of objects that no rule listens to
    silent: tuple[str, ...] = ()
    parts: dict[str, Compared] = field(default_factory=dict)
    #: part -> why awork refused it
    refused: dict[str, str] = field(default_factory=dict)
    #: how far the family that was begun has been looked at
    reached: datetime | None = None
    #: why it ended too early; empty when it did not
    stopped: str = ""

    @property
    def events(self) -> list[Found]:
        """What was fed in, or would be."""
        return [one for part in self.parts.values() for one in part.fed_in]

    def add(self, step: Step) -> None:
        """Count one step."""
        self.parts[step.of] = self.parts.get(step.of, Compared()) + step.compared
        if step.refused:
            self.refused[step.of] = step.refused
        if step.of in self.left:
            self.left = self.left[self.left.index(step.of) :]
            self.reached = step.reached


@dataclass(frozen=True)
class Chosen:
    """What is looked at."""

    families: tuple[Family, ...]
    #: names of those that no rule listens to
    silent: tuple[str, ...]


def families(settings: Settings, names: Collection[str]) -> Chosen:
    """The families with these names; without any, those whose events a rule listens to."""
    if names:
        return Chosen(named(names), ())
    try:
        chosen = asked_for(load(settings.hookwork_rules, VOCABULARY))
    except RuleFilesRejected:
        fail(f"the rules in {settings.hookwork_rules} have mistakes; see `hookwork check`")
    return Chosen(chosen, tuple(one.name for one in FAMILIES if one not in chosen))


def known_since(client: Client, settings: Settings, now: datetime) -> datetime:
    """From when on it is known what was handled: since this Redis is in use, and the workspace is
    served by this name, and for as long as records are kept."""
    kept = now - timedelta(seconds=settings.retention_s)
    # Seconds, microseconds and a name, as enlist.lua writes it; none before the first worker.
    born_s = text(client.get(keys.BORN)).partition(".")[0]
    begun = datetime.fromtimestamp(int(born_s), UTC) if born_s.isdigit() else now
    return max(kept, begun, _added(client, now))


def _added(client: Client, now: datetime) -> datetime:
    """When a workspace that has a name was added; the one without is as old as the store."""
    if not client.key.workspace:
        return datetime.min.replace(tzinfo=UTC)
    since_ms = served_since_ms(client)
    return now if since_ms is None else datetime.fromtimestamp(since_ms / 1000, UTC)


def until(now: datetime) -> datetime:
    """How far is looked: what is younger may still be delivered."""
    return now - GRACE


def run(
    client: Client,
    settings: Settings,
    chosen: Chosen,
    span: tuple[datetime, datetime],
    *,
    dry_run: bool,
    tell: Callable[[Step], object],
) -> Backfilled:
    """Look, and feed in. span: since when, and now. tell: is told of each step as it is done."""
    connection = _connection(client, settings)
    asking = Asking(connection, wait=_wait, tries=_TRIES)
    into = NoFeed(client) if dry_run else Feeder(client, retention_s=settings.retention_s)
    done = Backfilled([one.name for one in chosen.families], chosen.silent)
    since, now = span
    try:
        me = asking.ask(Directory().me)
        comparing = Comparing(client, into, me, lambda: datetime.now(UTC), os.urandom)
        steps = backfill(
            asking, comparing, gate(settings), chosen.families, Span(since, until(now))
        )
        for step in steps:
            done.add(step)
            tell(step)
    except TargetFailed as failed:
        # What was fed in before is in the inbox; the rest is asked for when it is given again.
        done.stopped = str(failed)
    except KeyboardInterrupt:
        done.stopped = "stopped"
    finally:
        connection.close()
    for name, many in asking.tally.items():
        client.hincrby(client.key.counts, name, many)
    return done


def _connection(client: Client, settings: Settings) -> Connection:
    return Connection(
        settings.awork_api_url,
        settings.awork_api_token.get_secret_value(),
        connections=1,
        budget=SharedBudget(client, settings.awork_rate_per_minute),
        # The budget asks awork's circuit: what comes of a probe has to be told.
        circuits=Circuits(client),
    )


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False
