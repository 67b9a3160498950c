"""Judging events once more: one, those of a filter, or all that failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands import stored
from deploy.commands.choosing import Choice, OfReason, OfRule
from deploy.commands.ending import fail
from deploy.commands.since import ms_since
from webhooks.store.client import Client

if TYPE_CHECKING:
    from webhooks.store.journal import Entry
    from webhooks.store.replays import Replayed

#: why an event was left -> for people, of one and of many
_LEFT = {
    "unknown": "not on record: mistyped, or older than HOOKWORK_RETENTION",
    "waiting": "not settled yet: tried again without this command",
    "since": "judged after this command began: somebody else has replayed it",
    "undone": "undone: what it made was removed, and is not made again",
    "unreadable": "damaged, or written by a newer version",
    "dropped": "dropped from the failed list: replay it by its id",
}
#: by so much the clocks of edges and of Redis may differ
_SURE_MS = 5 * 60_000


def replay(
    events: Annotated[
        list[str] | None, typer.Argument(help="The ids of events, as the console has them.")
    ] = None,
    *,
    is_failed: Annotated[bool, typer.Option("--failed", help="Those in the failed list.")] = False,
    since: Annotated[
        str,
        typer.Option(
            metavar="2h|3d|TIME",
            help="All that arrived since then; with --failed, those that failed since then.",
        ),
    ] = "",
    rule: OfRule = "",
    reason: OfReason = "",
    limit: Annotated[int, typer.Option(min=0, help="How many at the most; 0 for all.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show which; nothing is replayed.")
    ] = False,
) -> None:
    """Judge settled events once more, by the rules of today. Nothing is written twice.

    What they wrote before is on record; a write that failed is tried again, and one that the rules
    of today add is made. --rule chooses events, the oldest first; each is judged by all rules.
    What an `undo` has removed is not made again. Exits 1 when an event named by its id is left.

    Example: hookwork replay --failed --rule plan-assigned-task --dry-run
    """
    is_filter = is_failed or bool(since)
    if bool(events) == is_filter:
        fail("name events, or say --failed or --since TIME; not both", 2)
    if events and (rule or reason or limit):
        fail("--rule, --reason and --limit go with --failed or --since, not with ids", 2)
    client = stored.client()
    if events:
        _replay_named(client, events, dry_run=dry_run)
    else:
        _replay_found(client, _Filter(is_failed, since, Choice(rule, reason)), limit, dry_run)


@dataclass(frozen=True)
class _Filter:
    """Which events are meant."""

    is_failed: bool
    since: str
    choice: Choice

    def found(self, client: Client, asked_ms: int) -> Iterator[Entry]:
        """The oldest first, so that the events of one entity come back in their order."""
        from webhooks.store import records

        since = ms_since(self.since, asked_ms)
        if self.is_failed:
            span = records.Span(since, asked_ms)
            found = records.walk(client, client.key.failed, span)
            yield from (one for one in found if self.choice.takes_failed(one))
            return
        span = records.Span((since or 0) - _SURE_MS, asked_ms)
        for one in records.walk(client, client.key.settled, span):
            if _arrived_since(one, since or 0) and self.choice.takes_considered(one):
                yield one


@dataclass
class _Tally:
    """What became of many events."""

    replayed: int = 0
    #: ids that are due again beside the events themselves
    turns: set[str] = field(default_factory=set)
    left: Counter[str] = field(default_factory=Counter)


def _replay_named(client: Client, events: list[str], *, dry_run: bool) -> None:
    left, way = [], _way(client, dry_run=dry_run)
    for event in dict.fromkeys(events):
        done = way(event)
        for one in done.again:
            typer.echo(f"{one} {'would be' if dry_run else 'is'} judged once more")
        if not done.again:
            left.append(f"{event} is left, {_LEFT[done.left[event]]}")
    if left:
        fail("\n".join(left))


def _replay_found(client: Client, wanted: _Filter, limit: int, dry_run: bool) -> None:
    from deploy.recorded import listed
    from webhooks.store import records

    tally = _Tally()
    way = _way(client, dry_run=dry_run)
    for entry in wanted.found(client, records.now_ms(client)):
        if limit and tally.replayed >= limit:
            break
        if entry.id in tally.turns:
            # It went along with its event.
            continue
        if entry.dropped and not wanted.is_failed:
            tally.left["dropped"] += 1
            continue
        _count(entry.id, way(entry.id), tally)
        if dry_run:
            typer.echo(listed(entry))
    _tell(tally, dry_run=dry_run)


def _way(client: Client, *, dry_run: bool) -> Callable[[str], Replayed]:
    """How one event is replayed; asked for now, so what is judged after this is left alone."""
    from webhooks.store import records
    from webhooks.store.replays import Replays

    asked_ms, replays = records.now_ms(client), Replays(client)
    if dry_run:
        return lambda event: replays.would(event, asked_ms=asked_ms)
    return lambda event: replays.replay(event, asked_ms=asked_ms)


def _count(event: str, done: Replayed, tally: _Tally) -> None:
    if event in done.again:
        tally.replayed += 1
    else:
        tally.left[done.left[event]] += 1
    tally.turns.update(one for one in done.again if one != event)


def _tell(tally: _Tally, *, dry_run: bool) -> None:
    verb = "would be" if dry_run else "is" if tally.replayed == 1 else "are"
    also = f", and {_counted(len(tally.turns), 'turn')} of theirs" if tally.turns else ""
    typer.echo(f"{_counted(tally.replayed, 'event')} {verb} judged once more{also}")
    for why, count in tally.left.most_common():
        typer.echo(f"{count} left, {_LEFT[why]}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _arrived_since(entry: Entry, since: int) -> bool:
    from webhooks.store.records import event_of
    from webhooks.store.undos import is_undo

    event = event_of(entry)
    return event is not None and event.received_ms >= since and not is_undo(event)
