"""How a command ends when it cannot go on."""

from __future__ import annotations

from typing import NoReturn

import typer


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why, and end. code: 1 found something wrong, 2 wrong usage."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
