"""`hookwork backup`: a copy of what the Redis of a `hookwork up` holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands.ending import fail


def backup(
    to: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print data.")] = False,
) -> None:
    """Copy the data of the `hookwork up` of this folder, which may be running, and load the copy
    once to see that it can be.

    All that was acknowledged before the command was given is in the copy.

    Example: hookwork backup /var/backups/hookwork/2026-11-22
    """
    from deploy.local.backup import NoBackup, take
    from deploy.local.folder import HOME, Taken
    from deploy.local.redis_server import NoServer

    try:
        copy = take(HOME / "redis", to)
    except (NoBackup, NoServer, Taken) as failed:
        fail(str(failed))
    if as_json:
        told = {"to": str(to), "bytes": copy.size, "settled": copy.settled, "waiting": copy.waiting}
        typer.echo(json.dumps(told))
    else:
        typer.echo(
            f"{to}: {copy.size / 2**20:.1f} MiB, {copy.settled} events settled, "
            f"{copy.waiting} waiting"
        )
