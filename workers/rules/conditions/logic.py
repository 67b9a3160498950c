"""Conditions: compiled once at load, evaluated for each event. Performs no I/O.

The logic has three values. A path that is not in the event leaves its condition *absent*, neither
met nor not met, and `not` leaves it so: what is unknown never becomes true by turning it round.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from workers.rules.conditions.comparing import names_of
from workers.rules.conditions.operators import Test
from workers.rules.facts import ABSENT, Facts, Path, resolve
from workers.rules.model import Condition, Step, Verdict

_LONGEST_TEXT = 200
_MOST_ITEMS = 20
_OPPOSITE: Mapping[Verdict, Verdict] = {"met": "not met", "not met": "met", "absent": "absent"}


def all_of(parts: tuple[Condition, ...], line: int) -> Condition:
    """Met when all parts are; one that is not met settles it, whatever is absent elsewhere."""
    return _combined("all", parts, line, settles="not met", otherwise="met")


def any_of(parts: tuple[Condition, ...], line: int) -> Condition:
    """Met when one part is, whatever is absent elsewhere."""
    return _combined("any", parts, line, settles="met", otherwise="not met")


def negated(part: Condition, line: int) -> Condition:
    """Met when the part is not met; absent when the part is absent."""

    def evaluate(facts: Facts) -> Step:
        step = part.evaluate(facts)
        return Step("not", None, _OPPOSITE[step.verdict], (step,), line)

    return Condition(
        "not", line, evaluate, Step("not", None, "not evaluated", (part.skipped,), line)
    )


def leaf(
    text: str, path: Path, test: Test, line: int, when_absent: Verdict = "absent"
) -> Condition:
    """One operator on one path.

    when_absent: the verdict without a value; anything but "absent" only for `exists`, which asks
    for just that.
    """
    absent = Step(text, None, when_absent, (), line)

    def evaluate(facts: Facts) -> Step:
        value = resolve(facts, path)
        if value is ABSENT:
            return absent
        try:
            verdict: Verdict = "met" if test(value, facts) else "not met"
        except ValueError as error:
            # the value is there but cannot be judged: as unknown as an absent one
            return Step(text, shown(value), "absent", (), line, str(error))
        return Step(text, shown(value), verdict, (), line)

    return Condition(text, line, evaluate, Step(text, None, "not evaluated", (), line))


def survey(
    parts: tuple[Condition, ...], facts: Facts, settling: frozenset[Verdict]
) -> tuple[Step, ...]:
    """Evaluate parts in order until one has a verdict that settles the matter.

    Returns a step for every part; those after the settling one say that they were not evaluated.
    """
    steps = []
    settled = False
    for part in parts:
        step = part.skipped if settled else part.evaluate(facts)
        settled = settled or step.verdict in settling
        steps.append(step)
    return tuple(steps)


def shown(value: object) -> object:
    """A value for the trace: fit for JSON, and short; objects are shown by their name."""
    if isinstance(value, list):
        return ["[…]" if isinstance(item, list) else shown(item) for item in value[:_MOST_ITEMS]]
    if isinstance(value, Mapping):
        return shown(next(iter(names_of(value)), "{…}"))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - 1] + "…"
    return value


def _combined(
    word: str, parts: tuple[Condition, ...], line: int, *, settles: Verdict, otherwise: Verdict
) -> Condition:
    settling = frozenset({settles})

    def evaluate(facts: Facts) -> Step:
        steps = survey(parts, facts, settling)
        verdicts = {step.verdict for step in steps}
        unsettled: Verdict = "absent" if "absent" in verdicts else otherwise
        return Step(word, None, settles if settles in verdicts else unsettled, steps, line)

    skipped = tuple(part.skipped for part in parts)
    return Condition(word, line, evaluate, Step(word, None, "not evaluated", skipped, line))
