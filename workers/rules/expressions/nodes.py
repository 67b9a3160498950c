"""What a checked expression is made of. Data only.

`task.dueOn == 'x'` is Call(`_==_`, (Select(Name(`task`), `dueOn`), Constant(`x`))).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workers.rules.facts import Path


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    #: characters before its operator, its dot or its own beginning; 0 where that is not known
    offset: int
    #: int, double, bool, string, timestamp, list, map, or dyn for what only an event tells
    type: str


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A value as written; None for null."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A root, or the variable of a loop."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """A field of an object; `asks`, as in `has(…)`, whether it is there."""

    operand: Node
    field: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or an operator such as `_+_`; `x.size()` is `size(x)`."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Items(Node):
    """A list as written."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`exists`, `all`, `exists_one`, `filter` and `map`: a fold over a list."""

    variable: str
    over: Node
    #: what is carried from item to item; a name that no author can write
    carried: str
    start: Node
    goes_on: Node
    step: Node
    result: Node


@dataclass(frozen=True, slots=True)
class Unsupported(Node):
    """What CEL has and rules have not."""

    #: for people
    what: str


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Select(operand=operand):
            return (operand,)
        case Call(arguments=arguments):
            return arguments
        case Items(items=items):
            return items
        case Loop():
            return (node.over, node.start, node.goes_on, node.step, node.result)
        case _:
            return ()


def begin_of(node: Node) -> int:
    """Where a path begins, which has its own offset at its last dot."""
    while isinstance(node, Select | Call):
        node = parts_of(node)[0]
    return node.offset


def inside(node: Node, part: Node) -> frozenset[str]:
    """The variables a node adds for this part of it: those of a loop."""
    if not isinstance(node, Loop) or part is node.over or part is node.start:
        return frozenset()
    return frozenset({node.variable, node.carried})


def each(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order in which they are written."""
    yield node
    for part in parts_of(node):
        yield from each(part)


def path_of(node: Node, bound: frozenset[str]) -> Path | None:
    """The path a node stands for, such as `task.tags[0].name`; None when it is none.

    bound: the variables of the loops around it.
    """
    match node:
        case Name(name=name):
            return None if name in bound else (name,)
        case Select(operand=operand, field=field):
            return _longer(path_of(operand, bound), field)
        case Call(function="_[_]", arguments=(operand, Constant(value=str() | int() as key))):
            return None if _is_odd(key) else _longer(path_of(operand, bound), key)
        case _:
            return None


def _is_odd(key: str | int) -> bool:
    return isinstance(key, int) and (isinstance(key, bool) or key < 0)


def _longer(path: Path | None, segment: str | int) -> Path | None:
    return None if path is None else (*path, segment)
