"""The failed list: looking at it, and taking events out of it for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands import stored
from deploy.commands.choosing import Choice, OfReason, OfRule
from deploy.commands.ending import caller, fail
from deploy.commands.since import ms_since
from webhooks.store.client import Client

if TYPE_CHECKING:
    from webhooks.store.journal import Entry

_SHOWN = 50


def failed(
    event: Annotated[str, typer.Argument(help="The id of one event, to show all of it.")] = "",
    *,
    rule: OfRule = "",
    reason: OfReason = "",
    since: Annotated[
        str, typer.Option(metavar="2h|3d|TIME", help="Only those that failed since then.")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, help="How many at the most; 0 for all.")] = _SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Show what could not be done, the newest first; with an event's id, everything about it.

    An event shown by its id need not have failed. Times are in UTC.

    Example: hookwork failed --rule plan-assigned-task --since 3d
    """
    client = stored.client()
    if event:
        _show(client, event, as_json=as_json)
        return
    choice = Choice(rule, reason)
    found = _found(client, choice, since)
    shown = list(islice(found, limit or None))
    if as_json:
        _print_rows(shown)
    else:
        _print_list(shown, more=limit > 0 and next(found, None) is not None, choice=choice)


def drop(
    events: Annotated[list[str], typer.Argument(help="The ids of events in the failed list.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept with the event.", metavar="TEXT")],
) -> None:
    """Take events out of the failed list for good. Nothing is undone and nothing is tried again.

    Who did it and why stays in the event's record. It can still be replayed by its id. Exits 1
    when one of them is not in the list.

    Example: hookwork drop 0199c1d2a4f3a1b2c3d4e5 --reason "booked by hand"
    """
    from webhooks.store import drops

    if not reason.strip():
        fail('--reason is empty; say why, such as --reason "booked by hand"', 2)
    client = stored.client()
    left = []
    for event in dict.fromkeys(events):
        done = drops.drop(client, event, by=caller(), why=reason.strip())
        if done == "dropped":
            typer.echo(f"{event} is out of the failed list")
        else:
            left.append(f"{event} {_NOT_DROPPED[done]}")
    if left:
        fail("\n".join(left))


_NOT_DROPPED = {
    "unknown": "is not on record: mistyped, or older than HOOKWORK_RETENTION",
    "waiting": "is not settled: it is tried again by itself",
    "not-failed": "is not in the failed list",
}


def _found(client: Client, choice: Choice, since: str) -> Iterator[Entry]:
    from webhooks.store import records

    span = records.Span(ms_since(since, records.now_ms(client)))
    found = records.walk(client, client.key.failed, span, newest_first=True)
    return (entry for entry in found if choice.takes_failed(entry))


def _print_rows(shown: list[Entry]) -> None:
    from deploy.recorded import row

    typer.echo(json.dumps([row(entry) for entry in shown], indent=2))


def _print_list(shown: list[Entry], *, more: bool, choice: Choice) -> None:
    from deploy.recorded import listed

    if not shown:
        typer.echo(f"nothing failed{' of that kind' if choice else ''}")
        return
    for entry in shown:
        typer.echo(listed(entry))
    count = f"the newest {len(shown)}; --limit 0 shows all" if more else f"{len(shown)} failed"
    typer.echo(f"\n{count}. All about one: hookwork failed {shown[0].id}")


def _show(client: Client, event: str, *, as_json: bool) -> None:
    from deploy.recorded import as_data, whole
    from webhooks.store import records

    entry = records.entry(client, event)
    if entry is None:
        fail(f"{event} is not on record: mistyped, or older than HOOKWORK_RETENTION")
    if as_json:
        typer.echo(json.dumps(as_data(entry), indent=2))
    else:
        typer.echo("\n".join(whole(entry)))
