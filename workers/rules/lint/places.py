"""Where in a rule things stand: its conditions at any depth, its templates. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workers.rules.facts import Path
from workers.rules.lint.literals import Literal, every
from workers.rules.model import Rule
from workers.rules.template import Template


def literals_of(rule: Rule) -> Iterator[Literal]:
    """Every literal of the rule and of its actions, at any depth."""
    own = (condition for call in rule.actions for condition in call.conditions)
    yield from every((*rule.conditions, *own))


def templates(value: object) -> Iterator[Template]:
    """Every template of a parameter, at any depth."""
    match value:
        case Template():
            yield value
        case list():
            for item in value:
                yield from templates(item)
        case Mapping():
            for item in value.values():
                yield from templates(item)


def paths_in(values: Iterable[object]) -> frozenset[Path]:
    """Every path that the templates of some parameters look at."""
    return frozenset(path for value in values for one in templates(value) for path in one.paths)


def sole_path(value: object) -> Path:
    """The path of a value that is exactly one `${path}`; empty for any other value."""
    if isinstance(value, Template) and len(value.parts) == 1 and isinstance(value.parts[0], tuple):
        return value.parts[0]
    return ()
