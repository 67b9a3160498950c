"""Commands about rules: `check`, `test`, `explain`, `schema`. They need no Redis."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from deploy.commands.ending import fail
from deploy.commands.mistakes import Format, show
from webhooks.errors import Mistake, RuleFilesRejected

if TYPE_CHECKING:
    from workers.rules.model import RuleSet

Where = Annotated[
    Path | None, typer.Argument(help="A rule file or a folder of them; by default HOOKWORK_RULES.")
]


def check(
    path: Where = None,
    *,
    form: Annotated[Format, typer.Option("--format", help="For people or for machines.")] = (
        Format.TEXT
    ),
) -> None:
    """Load the rules and print every mistake in them. Exits 1 when there is one.

    Warnings (a rule without a test, a condition that can never hold, rules that undo each other)
    do not change the exit code.

    Example: hookwork check deploy/rules --format github
    """
    path = _path(path)
    with _mistakes_shown(form):
        rules = _loaded(path)
        warnings = sorted((*rules.warnings, *_linted(path, rules)))
    show((), warnings, form)
    if form is Format.TEXT:
        warned = f", {_count(len(warnings), 'warning')}" if warnings else ""
        number = _count(len(rules.rules), "rule")
        typer.echo(f"{path}: {number}, no mistakes{warned} (rule set {rules.hash})")


def test(
    path: Where = None,
    *,
    only: Annotated[
        str, typer.Option("-k", metavar="NAME", help="Only tests with this in name or rule.")
    ] = "",
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit report.")
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Tell what no test reached.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or for machines.")] = (
        Format.TEXT
    ),
) -> None:
    """Run the tests of the rules (files that end in .test.yaml). No network, no Redis, no clock.

    Exits 1 when one fails, and when there is none.

    Example: hookwork test deploy/rules -k review --coverage
    """
    from deploy.ruletests.run import run

    try:
        with _mistakes_shown(form):
            code = run(
                _path(path),
                out=typer.echo,
                only=only,
                junit=junit,
                coverage=coverage,
                form=form.value,
            )
    except OSError as error:
        fail(f"{junit} cannot be written: {error.strerror}")
    raise typer.Exit(code)


def explain(
    event: Annotated[Path, typer.Argument(help="A file with one event, as awork sends it.")],
    *,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="By default HOOKWORK_RULES.")
    ] = None,
    rule: Annotated[str, typer.Option("--rule", metavar="ID", help="Only this rule.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say for each rule whether the event matches, why (not), and what it would send.

    Nothing is written. With AWORK_API_TOKEN set, what the event does not carry is read from awork;
    without it such conditions stay undecided.

    Example: hookwork explain event.json --rule plan-assigned-task
    """
    from deploy.commands.explaining import explained
    from deploy.explained import as_data, print_explanation

    with _mistakes_shown(Format.TEXT):
        run = explained(event, _loaded(_path(rules)), rule, os.environ)
    if as_json:
        typer.echo(json.dumps(as_data(run), indent=2, default=str))
    else:
        print_explanation(run, Console(highlight=False))


def schema() -> None:
    """Print the JSON Schema of a rule file, for editors.

    Example: hookwork schema > rules.schema.json
    """
    from workers.actions import ACTIONS, VOCABULARY
    from workers.rules.schema import schema as schema_of

    docs = {name: action.__doc__ or "" for name, action in ACTIONS.items()}
    typer.echo(json.dumps(schema_of(VOCABULARY, docs), ensure_ascii=False, separators=(",", ":")))


@contextmanager
def _mistakes_shown(form: Format) -> Iterator[None]:
    """Print every mistake, and end: with 2 when there was nothing to read at all."""
    try:
        yield
    except RuleFilesRejected as rejected:
        show(rejected.mistakes, (), form)
        if form is Format.TEXT:
            typer.echo(f"{_count(len(rejected.mistakes), 'mistake')}; nothing was loaded", err=True)
        absent = all(mistake.code == "no-such-path" for mistake in rejected.mistakes)
        raise typer.Exit(2 if absent else 1) from None


def _loaded(path: Path) -> RuleSet:
    from workers.actions import VOCABULARY
    from workers.rules.load import load

    return load(path, VOCABULARY)


def _linted(path: Path, rules: RuleSet) -> tuple[Mistake, ...]:
    """What loads but should be looked at; tests are asked for only where there are some rules."""
    from deploy.ruletests.files import gather, test_files
    from workers.rules.lint import lint

    cases = gather(path, rules) if test_files(path) else []
    tested = frozenset(case.test.rule for case in cases if case.test.rule)
    texts = {rule.path: Path(rule.path).read_text(encoding="utf-8-sig") for rule in rules.rules}
    return lint(rules, tested, texts)


def _path(path: Path | None) -> Path:
    return path or Path(os.environ.get("HOOKWORK_RULES") or "deploy/rules")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
