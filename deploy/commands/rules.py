"""Commands about rules: `check`, `test`, `explain`, `schema`. They need no Redis."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from deploy.commands.ending import fail
from deploy.commands.mistakes import Format, show
from webhooks import workspaces
from webhooks.errors import Mistake, RuleFilesRejected, SettingsRejected

if TYPE_CHECKING:
    from workers.rules.model import Mode, RuleSet

Where = Annotated[
    Path | None, typer.Argument(help="A rule file or a folder of them; by default HOOKWORK_RULES.")
]


def check(
    path: Where = None,
    *,
    form: Annotated[Format, typer.Option("--format", help="For people or for machines.")] = (
        Format.TEXT
    ),
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too.")] = False,
) -> None:
    """Load the rules and print every mistake in them. Exits 1 when there is one.

    Warnings (a rule without a test, a condition that can never hold, rules that undo each other)
    change the exit code only with --strict.

    Example: hookwork check deploy/rules --strict --format github
    """
    # All of them, whatever is wrong with one.
    codes = [_checked(one, form, strict=strict) for one in ([path] if path else _paths())]
    if any(codes):
        raise typer.Exit(max(codes))


def _checked(path: Path, form: Format, *, strict: bool) -> int:
    """Check the rules of one file or folder. Returns the exit code."""
    from deploy.ruletests.files import is_test_file

    if is_test_file(path):
        fail(f"{path} is a file with tests of rules; run it with 'hookwork test {path}'", 2)
    try:
        with _mistakes_shown(form):
            rules = _loaded(path)
            warnings = sorted((*rules.warnings, *_linted(path, rules)))
    except typer.Exit as ended:
        return ended.exit_code
    show((), warnings, form)
    if form is Format.TEXT:
        warned = f", {_count(len(warnings), 'warning')}" if warnings else ""
        number = f"{_count(len(rules.rules), 'rule')} ({_modes(rules)})"
        typer.echo(f"{path}: {number}, no mistakes{warned} (rule set {rules.hash})")
    return int(strict and bool(warnings))


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
        with _mistakes_shown(form, "no test was run"):
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
    now: Annotated[
        str,
        typer.Option(metavar="MOMENT", help="The moment the rules see; by default the event's."),
    ] = "",
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
        run, beside = explained(event, _loaded(_path(rules)), rule, _environ(), now)
    if as_json:
        typer.echo(json.dumps(as_data(run, beside), indent=2, default=str))
    else:
        print_explanation(run, Console(highlight=False), beside)


def schema() -> None:
    """Print the JSON Schema of a rule file, for editors.

    Example: hookwork schema > rules.schema.json
    """
    from workers.actions import ACTIONS, VOCABULARY
    from workers.rules.schema import schema as schema_of

    docs = {name: action.__doc__ or "" for name, action in ACTIONS.items()}
    typer.echo(json.dumps(schema_of(VOCABULARY, docs), ensure_ascii=False, separators=(",", ":")))


@contextmanager
def _mistakes_shown(form: Format, undone: str = "nothing was loaded") -> Iterator[None]:
    """Print every mistake, and end: with 2 when there was nothing to read at all.

    undone: what did not happen because of them.
    """
    try:
        yield
    except RuleFilesRejected as rejected:
        show(rejected.mistakes, (), form)
        if form is Format.TEXT:
            typer.echo(f"{_count(len(rejected.mistakes), 'mistake')}; {undone}", err=True)
        absent = all(mistake.code == "no-such-path" for mistake in rejected.mistakes)
        raise typer.Exit(2 if absent else 1) from None


def _loaded(path: Path) -> RuleSet:
    from workers.actions import VOCABULARY
    from workers.rules.load import load

    return load(path, VOCABULARY)


def _linted(path: Path, rules: RuleSet) -> tuple[Mistake, ...]:
    """What loads but should be looked at; tests are asked for only where there are some rules."""
    from deploy.ruletests.files import files_at, gather
    from workers.rules.lint import lint

    cases = gather(path, rules) if files_at(path) else []
    tested = frozenset(case.test.rule for case in cases if case.test.rule)
    texts = {rule.path: Path(rule.path).read_text(encoding="utf-8-sig") for rule in rules.rules}
    return lint(rules, tested, texts)


def _modes(rules: RuleSet) -> str:
    """How many write, how many only show what they would, and how many rest."""
    found = Counter(rule.mode for rule in rules.rules)
    modes: tuple[Mode, ...] = ("live", "shadow", "off")
    return ", ".join(f"{found[mode]} {mode}" for mode in modes if found[mode])


def _path(path: Path | None) -> Path:
    return path or _rules_of(_environ())


def _paths() -> list[Path]:
    """The rules of every workspace, or of the one that is chosen; each once."""
    try:
        names = [os.environ["HOOKWORK_WORKSPACE"]] if _is_chosen() else workspaces.known(os.environ)
        environs = [workspaces.environ_of(os.environ, name) for name in names]
    except SettingsRejected as rejected:
        fail("\n".join(rejected.problems))
    return list(dict.fromkeys(map(_rules_of, environs)))


def _is_chosen() -> bool:
    return bool(os.environ.get("HOOKWORK_WORKSPACE")) and bool(workspaces.which(os.environ))


def _environ() -> Mapping[str, str]:
    """The environment as it is for the workspace that is meant."""
    try:
        return workspaces.environ_of(os.environ, workspaces.which(os.environ))
    except SettingsRejected as rejected:
        fail("\n".join(rejected.problems))


def _rules_of(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOOKWORK_RULES") or "deploy/rules")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
