"""Operands that were meant as the value of another field. Performs no I/O."""

from __future__ import annotations

import re

from workers.rules.findings import Flaw
from workers.rules.reading.scope import Scope
from workers.rules.values import quoted

_HOLE = re.compile(r"\$\{\s*([^{}()\s]+)\s*\}")
#: how an operator is written in an expression
_SIGNS = {
    "is": "==",
    "is_not": "!=",
    "at_least": ">=",
    "more_than": ">",
    "at_most": "<=",
    "less_than": "<",
    "before": "<",
    "after": ">",
}
_OF_TIME = ("before", "after")


def refuse_field(path: str, operator: str, operand: object, scope: Scope) -> None:
    """Raises Flaw for another field as an operand: operands are fixed values.

    path: what is compared. A text that is no path to something known is left alone.
    """
    if operator not in _SIGNS or not isinstance(operand, str):
        return
    hole = _HOLE.fullmatch(operand)
    other = hole[1] if hole else operand
    if not scope.leads_to(other):
        return
    sides = [f"timestamp({one})" if operator in _OF_TIME else one for one in (path, other)]
    raise Flaw(
        f"{quoted(operand)} is no fixed value; two fields are compared with expr:"
        f' "{sides[0]} {_SIGNS[operator]} {sides[1]}"',
        "field-as-operand",
    )
