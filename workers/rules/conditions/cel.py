"""`expr`: conditions in CEL, the escape hatch. Performs no I/O.

    expr: "task.plannedDuration - task.trackedDuration > duration('1h')"
    expr: "timestamp(task.dueOn) < today + duration('2d') && !has(task.startOn)"
    expr: "task.assignments.exists(a, a.user.id == user.id)"

CEL's grammar and types, with these meanings of our own:

- Durations are whole seconds, as awork writes them: `duration('1h30m')` is 5400, and so is the
  distance between two moments.
- `now` and `today` are moments; `today` is when the day began in the rule's zone.
  `timestamp('2026-03-27')` is when that day begins there, and `now.getHours()` is told there.
- null is absent. What is absent leaves the expression undecided; `has(task.dueOn)` asks, and the
  answer is no as well when there is no task.
- A number is a number: the events' 2 and 2.5 may be compared and added. Division by zero leaves
  the expression undecided, fractions not excepted.
- Texts are compared with regard to upper and lower case.

An expression has at most 1,000 characters and 32 levels, and takes a bounded number of steps; the
texts, lists and numbers it makes are bounded, too (expressions/run.py).

Sources: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workers.rules.expressions.checker import check
from workers.rules.expressions.complaints import BadExpr, Known
from workers.rules.expressions.evaluation import Value, compiled
from workers.rules.expressions.run import MOST_STEPS, Run, TooMuch
from workers.rules.expressions.scrutiny import FUNCTIONS, Scrutiny, paths_of
from workers.rules.facts import Facts, Path
from workers.rules.paths import ROOTS

__all__ = ["BadExpr", "Expr", "compile_expr"]


@dataclass(frozen=True)
class Expr:
    """An expression, checked and compiled. It has no state: threads may share it."""

    #: as written
    text: str
    #: every path it may look at; a loop over a list looks at the whole list
    paths: frozenset[Path]
    _value: Value = field(repr=False, compare=False)

    def evaluate(self, facts: Facts) -> bool:
        """Is it so? Looks only at what it needs, root by root.

        facts: in the rule's zone. Raises ValueError saying why when there is no answer: a value is
        absent, does not fit, or it would take too long. What a lazy root raises passes through.
        """
        try:
            found = self._value(Run(facts))
        except TooMuch:
            message = f"it took more than {MOST_STEPS} steps; look at less, or in fewer loops"
            raise ValueError(message) from None
        if not isinstance(found, bool):
            raise ValueError("it gave neither true nor false")  # noqa: TRY004 -- undecided
        return found


def compile_expr(text: str, also: tuple[str, ...] = ()) -> Expr:
    """Read an expression.

    also: roots beside paths.ROOTS that are allowed where it stands.
    Raises BadExpr, a Flaw with the code "bad-expr" and, where it is known, the `offset` of the
    mistake in the text, counted in characters from 0.
    """
    known = Known((*ROOTS, *also), FUNCTIONS)
    tree = check(text, known)
    Scrutiny(text, known).pass_or_refuse(tree)
    return Expr(text, frozenset(path for path, _ in paths_of(tree)), compiled(tree))
