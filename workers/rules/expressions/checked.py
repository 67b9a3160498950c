"""From the checker's answer, a `cel.expr.CheckedExpr`, to nodes. Performs no I/O.

Source: https://github.com/google/cel-spec/blob/master/proto/cel/expr/checked.proto and syntax.proto
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workers.rules.expressions.nodes import (
    Call,
    Constant,
    Items,
    Loop,
    Name,
    Node,
    Select,
    Unsupported,
)
from workers.rules.expressions.wire import Message

#: offset and type
_At = tuple[int, str]

_PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
_WELL_KNOWN = {2: "timestamp", 3: "duration"}
_CONSTANTS: Mapping[int, Callable[[Message], bool | int | float | str | None]] = {
    1: lambda _: None,
    2: lambda message: bool(message.integer(2)),
    3: lambda message: message.integer(3),
    5: lambda message: float(struct.unpack("<d", message.octets(5))[0]),
    6: lambda message: message.text(6),
}


def tree_of(answer: bytes, container: str) -> Node:
    """Read a CheckedExpr wrapped in a google.protobuf.Any.

    container: what stands before the names of functions that are declared in it, and is left out.
    """
    expression = Message.of(answer).below(2)
    reader = _Reader(
        container=container,
        types={entry.integer(1): _type(entry.below(2)) for entry in expression.each(3)},
        offsets={entry.integer(1): entry.integer(2) for entry in expression.below(5).each(4)},
    )
    return reader.node(expression.below(4))


def _type(message: Message) -> str:
    match next(iter(message.fields), 0):
        case 3:
            return _PRIMITIVES.get(message.integer(3), "dyn")
        case 5:
            return _WELL_KNOWN.get(message.integer(5), "dyn")
        case 6:
            return "list"
        case 7:
            return "map"
        case _:
            return "dyn"


@dataclass(frozen=True)
class _Reader:
    container: str
    #: both by the id of a node
    types: Mapping[int, str]
    offsets: Mapping[int, int]

    def node(self, message: Message) -> Node:
        key = message.integer(2)
        at = self.offsets.get(key, 0), self.types.get(key, "dyn")
        for number, read in _KINDS.items():
            if number in message:
                return read(self, at, message.below(number))
        return Unsupported(*at, "nothing")

    def below(self, message: Message, number: int) -> Node:
        return self.node(message.below(number))

    def each(self, message: Message, *numbers: int) -> tuple[Node, ...]:
        return tuple(self.node(part) for part in message.each(*numbers))

    def constant(self, at: _At, message: Message) -> Node:
        for number, value in _CONSTANTS.items():
            if number in message:
                return Constant(*at, value(message))
        return Unsupported(*at, "numbers such as 1u and bytes such as b'…'")

    def name(self, at: _At, message: Message) -> Node:
        name = message.text(1)
        if name.startswith("."):  # kept only where a loop's variable has the name of a root
            return Unsupported(*at, f"names such as {name}; give the loop's variable another one")
        return Name(*at, name)

    def select(self, at: _At, message: Message) -> Node:
        return Select(*at, self.below(message, 1), message.text(2), bool(message.integer(3)))

    def call(self, at: _At, message: Message) -> Node:
        # what stands before the dot is the first argument
        function = message.text(2).removeprefix(f"{self.container}.")
        return Call(*at, function, self.each(message, 1, 3))

    def items(self, at: _At, message: Message) -> Node:
        return Items(*at, self.each(message, 1))

    def structure(self, at: _At, message: Message) -> Node:
        return Unsupported(*at, f"{message.text(1)}{{…}}")

    def loop(self, at: _At, message: Message) -> Node:
        over, start, goes_on, step, result = (self.below(message, n) for n in (2, 4, 5, 6, 7))
        return Loop(*at, message.text(1), over, message.text(3), start, goes_on, step, result)


_KINDS: Mapping[int, Callable[[_Reader, _At, Message], Node]] = {
    3: _Reader.constant,
    4: _Reader.name,
    5: _Reader.select,
    6: _Reader.call,
    7: _Reader.items,
    8: _Reader.structure,
    9: _Reader.loop,
}
