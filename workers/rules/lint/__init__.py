"""What loads but should be looked at. Performs no I/O.

Each module of this folder finds one kind of trouble in a rule set that has no mistakes: conditions
that can never hold (never.py), or not with what starts the rule (starts.py), ids compared with
names (names.py), operands that make no sense (strange.py), rules that undo each other (loops.py),
fields that some of a rule's events lack (lacking.py), actions on another object than they take
(targets.py), rules that no test names (untested.py). In doubt nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from webhooks.errors import Mistake
from workers.rules.findings import lines_of
from workers.rules.lint import lacking, loops, names, never, starts, strange, targets, untested
from workers.rules.model import RuleSet


def lint(
    rules: RuleSet,
    tested: frozenset[str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> tuple[Mistake, ...]:
    """Every warning about a set that has loaded, sorted by place.

    tested: ids of the rules that tests name; None: say nothing of tests.
    texts: path -> text of the rule files, to show the line of a warning.
    """
    lines = {path: lines_of(text) for path, text in (texts or {}).items()}
    return tuple(sorted(_placed(warning, lines) for warning in _warnings(rules, tested)))


def _warnings(rules: RuleSet, tested: frozenset[str] | None) -> Iterator[Mistake]:
    yield from loops.undoing(rules)
    for rule in rules.rules:
        yield from never.never_met(rule)
        yield from starts.at_odds(rule)
        yield from names.for_ids(rule)
        yield from strange.operands(rule)
        yield from lacking.fields(rule)
        yield from targets.objects(rule)
        if tested is not None:
            yield from untested.rule(rule, tested)


def _placed(warning: Mistake, lines: Mapping[str, list[str]]) -> Mistake:
    """With the line of its file, and the column in which that begins where it has none."""
    in_file = lines.get(warning.path, [])
    if warning.line > len(in_file):
        return warning
    source = in_file[warning.line - 1]
    begins = len(source) - len(source.lstrip(" -")) + 1
    return replace(warning, source=source, column=max(warning.column, begins))
