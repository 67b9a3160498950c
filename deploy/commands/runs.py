"""Commands that stop a rule and let it go on: `pause`, `resume`."""

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
    from webhooks.store.reply import text
    from workers.rules.findings import way_out

    client = stored.client()
    loaded = text(client.hget(client.key.rules, "ids")).split()
    if rule not in loaded:
        fail(f"nothing was paused: no rule is called '{rule}'; {way_out(rule, loaded)}")
    if why := text(client.hget(client.key.paused, rule)):
        fail(f"{rule} is paused already: {why}")
    client.hset(client.key.paused, rule, reason)
    typer.echo(f"{rule} is paused; its events wait")


def resume(rule: Annotated[str, typer.Argument(help="The id of the rule.")]) -> None:
    """Let a paused rule go on. Exits 1 when it was not paused.

    Example: hookwork resume plan-assigned-task
    """
    from webhooks.store.problems import Problems
    from webhooks.store.reply import texts
    from workers.circles import over

    client = stored.client()
    if not client.hdel(client.key.paused, rule):
        fail(f"{rule} is not paused")
    problems = Problems(client)
    causes = [problem.cause for problem in problems.all()]
    for cause in over(rule, causes, texts(client.hgetall(client.key.paused)).keys()):
        problems.cleared(cause)
    typer.echo(f"{rule} goes on; its waiting events are tried again within a minute")
