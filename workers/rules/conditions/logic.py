"""Conditions: compiled once at load, evaluated for each event. Performs no I/O.

The logic has three values. A path that is not in the event leaves its condition *absent*, neither
met nor not met, and `not` leaves it so: what is unknown never becomes true by turning it round.

Parts that cost nothing are decided first, whatever their order in the file; the trace keeps that
order. A part that cannot be read counts only when no other part settles the matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec
from msgspec.structs import replace

from webhooks.errors import RunFailed
from workers.rules.conditions.comparing import names_of
from workers.rules.conditions.operators import Test
from workers.rules.facts import ABSENT, FREE_ROOTS, Facts, Path, follow
from workers.rules.model import Condition, Effort, Step, Verdict

Judge = Callable[[Facts, Effort], Step]

_LONGEST_TEXT = 200
_MOST_ITEMS = 20
_OPPOSITE: Mapping[Verdict, Verdict] = {
    "met": "not met",
    "not met": "met",
    "absent": "absent",
    "not evaluated": "not evaluated",
}


def all_of(parts: tuple[Condition, ...], line: int) -> Condition:
    """Met when all parts are; one that is not met settles it, whatever is absent elsewhere."""
    return _combined("all", parts, line, settles="not met", otherwise="met")


def any_of(parts: tuple[Condition, ...], line: int) -> Condition:
    """Met when one part is, whatever is absent elsewhere."""
    return _combined("any", parts, line, settles="met", otherwise="not met")


def negated(part: Condition, line: int) -> Condition:
    """Met when the part is not met; absent when the part is absent."""

    def judge(facts: Facts, effort: Effort) -> Step:
        step = part.judge(facts, effort)
        return Step("not", None, _OPPOSITE[step.verdict], (step,), line)

    skipped = Step("not", None, "not evaluated", (part.skipped,), line)
    return Condition("not", line, judge, skipped, part.paths, "not", None, (part,))


def leaf(
    text: str,
    path: Path,
    test: Test,
    line: int,
    when_absent: Verdict = "absent",
    *,
    operator: str = "",
    operand: object = None,
) -> Condition:
    """One operator on one path.

    when_absent: the verdict without a value; anything but "absent" only for `exists`, which asks
    for just that. operand: as plain values.
    """
    root, rest = str(path[0]), path[1:]
    absent = Step(text, None, when_absent, (), line)
    skipped = Step(text, None, "not evaluated", (), line)

    def judge(facts: Facts, _: Effort) -> Step:
        value = follow(facts.root(root), rest)
        if value is ABSENT:
            return absent
        try:
            verdict: Verdict = "met" if test(value, facts) else "not met"
        except ValueError as error:
            # the value is there but cannot be judged: as unknown as an absent one
            return Step(text, shown(value), "absent", (), line, str(error))
        return Step(text, shown(value), verdict, (), line)

    paths = frozenset({path})
    return Condition(text, line, sparing(judge, paths, skipped), skipped, paths, operator, operand)


def sparing(judge: Judge, paths: frozenset[Path], skipped: Step) -> Judge:
    """The same, but left open where nothing may be asked and it would take a call."""
    costly = tuple(path for path in paths if path[0] not in FREE_ROOTS)
    if not costly:
        return judge

    def spare(facts: Facts, effort: Effort) -> Step:
        if effort.asks:
            return judge(facts, effort)
        is_at_hand = all(facts.at_hand(path) for path in costly)
        return judge(facts, effort) if is_at_hand else skipped

    return spare


class Survey(msgspec.Struct):
    """What became of the parts of `any`, of `all` or of a whole rule."""

    #: one for each part, in file order; "not evaluated" where that was not needed
    steps: list[Step]
    #: a part had a verdict that settles the matter, whatever the others are
    settled: bool = False
    #: a part was left open because nothing may be asked
    is_open: bool = False
    #: why a part could not be read
    failed: RunFailed | None = None


def survey(
    parts: tuple[Condition, ...],
    facts: Facts,
    effort: Effort,
    settling: frozenset[Verdict],
    *,
    free: bool = False,
) -> Survey:
    """Evaluate parts as far as the effort goes: first what costs nothing, then the others.

    settling: the verdicts of which one is enough. free: none of the parts ever costs a call.
    """
    if free and effort.stops:
        return _in_order(parts, facts, effort, settling)
    found = Survey([part.skipped for part in parts])
    _evaluate(parts, facts, effort.sparing, settling, found)
    if effort.asks and (found.is_open if effort.stops else _is_costly(parts)):
        _evaluate(parts, facts, effort, settling, found)
    return found


def _in_order(
    parts: tuple[Condition, ...], facts: Facts, effort: Effort, settling: frozenset[Verdict]
) -> Survey:
    """The short way for parts that cost nothing: most conditions of most rules."""
    steps: list[Step] = []
    for place, part in enumerate(parts, 1):
        step = part.judge(facts, effort)
        steps.append(step)
        if step.verdict in settling:
            steps += [later.skipped for later in parts[place:]]
            return Survey(steps, settled=True)
    return Survey(steps)


def _evaluate(
    parts: tuple[Condition, ...],
    facts: Facts,
    effort: Effort,
    settling: frozenset[Verdict],
    found: Survey,
) -> None:
    found.failed = None
    for place, part in enumerate(parts):
        if effort.stops and found.settled:
            return
        step = found.steps[place]
        if effort.asks and step.verdict != "not evaluated" and (effort.stops or part.is_free):
            continue
        try:
            step = part.judge(facts, effort)
        except RunFailed as failed:
            # told by the caller unless another part settles the matter
            found.failed = found.failed or failed
            step = replace(part.skipped, note=str(failed))
        found.steps[place] = step
        if step.verdict in settling:
            found.settled = True
        elif step.verdict == "not evaluated":
            found.is_open = True


def _is_costly(parts: tuple[Condition, ...]) -> bool:
    return not all(part.is_free for part in parts)


def shown(value: object) -> object:
    """A value for the trace: fit for JSON, and short; objects are shown by their name."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list):
        return ["[…]" if isinstance(item, list) else shown(item) for item in value[:_MOST_ITEMS]]
    if isinstance(value, Mapping):
        return shown(next(iter(names_of(value)), "{…}"))
    if isinstance(value, date):
        return value.isoformat()
    return value


def _combined(
    word: str, parts: tuple[Condition, ...], line: int, *, settles: Verdict, otherwise: Verdict
) -> Condition:
    settling, free = frozenset({settles}), all(part.is_free for part in parts)

    def judge(facts: Facts, effort: Effort) -> Step:
        found = survey(parts, facts, effort, settling, free=free)
        if found.failed and not found.settled:
            raise found.failed
        verdict = settles if found.settled else _unsettled(found.steps, otherwise)
        return Step(word, None, verdict, tuple(found.steps), line)

    skipped = Step(word, None, "not evaluated", tuple(part.skipped for part in parts), line)
    paths = frozenset(path for part in parts for path in part.paths)
    return Condition(word, line, judge, skipped, paths, word, None, parts)


def _unsettled(steps: list[Step], otherwise: Verdict) -> Verdict:
    verdicts = {step.verdict for step in steps}
    for open_or_absent in ("not evaluated", "absent"):
        if open_or_absent in verdicts:
            return open_or_absent
    return otherwise
