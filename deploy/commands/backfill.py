"""`hookwork backfill`: asks awork what changed, and feeds in what never arrived."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands import configured
from deploy.commands.ending import fail
from deploy.commands.since import moment

if TYPE_CHECKING:
    from deploy.commands.backfilling import Backfilled

_MOST_SHOWN = 20


class Of(StrEnum):
    """What is looked at."""

    TASKS = "tasks"
    TIMEENTRIES = "timeentries"


def backfill(
    *,
    since: Annotated[
        str, typer.Option(help="How far back: 90m, 2h, 3d, or a moment: 2026-11-20T14:00Z.")
    ],
    of: Annotated[
        list[Of] | None, typer.Option(help="Only these; by default what rules listen to.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be fed in.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even further back than hookwork's records go.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print data.")] = False,
) -> None:
    """Ask awork what changed, and feed in what never arrived.

    First failed deliveries from awork's log, then tasks and time entries that changed without an
    event. Safe to stop and to give again: nothing is fed in twice. Deleted objects and private
    tasks cannot be found this way. Exits 1 when awork did not say everything.

    Example: hookwork backfill --since 2h --dry-run
    """
    from deploy.commands import backfilling

    now = datetime.now(UTC)
    begin = moment(since, now)
    until = backfilling.until(now)
    _refuse_too_new(begin, until, now)
    settings = configured.settings()
    client = configured.client(settings)
    if not (anyway or dry_run):
        _refuse_unrecorded(begin, backfilling.known_since(client, settings, now))
    done = backfilling.run(
        client,
        settings,
        backfilling.families(settings, tuple(of or ())),
        (begin, now),
        dry_run=dry_run,
        tell=lambda step: typer.echo(f"{step.of}: up to {told(step.reached)}", err=True),
    )
    if as_json:
        typer.echo(json.dumps(_data(done, begin, dry_run=dry_run), indent=2))
    else:
        _print(done, dry_run=dry_run)
        typer.echo(f"What changed after {told(until)} may still be delivered: not looked at.")
    if done.stopped:
        fail(_way_on(done))
    if done.refused:
        raise typer.Exit(1)


def _refuse_too_new(begin: datetime, until: datetime, now: datetime) -> None:
    if begin >= until:
        fail(
            f"what changed after {told(until)} may still be delivered: a --since of {told(begin)}"
            f" can be looked at from {told(begin + (now - until))} on",
            2,
        )


def _refuse_unrecorded(begin: datetime, known: datetime) -> None:
    if begin < known:
        fail(
            f"hookwork's records here begin at {told(known)}: what changed before may have been"
            " handled, and would be done once more. Look with --dry-run, then give --anyway, or"
            f" --since {told(known)}",
            2,
        )


def told(at: datetime) -> str:
    """A moment as `--since` takes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _print(done: Backfilled, *, dry_run: bool) -> None:
    verb = "would feed in" if dry_run else "fed in"
    for name, part in done.parts.items():
        if why := done.refused.get(name):
            typer.echo(f"{name}: not looked at; {why}")
            continue
        ours = f", {part.ours:,} of them our own changes" if part.ours else ""
        unread = f", {part.unreadable:,} that cannot be read" if part.unreadable else ""
        typer.echo(
            f"{name}: looked at {part.looked_at:,}, had {part.had + part.ours:,}{ours}{unread},"
            f" {verb} {len(part.fed_in):,}"
        )
    events = done.events
    for one in events[:_MOST_SHOWN]:
        typer.echo(f"  {one.kind}  {_plain(one.title) or one.entity_id}, {one.timestamp}")
    if len(events) > _MOST_SHOWN:
        typer.echo(f"  and {len(events) - _MOST_SHOWN:,} more; --json lists all")
    if events and not dry_run:
        typer.echo("The workers have them now; the console says of each that it was found later.")
    if done.silent:
        names = ", ".join(done.silent)
        typer.echo(f"No rule listens to {names}: not looked at; --of looks all the same.")


def _plain(text: str) -> str:
    """Other people's text for the terminal: nothing that steers it."""
    return "".join(c if c.isprintable() else " " for c in text)


def _data(done: Backfilled, begin: datetime, *, dry_run: bool) -> dict[str, Any]:
    return {
        "since": told(begin),
        "dry_run": dry_run,
        "parts": [
            {
                "of": name,
                "looked_at": part.looked_at,
                "had": part.had,
                "ours": part.ours,
                "unreadable": part.unreadable,
                "fed_in": len(part.fed_in),
                "refused": done.refused.get(name, ""),
            }
            for name, part in done.parts.items()
        ],
        "events": _rows(done),
        "stopped": done.stopped,
    }


def _rows(done: Backfilled) -> Sequence[dict[str, str]]:
    return [
        {
            "event_id": one.event_id,
            "kind": one.kind,
            "entity_id": one.entity_id,
            "title": one.title,
            "timestamp": one.timestamp,
        }
        for one in done.events
    ]


def _way_on(done: Backfilled) -> str:
    if done.reached is None:
        return f"{done.stopped}; give the same command again"
    place = f"--since {told(done.reached)}{''.join(f' --of {name}' for name in done.left[:1])}"
    rest = "".join(f" --of {name}" for name in done.left[1:])
    again = f", then the same command with{rest}" if rest else ""
    return f"{done.stopped}; go on with: hookwork backfill {place}{again}"
