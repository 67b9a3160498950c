"""`changed`: did the event change a property of its entity? Performs no I/O.

The event's `changes` say so; an event that lists none at all is compared with the entity as it was
when it was last seen. Property names are awork's, whose first letter is a capital in `changes`
only.
"""

from __future__ import annotations

from collections.abc import Mapping

from workers.rules.conditions.logic import shown
from workers.rules.facts import Facts, Path
from workers.rules.model import Condition, Effort, Step, Verdict

_UNKNOWN = "the event lists no changes, and its object was not seen before"


def changed(text: str, names: tuple[str, ...], line: int) -> Condition:
    """Met when any of these properties changed; absent when that cannot be known.

    names: camelCase. The trace shows the properties that did change.
    """
    skipped = Step(text, None, "not evaluated", (), line)
    unknown = Step(text, None, "absent", (), line, _UNKNOWN)

    def judge(facts: Facts, _: Effort) -> Step:
        moved = _moved(facts, names)
        if moved is None:
            return unknown
        verdict: Verdict = "not met" if moved.isdisjoint(names) else "met"
        return Step(text, shown(sorted(moved)), verdict, (), line)

    # whole roots: what `changes` and `seen` do not name counts as much as what they do
    roots: frozenset[Path] = frozenset({("changes",), ("seen",)})
    paths = roots | {("entity", name) for name in names}
    return Condition(text, line, judge, skipped, paths, "changed", list(names))


def camel(name: str) -> str:
    """A property's name as entities have it: awork's PascalCase with its first letter folded."""
    return name[:1].lower() + name[1:]


def _moved(facts: Facts, names: tuple[str, ...]) -> set[str] | None:
    """What changed, as far as it was asked or told; None when that is not known."""
    told = facts.root("changes")
    if isinstance(told, Mapping):
        return {camel(name) for name in told}
    seen, entity = facts.root("seen"), facts.root("entity")
    known = seen if isinstance(seen, Mapping) else {}
    if not isinstance(entity, Mapping):
        return None
    # what is missing in the entity is null, before as after
    moved = {name for name in names if name in known and known[name] != entity.get(name)}
    return moved if moved or all(name in known for name in names) else None
