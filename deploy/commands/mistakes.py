"""Printing the mistakes and warnings of rule files, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import StrEnum

import typer

from deploy.annotations import annotation
from webhooks.errors import Mistake

_UNTESTED = "untested-rule"


class Format(StrEnum):
    """How mistakes are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def as_rows(mistakes: Iterable[Mistake], level: str) -> list[dict[str, object]]:
    """Mistakes as data. level: error or warning."""
    return [
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


def show(errors: Iterable[Mistake], warnings: Iterable[Mistake], form: Format) -> None:
    """Print all of them, mistakes first."""
    told = [("error", one) for one in errors] + [("warning", one) for one in warnings]
    match form:
        case Format.JSON:
            rows = [row for level, one in told for row in as_rows([one], level)]
            typer.echo(json.dumps(rows, indent=2))
        case Format.GITHUB:
            for level, mistake in told:
                typer.echo(_annotation(mistake, level))
        case Format.TEXT:
            for level, mistake in _gathered(told):
                typer.echo(_text(mistake, level))


def _gathered(told: Collection[tuple[str, Mistake]]) -> list[tuple[str, Mistake]]:
    """With the rules that no test names, of which a new set has many, in one line at the end."""
    rest = [(level, one) for level, one in told if one.code != _UNTESTED]
    untested = [one for _, one in told if one.code == _UNTESTED]
    if len(untested) <= 1:
        return [*rest, *(("warning", one) for one in untested)]
    names = ", ".join(one.message.split("'")[1] for one in untested)
    message = (
        f"no test names these rules: {names}; write tests with 'rule: …' in files that end in"
        " .test.yaml"
    )
    return [*rest, ("warning", replace(untested[0], message=message, source=""))]


def _annotation(mistake: Mistake, level: str) -> str:
    place = {"file": mistake.path, "line": mistake.line, "col": mistake.column}
    return annotation(level, place, f"{mistake.message} [{mistake.code}]")


def _text(mistake: Mistake, level: str) -> str:
    if level == "error":
        return mistake.with_caret()
    head, _, rest = mistake.with_caret().partition(f": {mistake.message}")
    return f"{head}: warning: {mistake.message}{rest}"
