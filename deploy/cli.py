"""The `hookwork` command: a thin shell over the house. Run `hookwork COMMAND --help`."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import redis
import typer
from rich.console import Console

from webhooks.errors import Mistake, RuleFilesRejected, SettingsRejected

app = typer.Typer(
    name="hookwork",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How mistakes are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hookwork {version('hookwork')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    _asked: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """awork webhooks in; schedules, bookings, time entries and tasks out.

    Example: hookwork up --once
    """


@app.command()
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
        _fail("\n".join(rejected.problems))
    except RuleFilesRejected as rejected:
        _fail("\n".join(mistake.with_caret() for mistake in rejected.mistakes))
    except (NotStarted, NoServer, Taken) as failed:
        _fail(str(failed))
    except KeyboardInterrupt:
        # Ended before everything had started, or in the middle of the sample day.
        raise typer.Exit(130) from None


@app.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(help="A rule file or a folder of them; by default HOOKWORK_RULES."),
    ] = None,
    *,
    form: Annotated[Format, typer.Option("--format", help="For people or for machines.")] = (
        Format.TEXT
    ),
) -> None:
    """Load the rules and print every mistake in them. Exits 1 when there is one.

    Example: hookwork check deploy/rules --format github
    """
    from workers.actions import VOCABULARY
    from workers.rules.load import load

    path = path or Path(os.environ.get("HOOKWORK_RULES") or "deploy/rules")
    try:
        rules = load(path, VOCABULARY)
    except RuleFilesRejected as rejected:
        _print(rejected.mistakes, form, "error")
        if form is Format.TEXT:
            count = len(rejected.mistakes)
            typer.echo(f"{count} mistake{'s' if count > 1 else ''}; nothing was loaded", err=True)
        raise typer.Exit(1) from None
    _print(rules.warnings, form, "warning")
    if form is Format.TEXT:
        number = f"{len(rules.rules)} rule{'s' if len(rules.rules) != 1 else ''}"
        typer.echo(f"{path}: {number}, no mistakes (rule set {rules.hash})")


@app.command()
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

    client = _redis()
    loaded = text(client.hget(keys.RULES, "ids")).split()
    if rule not in loaded:
        _fail(f"nothing was paused: no rule is called '{rule}'; {way_out(rule, loaded)}")
    if why := text(client.hget(keys.PAUSED, rule)):
        _fail(f"{rule} is paused already: {why}")
    client.hset(keys.PAUSED, rule, reason)
    typer.echo(f"{rule} is paused; its events wait")


@app.command()
def resume(rule: Annotated[str, typer.Argument(help="The id of the rule.")]) -> None:
    """Let a paused rule go on. Exits 1 when it was not paused.

    Example: hookwork resume plan-assigned-task
    """
    from webhooks.store import keys

    if not _redis().hdel(keys.PAUSED, rule):
        _fail(f"{rule} is not paused")
    typer.echo(f"{rule} goes on; its waiting events are tried again within a minute")


def _print(mistakes: tuple[Mistake, ...], form: Format, level: str) -> None:
    if form is Format.JSON:
        rows = [
            {
                "level": level,
                "path": mistake.path,
                "line": mistake.line,
                "column": mistake.column,
                "code": mistake.code,
                "message": mistake.message,
            }
            for mistake in mistakes
        ]
        typer.echo(json.dumps(rows, indent=2))
    for mistake in mistakes:
        if form is Format.TEXT:
            typer.echo(mistake.with_caret())
        elif form is Format.GITHUB:
            place = f"file={mistake.path},line={mistake.line},col={mistake.column}"
            typer.echo(f"::{level} {place}::{mistake.message} [{mistake.code}]")


def _redis() -> redis.Redis:
    """A client of REDIS_URL, or of a `hookwork up` that runs in this folder."""
    from deploy.local.folder import HOME
    from deploy.local.house import running_note
    from webhooks.store.connection import with_tls

    url = os.environ.get("REDIS_URL", "")
    note = running_note(HOME)
    if not url and note.exists():
        url = json.loads(note.read_text(encoding="utf-8"))["REDIS_URL"]
    if not url:
        _fail("REDIS_URL is missing, and no `hookwork up` runs in this folder")
    try:
        client = redis.Redis.from_url(
            with_tls(url, verify=os.environ.get("REDIS_TLS_VERIFY") or "required")
        )
        client.ping()
    except ValueError:
        _fail("REDIS_URL cannot be read. Example: REDIS_URL=redis://localhost:6379/0")
    except (redis.RedisError, OSError):
        # The URL has a password, and errors may quote it.
        _fail(f"Redis does not answer at {urlsplit(url).hostname or urlsplit(url).path}")
    return client


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
