"""The actions of a rule made ready: their own conditions, one for each item, parameters filled in.

An action that refers to results of earlier ones (`done`) can only be filled in when its turn
comes. What else it looks at is frozen with the plan, so that a try after a crash, or after the
rules have changed, fills in the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from webhooks.errors import RuleFilesRejected, RunFailed
from workers.actions import VOCABULARY
from workers.plan import PlannedAction, told
from workers.rules.facts import ABSENT, EventFacts, Facts, Overlay, Path, resolve
from workers.rules.load import load_text
from workers.rules.match import meets
from workers.rules.model import ActionCall, Condition, Rule
from workers.rules.template import Template, fill

#: an action for each of more items than this is a slip, and would hold its lane for hours
MOST_ITEMS = 1000
_OWN_ROOTS = ("item", "done")
_CLOCKS = ("now", "today")


def prepared(rule: Rule, facts: Facts) -> tuple[PlannedAction, ...]:
    """Everything that can be said before the first action runs. facts: in the rule's zone."""
    return tuple(
        action
        for call in rule.actions
        for action in ([_late(call)] if call.is_late else of_call(call, facts))
    )


def of_call(call: ActionCall, facts: Facts) -> list[PlannedAction]:
    """One action, or one for each item. Errors are told when its turn comes: what stands before
    it in the rule is still done."""
    try:
        if call.for_each is None or not meets(_of_no_item(call), facts)[0]:
            return [_action(call, "", facts)]
        items = _items(call, call.for_each, facts)
        return [
            _action(call, name, Overlay(facts, {"item": item})) for name, item in items.items()
        ] or [PlannedAction(id=call.id, name=call.name, skipped="the list is empty")]
    except RunFailed as failed:
        return [PlannedAction(id=call.id, name=call.name, error=str(failed), reason=failed.reason)]


def late(
    text: str,
    frozen: Mapping[str, Any],
    action: PlannedAction,
    done: Mapping[str, Any],
    *,
    now: datetime,
) -> list[PlannedAction]:
    """A late action, now that the earlier ones have run.

    text: the rule as a file of its own. frozen: what `freeze` kept. now: when the rule matched.
    """
    try:
        rule = loaded(text)
    except RuleFilesRejected as rejected:
        message = f"the rule as it was cannot be read by this version any more: {rejected}"
        raise RunFailed("rule-unreadable", message) from rejected
    call = next(call for call in rule.actions if call.id == action.id)
    # An event that carries nothing, but has a clock, which stands still.
    facts = EventFacts({}, now, rule.timezone)
    return of_call(call, Overlay(facts, {**_tree(frozen), "done": done}))


def as_shadow(action: PlannedAction) -> PlannedAction:
    """What cannot be filled in because nothing was answered is no failure of a shadow run."""
    why = f"what it would send depends on what awork answers: {action.error}"
    return replace(action, error="", reason="", skipped=why)


def without_late(
    actions: tuple[PlannedAction, ...], failed: RunFailed
) -> tuple[PlannedAction, ...]:
    """The same, but what a late action needs cannot be read: it fails when its turn comes."""
    return tuple(
        replace(action, late=False, error=str(failed), reason=failed.reason)
        if action.late
        else action
        for action in actions
    )


def freeze(rule: Rule, facts: Facts) -> dict[str, Any]:
    """The values that late actions will need: dotted path -> value. Absent ones are left out."""
    wanted = {
        path
        for call in rule.actions
        if call.is_late
        for path in _paths(call)
        if path[0] not in (*_OWN_ROOTS, *_CLOCKS)
    }
    values = {".".join(map(str, path)): resolve(facts, path) for path in sorted(wanted, key=str)}
    return {name: _plain(value) for name, value in values.items() if value is not ABSENT}


def _tree(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """What was frozen, below its roots again."""
    tree: dict[str, Any] = {}
    # Shorter paths first: a whole object has all that is below it.
    for name in sorted(frozen, key=lambda dotted: dotted.count(".")):
        _plant(tree, name.split("."), frozen[name])
    return tree


def _plant(tree: dict[str, Any], segments: list[str], value: Any) -> None:
    *way, last = segments
    for segment in way:
        below = tree.setdefault(segment, {})
        if not isinstance(below, dict):
            return
        tree = below
    tree.setdefault(last, value)


def _late(call: ActionCall) -> PlannedAction:
    return PlannedAction(id=call.id, name=call.name, late=True)


def _action(call: ActionCall, item: str, facts: Facts) -> PlannedAction:
    action = PlannedAction(id=call.id, name=call.name, item=item)
    try:
        met, steps = meets(call.conditions, facts)
        trace = tuple(told(step) for step in steps)
        if not met:
            return replace(action, skipped="its own conditions are not met", trace=trace)
        return replace(action, parameters=fill(call.parameters, facts), trace=trace)
    except RunFailed as failed:
        return replace(action, error=str(failed), reason=failed.reason)


def _of_no_item(call: ActionCall) -> tuple[Condition, ...]:
    """Those of an action's conditions that are the same for each item. They are asked first: where
    they rule the action out, there may be no list."""
    return tuple(
        condition
        for condition in call.conditions
        if not any(path[0] == "item" for path in condition.paths)
    )


def _items(call: ActionCall, path: Path, facts: Facts) -> dict[str, Any]:
    """The items of a list by a name that is unique among them: never only a position, because a
    list may come in another order the next time."""
    dotted = ".".join(map(str, path))
    items = resolve(facts, path)
    if items is ABSENT:
        raise RunFailed("undefined-value", f"action '{call.id}': {dotted} has no value here")
    if not isinstance(items, list):
        raise RunFailed("not-a-list", f"action '{call.id}': {dotted} is not a list")
    if len(items) > MOST_ITEMS:
        raise RunFailed(
            "too-many-items",
            f"action '{call.id}': {dotted} has {len(items)} items, at most {MOST_ITEMS} are run",
        )
    named: dict[str, Any] = {}
    for item in items:
        name = _name(item)
        while name in named:
            name += "+"
        named[name] = item
    return named


def _name(item: object) -> str:
    if isinstance(item, Mapping):
        return str(item.get("id") or item.get("userId") or item.get("name") or "item")
    return str(item)[:100]


def _paths(call: ActionCall) -> Iterator[Path]:
    yield from _filled_in(call.parameters)
    for condition in call.conditions:
        yield from condition.paths
    if call.for_each:
        yield call.for_each


def _filled_in(value: object) -> Iterator[Path]:
    """The paths that the templates of a parameter look at, at any depth."""
    match value:
        case Template():
            yield from value.paths
        case Mapping():
            for item in value.values():
                yield from _filled_in(item)
        case list():
            for item in value:
                yield from _filled_in(item)


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@lru_cache(maxsize=64)
def loaded(text: str) -> Rule:
    """The rule of a file of its own. Raises RuleFilesRejected."""
    [rule] = load_text(text, VOCABULARY).rules
    return rule
