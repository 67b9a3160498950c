"""Commands about what has been going on: `pause`, `resume`, `replay`."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands import stored
from deploy.commands.ending import fail


def pause(
    rule: Annotated[str, typer.Argument(help="The id of the rule.")],
    reason: Annotated[str, typer.Option(help="Why; shown wherever the rule is.")] = "by hand",
) -> None:
    """Stop a rule from writing. Its events wait, and go on when it is resumed.

    Example: hookwork pause plan-assigned-task --reason "wrong hours"
    """
    from webhooks.store import keys
    from webhooks.store.reply import text
    from workers.rules.findings import way_out

    client = stored.client()
    loaded = text(client.hget(keys.RULES, "ids")).split()
    if rule not in loaded:
        fail(f"nothing was paused: no rule is called '{rule}'; {way_out(rule, loaded)}")
    if why := text(client.hget(keys.PAUSED, rule)):
        fail(f"{rule} is paused already: {why}")
    client.hset(keys.PAUSED, rule, reason)
    typer.echo(f"{rule} is paused; its events wait")


def resume(rule: Annotated[str, typer.Argument(help="The id of the rule.")]) -> None:
    """Let a paused rule go on. Exits 1 when it was not paused.

    Example: hookwork resume plan-assigned-task
    """
    from webhooks.store import keys

    if not stored.client().hdel(keys.PAUSED, rule):
        fail(f"{rule} is not paused")
    typer.echo(f"{rule} goes on; its waiting events are tried again within a minute")


def replay(
    events: Annotated[
        list[str], typer.Argument(help="The ids of events, as the console has them.")
    ],
) -> None:
    """Judge settled events once more, by the rules of today. Nothing is written twice.

    What they wrote before is on record; a write that the rules of today add is made. Exits 1 when
    one of them is unknown or not settled yet.

    Example: hookwork replay 0199c1d2a4f3a1b2c3d4e5
    """
    from webhooks.store.turns import Turns

    turns = Turns(stored.client())
    left = []
    for event in events:
        again = turns.replay(event)
        left += [] if again else [event]
        for one in again:
            typer.echo(f"{one} is judged once more")
    if left:
        fail(f"not settled, or not on record: {', '.join(left)}")
