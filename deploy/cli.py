"""The `hookwork` command: a thin shell over the house. Run `hookwork COMMAND --help`."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Annotated

import typer

from deploy.commands import (
    backfill,
    backup,
    doctor,
    failed,
    replaying,
    rules,
    running,
    runs,
    undoing,
)
from deploy.commands.ending import in_words
from webhooks import VERSION

app = typer.Typer(
    name="hookwork",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hookwork {VERSION}")
        raise typer.Exit


@app.callback()
def main(
    *,
    workspace: Annotated[
        str,
        typer.Option(
            envvar="HOOKWORK_WORKSPACE",
            metavar="NAME",
            help="Which of HOOKWORK_WORKSPACES the command is about.",
        ),
    ] = "",
    _asked: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """awork webhooks in; schedules, bookings, time entries and tasks out.

    Example: hookwork up --once
    """
    # Where all other settings are; and what a command starts, it tells it to.
    os.environ["HOOKWORK_WORKSPACE"] = workspace


def _help(command: Callable[..., None]) -> str:
    """Its docstring without the line breaks of the source: the terminal is of another width."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)


for command in (
    running.up,
    rules.check,
    rules.test,
    rules.explain,
    rules.schema,
    runs.pause,
    runs.resume,
    failed.failed,
    replaying.replay,
    failed.drop,
    undoing.undo,
    backfill.backfill,
    backup.backup,
    doctor.doctor,
):
    app.command(help=_help(command))(in_words(command))


if __name__ == "__main__":
    app()
