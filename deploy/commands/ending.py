"""How a command ends when it cannot go on, and who gave it."""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable
from typing import NoReturn, ParamSpec

import typer

_P = ParamSpec("_P")


def caller() -> str:
    """The name of whoever gives the command, as this machine knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container whose user has no name.
        return "somebody"


def in_words(command: Callable[_P, None]) -> Callable[_P, None]:
    """The command; what Redis refuses it in the middle is said in a line, with the way out."""

    @functools.wraps(command)
    def run(*args: _P.args, **options: _P.kwargs) -> None:
        from redis.exceptions import RedisError

        try:
            command(*args, **options)
        except RedisError as error:
            from webhooks.store.trouble import trouble

            why = trouble(error)
            fail(f"Redis does not do it: {why.message}; {why.way_out}")

    return run


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why, and end. code: 1 found something wrong, 2 wrong usage."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
