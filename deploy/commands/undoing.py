"""Undoing a run: a worker removes what it created; the command asks, waits and tells."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from deploy.commands import stored
from deploy.commands.ending import caller, fail
from webhooks.store.client import Client

if TYPE_CHECKING:
    from webhooks.event import Event
    from webhooks.store.journal import Entry, Run

_WAIT_S = 60.0
#: seconds between two looks, should Redis not tell
_LOOK_S = 1.0


def undo(
    run: Annotated[str, typer.Argument(help="The id of an event, or of a turn of one.")],
    *,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the worker.")
    ] = _WAIT_S,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Remove what a run created: blocks, bookings, time entries, tasks, comments.

    What a person has changed since, time that is billed and days before HOOKWORK_CLOSED_BEFORE are
    left, each with the reason. What the run only changed stays changed, and what it removed is not
    put back. The run cannot be replayed after that; but a rule that plans or books does so again
    with its next event, so pause the rule first. Exits 1 when something is left. Said again, it
    only tells how it went.

    Example: hookwork undo 0199c1d2a4f3a1b2c3d4e5
    """
    from webhooks.store import undos

    client = stored.client()
    event = _undoable(client, run)
    if not undos.has_written(client, run):
        _nothing(client, run, as_json=as_json)
        return
    _ask(client, event)
    settled = _settled(client, undos.id_of(run), wait)
    if settled is None:
        fail(_waits(client, event))
    _tell(client, run, settled, as_json=as_json)


def _undoable(client: Client, run: str) -> Event:
    """The event, without its body; ends the command when it cannot be undone at all."""
    from webhooks.store import records
    from webhooks.store.undos import is_undo

    entry = records.entry(client, run)
    if entry is None:
        fail(f"{run} is not on record: mistyped, or older than HOOKWORK_RETENTION")
    event = records.event_of(entry)
    if event is None:
        fail(f"{run} cannot be undone: its record is damaged, or written by a newer version")
    if is_undo(event):
        fail(f"{run} is an undo itself: what it removed cannot be put back")
    if entry.state == "quarantined":
        fail(f"{run} is in quarantine: it was never run, so there is nothing to undo")
    return event


def _nothing(client: Client, run: str, *, as_json: bool) -> None:
    from webhooks.store import records

    entry = records.entry(client, run)
    if entry is not None and entry.state != "settled":
        _refuse_waiting(client, run, run)
    is_shadow = entry and entry.run and any(r.outcome == "shadow" for r in entry.run.rules)
    why = ": its rules ran in shadow mode" if is_shadow else ""
    if as_json:
        typer.echo(json.dumps({"run": run, "undo": None, "outcome": "nothing", "lines": []}))
    else:
        typer.echo(f"{run} has written nothing{why}; there is nothing to undo")


def _ask(client: Client, event: Event) -> None:
    """Have it undone, unless that was asked for before: then there is only something to tell."""
    from webhooks.store import records, undos

    asked = undos.ask(client, event, by=caller(), now_ms=records.now_ms(client))
    if asked.how == "waiting":
        _refuse_waiting(client, event.id, asked.detail)
    if asked.how == "unknown":
        fail(f"{event.id} is not on record any more")


def _refuse_waiting(client: Client, run: str, waiting: str) -> NoReturn:
    """A run that is not settled may still write."""
    from webhooks.store import records

    entry = records.entry(client, waiting)
    found = entry.run if entry else None
    why = f" ({found.reason}: {found.message})" if found and found.reason else ""
    which = "it" if waiting == run else f"its turn {waiting}"
    rule = found.rule if found and found.rule else "RULE"
    fail(
        f"{run} cannot be undone yet: {which} is not settled{why}. Wait until it is. Or keep it"
        f" from writing more with 'hookwork pause {rule}', and undo it once it has settled"
    )


def _settled(
    client: Client, ident: str, wait_s: float, clock: Callable[[], float] = time.monotonic
) -> Entry | None:
    """The undo once it is settled; None when that takes longer."""
    from webhooks.store import records

    deadline = clock() + wait_s
    news: Any = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    news.subscribe(client.key.live)
    try:
        while True:
            entry = records.entry(client, ident)
            if entry is not None and entry.state == "settled":
                return entry
            left_s = deadline - clock()
            if left_s <= 0:
                return None
            news.get_message(timeout=min(left_s, _LOOK_S))
    finally:
        news.close()


def _waits(client: Client, event: Event) -> str:
    """That it is not done yet, what it waits for, and how to go on."""
    from webhooks.store import keys, records, undos
    from webhooks.store.reply import text

    ident = undos.id_of(event.id)
    entry = records.entry(client, ident)
    first = client.zrange(client.key.lane(event.lane), 0, 0)
    ahead = text(first[0]) if first else ident
    why = ""
    if entry and entry.run:
        why = f": {entry.run.reason}: {entry.run.message}"
    elif not client.zcard(keys.WORKERS):
        why = ": no worker runs"
    elif ahead != ident:
        why = f": {ahead} of the same object comes first"
    return (
        f"{event.id} is not undone yet{why}. It goes on by itself; to see how it went, say"
        f" 'hookwork undo {event.id}' again, or look at {ident} in the console"
    )


def _tell(client: Client, run: str, settled: Entry, *, as_json: bool) -> None:
    from deploy import undone

    found = settled.run
    if found is None or found.outcome == "no-rule":
        fail(
            f"nothing was removed: a worker of an older version took {settled.id}. Once all are"
            f" new: hookwork replay {settled.id}"
        )
    if as_json:
        told = {"run": run, "undo": settled.id, "outcome": found.outcome}
        typer.echo(json.dumps({**told, "lines": undone.as_data(found)}, indent=2))
    else:
        typer.echo("\n".join(undone.told(found)) if found.rules else found.message)
        _advise(client, found)
    if found.outcome == "failed" or not undone.is_whole(found):
        fail(f"to try once more what is not removed: hookwork replay {settled.id}")


def _advise(client: Client, found: Run) -> None:
    from deploy.undone import returning

    for rule in returning(found):
        if not client.hexists(client.key.paused, rule):
            typer.echo(
                f"{rule} may make it again with its next event; to keep it from that:"
                f" hookwork pause {rule}"
            )
