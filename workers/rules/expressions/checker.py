"""The one place that speaks to the CEL library: text in, a checked tree or a mistake out.

Only its parser and its type checker are used. Its evaluation is not: in version 0.1.3 each call
from it into Python leaks more than 100 bytes, deeply nested data ends the process, zones need files
of the system, and neither the memory of an expression nor its steps can be bounded.
Performs no I/O.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]

from workers.rules.expressions.checked import tree_of
from workers.rules.expressions.complaints import BadExpr, Known, told
from workers.rules.expressions.nodes import Node

#: characters; an expression longer than that is several conditions
LONGEST = 1_000

# Functions that are declared with this container in front come before CEL's own of the same name.
_CONTAINER = "rules"
_CLOCKS = ("now", "today")
#: in CEL a duration is a type of its own; in rules, as in awork, it is whole seconds
_CONFIG = """
stdlib:
  exclude_functions:
    - {name: duration}
    - {name: "_-_", overloads: [{id: subtract_timestamp_timestamp}]}
"""


def check(text: str, known: Known) -> Node:
    """Parse an expression and check its names and types.

    Raises BadExpr with the first mistake.
    """
    if len(text) > LONGEST:
        raise BadExpr(
            f"the expression has {len(text)} characters, at most {LONGEST} are allowed; write"
            " several conditions, below all, any and not"
        )
    try:
        compiled = _environment(known.roots).compile(text)
    except RuntimeError as error:
        raise told(text, str(error), known) from None
    except TypeError:  # what it says of text that is no UTF-8
        raise BadExpr("the expression has half a character in it; type it anew") from None
    return tree_of(compiled.serialize(), _CONTAINER)


@cache
def _environment(roots: tuple[str, ...]) -> Any:
    return cel.NewEnv(
        config=cel.NewEnvConfigFromYaml(_CONFIG),
        variables={root: _type_of(root) for root in roots},
        extensions=[cel.CelExtension("seconds", _seconds())],
        container=_CONTAINER,
    )


def _type_of(root: str) -> Any:
    if root in _CLOCKS:
        return cel.Type.TIMESTAMP
    if root == "item":
        return cel.Type.DYN  # whatever the list has
    inside = cel.Type.DYN
    if root == "changes":
        inside = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.Type.Map(cel.Type.STRING, inside)


def _seconds() -> list[Any]:
    moment, seconds = cel.Type.TIMESTAMP, cel.Type.INT
    return [
        _declared(f"{_CONTAINER}.duration", (seconds, [cel.Type.STRING])),
        _declared("_+_", (moment, [moment, seconds]), (moment, [seconds, moment])),
        _declared("_-_", (moment, [moment, seconds]), (seconds, [moment, moment])),
    ]


def _declared(name: str, *signatures: tuple[Any, list[Any]]) -> Any:
    overloads = [
        cel.Overload(f"{name}_{number}", return_type=returns, parameters=takes)
        for number, (returns, takes) in enumerate(signatures)
    ]
    return cel.FunctionDecl(name, overloads)
