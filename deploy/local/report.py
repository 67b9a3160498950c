"""What `hookwork up` prints: where things are, and what was made."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.local.house import House
from webhooks.store.live import Live, LiveWrite
from webhooks.store.problems import Problem
from webhooks.store.undos import KIND as UNDO

_COLOURS = {"done": "green", "adopted": "green", "shadow": "cyan", "failed": "red"}


def _clean(text: str) -> str:
    """Other people's text for the terminal: no markup, and nothing that steers the terminal."""
    return escape("".join(c if c.isprintable() else " " for c in text))


def started(console: Console, house: House) -> None:
    """Where everything is."""
    awork = "sandbox" if house.sandbox else "your workspace"
    console.print(f"Console   [link={house.console}]{house.console}[/link]")
    console.print(f"Webhooks  {house.url}/webhooks/awork")
    console.print(f"awork     {house.settings.awork_api_url} ({awork})")
    if house.settings.workiva_client_id is not None:
        console.print(f"Workiva   {house.settings.workiva_api_url} ({awork})")
    console.print(f"Rules     {escape(str(house.settings.hookwork_rules))}")
    console.print(f"Data      {escape(str(house.folder.resolve()))}")
    console.print(f"Logs      {escape(str(house.logs.resolve()))}\n")


def state(house: House, problems: Iterable[Problem]) -> str:
    """How it goes, in a line."""
    return "; ".join(one.message for one in problems) or f"serving {house.url}"


def told(console: Console, event: Live | None) -> None:
    """One settled event, in a line for each write; nothing for an event without any."""
    if event is None:
        return
    for write in event.writes:
        console.print(_line(event, write))
    if event.outcome in ("failed", "gone"):
        console.print(
            f"[red]{event.outcome:8}[/red]  {_clean(event.title)}: {_clean(event.message)}\n"
            f"          [dim]hookwork failed {_clean(event.event_id)}[/dim]"
        )


def wrong(console: Console, came: Iterable[Problem], went: Iterable[Problem]) -> None:
    """What is wrong since a moment ago, with the way out, and what is not wrong any more."""
    for one in came:
        console.print(f"[red]problem[/red]   {_clean(one.message)}")
        if one.way_out:
            console.print(f"          {_clean(one.way_out)}")
    for one in went:
        console.print(f"[green]over[/green]      {_clean(one.message)}")


def _line(event: Live, write: LiveWrite) -> str:
    colour = _COLOURS.get(write.outcome, "yellow")
    # An undo names each line by the write it takes back: RUN/RULE/ACTION/ITEM.
    by = f"undo of {write.rule.split('/')[1]}" if event.kind == UNDO else f"rule {write.rule}"
    return (
        f"[{colour}]{write.outcome:8}[/{colour}]  {_clean(write.summary)}  "
        f"[dim]{_clean(event.title)}, by {_clean(by)}"
        f"{f', found by {_clean(event.via)}' if event.via else ''}[/dim]"
    )


def table(console: Console, events: Iterable[Live]) -> None:
    """Everything that was made."""
    made = Table(title="What was made", title_justify="left", box=box.SIMPLE_HEAD)
    made.add_column("made")
    made.add_column("of")
    made.add_column("by rule", no_wrap=True)
    made.add_column("outcome", no_wrap=True)
    for event in events:
        for write in event.writes:
            made.add_row(*map(_clean, (write.summary, event.title, write.rule, write.outcome)))
    console.print(made)


def summary(console: Console, events: Iterable[Live], left: list[str] | None) -> bool:
    """What failed, and what did not settle. Returns True when there is nothing of the kind.

    left: ids of events that wait still; None when not all that was sent has come.
    """
    failed = [event for event in events if event.outcome == "failed"]
    for event in failed:
        console.print(f"[red]failed[/red]  {_clean(event.title)}: {_clean(event.message)}")
    for event_id in left or ():
        console.print(f"[red]not settled[/red]  event {event_id}")
    if left is None:
        console.print("[red]not received[/red]  some deliveries of the day did not arrive")
    if left == []:
        console.print(f"Every event is settled{f'; {len(failed)} failed' if failed else ''}.")
    return left == [] and not failed
