"""Printing the mistakes and warnings of rule files, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

import typer

from webhooks.errors import Mistake

#: characters that a GitHub annotation wants written otherwise
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


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
    if form is Format.JSON:
        rows = [row for level, one in told for row in as_rows([one], level)]
        typer.echo(json.dumps(rows, indent=2))
    for level, mistake in told:
        if form is Format.TEXT:
            typer.echo(_text(mistake, level))
        elif form is Format.GITHUB:
            typer.echo(annotation(mistake, level))


def annotation(mistake: Mistake, level: str) -> str:
    """A line that GitHub Actions shows beside the file."""
    path = mistake.path.translate(_IN_PROPERTY)
    message = mistake.message.translate(_IN_MESSAGE)
    place = f"file={path},line={mistake.line},col={mistake.column}"
    return f"::{level} {place}::{message} [{mistake.code}]"


def _text(mistake: Mistake, level: str) -> str:
    if level == "error":
        return mistake.with_caret()
    head, _, rest = mistake.with_caret().partition(f": {mistake.message}")
    return f"{head}: warning: {mistake.message}{rest}"
