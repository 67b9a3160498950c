"""How a command ends when it cannot go on, and who gave it."""

from __future__ import annotations

import getpass
from typing import NoReturn

import typer


def caller() -> str:
    """The name of whoever gives the command, as this machine knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container whose user has no name.
        return "somebody"


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why, and end. code: 1 found something wrong, 2 wrong usage."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
