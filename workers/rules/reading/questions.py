"""Reading `changed` and `expr`, the conditions that do not begin with a path. Performs no I/O."""

from __future__ import annotations

import re

from workers.rules.conditions.cel import compile_expr
from workers.rules.conditions.changed import camel
from workers.rules.conditions.changed import changed as changed_condition
from workers.rules.conditions.questions import asked
from workers.rules.findings import Findings, Flaw
from workers.rules.model import Condition
from workers.rules.paths import ROOTS
from workers.rules.reading.fields import refuse, text
from workers.rules.reading.scope import Scope
from workers.rules.tree.nodes import ListNode, Node
from workers.rules.values import quoted

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WHAT = "the name of a property, such as dueOn"


def changed(node: Node, line: int, scope: Scope, findings: Findings) -> Condition | None:
    """`changed: dueOn`, or a list of names; None after a mistake."""
    nodes = node.items if isinstance(node, ListNode) else (node,)
    if not nodes:
        message = "'changed' is empty; write the name of a property, such as dueOn"
        findings.refuse(node, message, "empty-list")
    names = [_property(one, scope, findings) for one in nodes]
    if not names or not all(names):
        return None
    written = f"[{', '.join(names)}]" if isinstance(node, ListNode) else names[0]
    return changed_condition(f"changed {written}", tuple(names), line)


def expression(node: Node, line: int, scope: Scope, findings: Findings) -> Condition | None:
    """`expr: "…"`, an expression in CEL; None after a mistake."""
    written = text(node, "expr", findings, "an expression in quotes")
    if not written:
        return None
    try:
        compiled = compile_expr(written, scope.also)
        for path in sorted(compiled.paths, key=str):
            scope.check(path)
    except Flaw as flaw:
        refuse(node, flaw, findings)
        return None
    on_one_line = f"expr {' '.join(written.split())}"
    return asked(on_one_line, compiled, line, operator="expr", operand=written)


def _property(node: Node, scope: Scope, findings: Findings) -> str:
    written = text(node, "changed", findings, _WHAT)
    if not written:
        return ""
    try:
        name = _first_level(written, scope)
        scope.check(("entity", name))
    except Flaw as flaw:
        refuse(node, flaw, findings)
        return ""
    return name


def _first_level(written: str, scope: Scope) -> str:
    if _NAME.fullmatch(written):
        return camel(written)
    first, *below = written.split(".")
    if first in ROOTS and below:
        first, *below = below
    meant = [f"{first}Id", first] if below else [first]
    known = [name for name in meant if _NAME.fullmatch(name) and scope.has(("entity", name))]
    raise Flaw(
        f"'changed' names a property of the event's own object, not {quoted(written)}; write"
        f" {known[0] if known else 'its name, such as dueOn'}",
        "bad-property",
    )
