"""From the nodes of an expression to a function of the facts. Performs no I/O.

Compiled once, at load. What cannot be worked out raises ValueError, and `&&`, `||` and the loops
do as CEL does: a part that settles the matter makes up for one that could not be worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workers.rules.conditions.comparing import described
from workers.rules.conditions.patterns import search_for
from workers.rules.expressions.nodes import (
    Call,
    Constant,
    Items,
    Loop,
    Name,
    Node,
    Select,
    each,
    inside,
    parts_of,
    path_of,
)
from workers.rules.expressions.operations import OPERATIONS
from workers.rules.expressions.run import LONGEST_LIST, Run, Undecided
from workers.rules.facts import ABSENT, Path, resolve

Value = Callable[[Run], Any]
#: the variables of the loops around a node
Bound = frozenset[str]


def compiled(node: Node, bound: Bound = frozenset()) -> Value:
    """Compile a node that scrutiny.py has passed.

    What comes out raises ValueError when its value cannot be worked out, and TooMuch.
    """
    asks = isinstance(node, Select) and node.asks
    path = None if asks else path_of(node, bound)
    return _BUILDERS[type(node)](node, bound) if path is None else _at(path)


def _at(path: Path) -> Value:
    if path == ("now",):
        return lambda run: run.now
    if path == ("today",):
        return lambda run: run.today
    name = ".".join(map(str, path))

    def look(run: Run) -> object:
        found = resolve(run.facts, path)
        if found is ABSENT:
            raise Undecided(f"{name} is absent")
        return found

    return look


def _constant(node: Constant, _: Bound) -> Value:
    value = node.value
    return lambda _: value


def _name(node: Name, _: Bound) -> Value:
    name = node.name

    def remember(run: Run) -> object:
        found = run.scope[name]
        if isinstance(found, ValueError):
            raise Undecided(str(found))
        if found is None:
            raise Undecided(f"{name} is absent")
        return found

    return remember


def _select(node: Select, bound: Bound) -> Value:
    if node.asks:
        return _asking(node, bound)
    operand, field = compiled(node.operand, bound), node.field

    def select(run: Run) -> object:
        found = operand(run)
        if not isinstance(found, Mapping):
            raise Undecided(f"{described(found)} has no field '{field}'")
        if found.get(field) is None:
            raise Undecided(f"{field} is absent")
        return found[field]

    return select


def _asking(node: Select, bound: Bound) -> Value:
    look = compiled(Select(node.offset, node.type, node.operand, node.field, asks=False), bound)

    def ask(run: Run) -> bool:
        try:
            look(run)
        except ValueError:
            return False
        return True

    return ask


def _items(node: Items, bound: Bound) -> Value:
    items = [compiled(item, bound) for item in node.items]

    def make(run: Run) -> list[object]:
        run.spend(len(items))
        return [item(run) for item in items]

    return make


def _call(node: Call, bound: Bound) -> Value:
    arguments = [compiled(argument, bound) for argument in node.arguments]
    match node:
        case Call(function="matches", arguments=(_, Constant(value=str() as pattern))):
            return _matching(arguments[0], pattern)
        case Call(function="_+_", arguments=(Name(name=name), Items())) if name.startswith("@"):
            return _appending(*arguments)
        case Call(function=function) if function in PARTIAL:
            return PARTIAL[function](*arguments)
        case _:
            return _operating(OPERATIONS[node.function], arguments)


def _operating(operation: Callable[..., object], arguments: list[Value]) -> Value:
    def operate(run: Run) -> object:
        return operation(run, *[argument(run) for argument in arguments])

    return operate


def _matching(text: Value, pattern: str) -> Value:
    search = search_for(pattern, fold=False)

    def match(run: Run) -> bool:
        found: object = text(run)
        if not isinstance(found, str):
            raise Undecided(f"matches() looks at texts, not at {described(found)}")
        run.spend_on_text(found, times=search.size)
        return search(found)

    return match


def _appending(carried: Value, new: Value) -> Value:
    # `map` and `filter` carry a list that is theirs alone: adding to it in place keeps them linear
    def append(run: Run) -> list[object]:
        items: list[object] = carried(run)
        if len(items) >= LONGEST_LIST:
            raise Undecided(f"a list grew past {LONGEST_LIST} items")
        items += new(run)
        return items

    return append


def _either(left: Value, right: Value, *, settles: bool) -> Value:
    def either(run: Run) -> bool:
        try:
            if _truth(left(run)) is settles:
                return settles
        except ValueError:
            if _truth(right(run)) is settles:
                return settles
            raise
        return _truth(right(run))

    return either


def _tolerating(condition: Value) -> Value:
    def holds(run: Run) -> bool:
        try:
            answer: object = condition(run)
        except ValueError:
            return True
        return answer is not False

    return holds


def _loop(node: Loop, bound: Bound) -> Value:
    over, start, goes_on, step, result = (
        compiled(part, bound | inside(node, part)) for part in parts_of(node)
    )
    cost = sum(1 for part in (node.goes_on, node.step) for _ in each(part))

    def fold(run: Run) -> object:
        items = _gone_through(over(run))
        outside = run.scope
        run.scope = {**outside, node.carried: start(run)}
        try:
            for item in items:
                run.spend(cost)
                if not goes_on(run):
                    break
                run.scope[node.variable] = item
                run.scope[node.carried] = _worked_out(step, run)
            return result(run)
        finally:
            run.scope = outside

    return fold


def _worked_out(step: Value, run: Run) -> object:
    try:
        return step(run)
    except ValueError as undecided:
        return Undecided(str(undecided))  # a new one, which holds on to no frames


def _gone_through(value: object) -> Iterable[object]:
    # not a copy: it would take time for all items, and a loop may need the first one only
    if isinstance(value, list | Mapping):
        return value
    raise Undecided(f"{described(value)} is no list, so there is nothing to go through")


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise Undecided(f"{described(value)} is neither true nor false")
    return value


#: those that do not evaluate all their parts, or make up for some
PARTIAL: Mapping[str, Callable[..., Value]] = {
    "_&&_": lambda left, right: _either(left, right, settles=False),
    "_||_": lambda left, right: _either(left, right, settles=True),
    "!_": lambda operand: lambda run: not _truth(operand(run)),
    "_?_:_": lambda asked, yes, no: lambda run: (yes if _truth(asked(run)) else no)(run),
    "@not_strictly_false": _tolerating,
}

_BUILDERS: Mapping[type[Node], Callable[[Any, Bound], Value]] = {
    Constant: _constant,
    Name: _name,
    Select: _select,
    Items: _items,
    Call: _call,
    Loop: _loop,
}
