"""`hookwork up`: everything on this machine."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from deploy.commands.ending import fail
from webhooks.errors import RuleFilesRejected, SettingsRejected


def up(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Play the sample day, show what was made, and end.")
    ] = False,
) -> None:
    """Run everything on this machine: Redis, edge, worker, console.

    Without AWORK_API_TOKEN a sandbox stands in for awork, and a sample day is played into it.
    Ctrl-C ends all of it.

    Example: hookwork up --once
    """
    from deploy.local import up as local
    from deploy.local.folder import Taken
    from deploy.local.house import NotStarted, is_demo
    from deploy.local.redis_server import NoServer

    console = Console(highlight=False)
    try:
        if once and not is_demo(os.environ):
            typer.echo("Playing in the sandbox; AWORK_API_TOKEN is not used")
        if not once:
            local.up(os.environ, console)
        elif not local.once(os.environ, console):
            raise typer.Exit(1)
    except SettingsRejected as rejected:
        fail("\n".join(rejected.problems))
    except RuleFilesRejected as rejected:
        fail("\n".join(mistake.with_caret() for mistake in rejected.mistakes))
    except (NotStarted, NoServer, Taken) as failed:
        fail(str(failed))
    except KeyboardInterrupt:
        # Ended before everything had started, or in the middle of the sample day.
        raise typer.Exit(130) from None
