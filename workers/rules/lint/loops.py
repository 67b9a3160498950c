"""Live rules that start or undo each other. Pure.

Events that our own writes cause start a rule only when it says `own_events: handle`; where every
rule leaves them out, nothing can go round. What is left then are two rules that set the same thing
of the same object for the same event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from webhooks.errors import Mistake
from workers.rules.lint.effects import EFFECTS, Effect, raised
from workers.rules.lint.literals import apart
from workers.rules.lint.never import can_hold
from workers.rules.lint.written import excludes
from workers.rules.model import ActionCall, Rule, RuleSet
from workers.rules.template import Template
from workers.rules.values import quoted

_UNDOING = "undoing-rules"


def undoing(rules: RuleSet) -> Iterator[Mistake]:
    """Warnings about rules that start themselves, each other, or undo each other's writes."""
    live = [rule for rule in rules.rules if rule.mode == "live"]
    handling = [rule for rule in live if rule.own_events == "handle"]
    for rule in handling:
        yield from _starts_itself(rule)
    yield from _circles(handling)
    for place, rule in enumerate(live):
        # one clash is enough to look at the rule; more of them would bury it
        yield from islice((w for one in live[:place] for w in _undo(one, rule)), 1)


def _starts_itself(rule: Rule) -> Iterator[Mistake]:
    for call in rule.actions:
        if kinds := _started(call, rule):
            message = (
                f"'{call.id}' causes {_listed(kinds)}, and with 'own_events: handle' that starts"
                f" '{rule.id}' again, without end; add a condition that its own result does not"
                " meet"
            )
            yield Mistake(call.path, call.line, call.column, message, "self-triggering")


def _started(call: ActionCall, rule: Rule) -> list[str]:
    """The kinds by which what the call writes starts the rule."""
    if rule.own_events != "handle" or not _may_meet(call, rule):
        return []
    return sorted(raised(call.name, call.parameters) & rule.when)


def _may_meet(call: ActionCall, rule: Rule) -> bool:
    """False when what is known of what the call writes does not meet the rule."""
    effect = EFFECTS.get(call.name, Effect())
    literals, _ = apart(rule.conditions)
    return not any(
        excludes(literal, path, call.parameters[name])
        for name, path in effect.shows.items()
        if name in call.parameters and not _is_stand_in(call.parameters[name], effect)
        for literal in literals
    )


def _circles(handling: Sequence[Rule]) -> Iterator[Mistake]:
    """Circles of two or more rules, each told once, at its last rule."""
    told: set[frozenset[str]] = set()
    for rule in handling:
        circle = _circle(rule, handling)
        ids = frozenset(one.id for one in circle)
        if circle and ids not in told:
            told.add(ids)
            yield _of_circle(circle)


def _circle(first: Rule, handling: Sequence[Rule]) -> tuple[Rule, ...]:
    """The shortest way from a rule back to it over others; empty when there is none."""
    ways: list[tuple[Rule, ...]] = [(first,)]
    reached: set[str] = set()
    for way in ways:
        for rule in handling:
            if not any(_started(call, rule) for call in way[-1].actions):
                continue
            if rule is first and len(way) > 1:
                return way
            if rule is not first and rule.id not in reached:
                reached.add(rule.id)
                ways.append((*way, rule))
    return ()


def _of_circle(circle: tuple[Rule, ...]) -> Mistake:
    last = max(circle, key=lambda rule: (rule.path, rule.line))
    names = " and ".join(f"'{rule.id}' ({rule.path}:{rule.line})" for rule in circle)
    message = (
        f"the rules {names} start each other in a circle, because they say 'own_events: handle';"
        " leave it out of one of them, or add a condition that ends it"
    )
    return Mistake(last.path, last.line, 1, message, _UNDOING)


def _undo(one: Rule, other: Rule) -> Iterator[Mistake]:
    for call in one.actions:
        for counter in other.actions:
            if _clash(call, counter) and _both_run(one, call, other, counter):
                message = (
                    f"'{other.id}' {_told(counter)}, and '{one.id}' ({call.path}:{call.line})"
                    f" {_told(call)}, and both can run for the same object; let their conditions"
                    " exclude each other"
                )
                yield Mistake(counter.path, counter.line, counter.column, message, _UNDOING)


def _both_run(one: Rule, call: ActionCall, other: Rule, counter: ActionCall) -> bool:
    """True when one event may meet both, or what one writes starts the other.

    What the clock starts runs at times of its own; whether that is meant cannot be told.
    """
    if _started(call, other) or _started(counter, one):
        return True
    conditions = (*one.conditions, *call.conditions, *other.conditions, *counter.conditions)
    return not one.cron and bool(one.when & other.when) and can_hold(conditions, one)


def _clash(call: ActionCall, counter: ActionCall) -> bool:
    """True when both set the same thing of the same object to values that differ for certain."""
    effect, against = EFFECTS.get(call.name), EFFECTS.get(counter.name)
    if effect is None or against is None or not effect.sets or effect.sets != against.sets:
        return False
    objects = (_written(call.parameters, effect.of), _written(counter.parameters, against.of))
    if objects[0] != objects[1] or _only_adds(call) or _only_adds(counter):
        return False
    values = (_value(call), _value(counter))
    return not any(_is_stand_in(value, effect) for value in values) and _differ(*values)


def _only_adds(call: ActionCall) -> bool:
    adding = EFFECTS[call.name].adding
    return bool(adding) and call.parameters.get(adding, False) is not False


def _is_stand_in(value: object, effect: Effect) -> bool:
    """True for a word, or an id, behind which stands what a field shows."""
    return isinstance(value, str) and (value in effect.words or _reads_as_id(value))


def _reads_as_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _value(call: ActionCall) -> object:
    effect = EFFECTS[call.name]
    return _written(call.parameters, effect.to) if effect.to else call.name


def _told(call: ActionCall) -> str:
    effect = EFFECTS[call.name]
    return f"sets {effect.sets} to {quoted(_value(call))}" if effect.to else f"says {call.name}"


def _differ(one: object, other: object) -> bool:
    """Only values in plain words differ for certain."""
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() != other.casefold()
    if isinstance(one, list) and isinstance(other, list):
        return _in_words(one) and _in_words(other) and _folded(one) != _folded(other)
    plain = isinstance(one, bool | int) and isinstance(other, bool | int)
    return plain and one != other


def _in_words(items: Sequence[object]) -> bool:
    return all(isinstance(item, str) for item in items)


def _folded(items: Sequence[object]) -> frozenset[str]:
    """The order of a list, and the case of its names, make no difference."""
    return frozenset(str(item).casefold() for item in items)


def _written(parameters: Mapping[str, object], name: str) -> object:
    value = parameters.get(name)
    return value.parts if isinstance(value, Template) else value


def _listed(kinds: Sequence[str]) -> str:
    return " and ".join(kinds)
