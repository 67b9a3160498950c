"""Reading `given`: what awork would answer, table by table. Performs no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from workers.rules.findings import Findings, Spot, unknown
from workers.rules.reading import fields
from workers.rules.testing.model import Known, Row
from workers.rules.tree.nodes import ListNode, MapNode, Node, ScalarNode, plain


def read(table: fields.Table, findings: Findings, known: Known) -> Mapping[str, tuple[Row, ...]]:
    """The objects of each table, by the table's own name."""
    if "given" not in table:
        return {}
    node = table["given"][1]
    if not isinstance(node, MapNode):
        message = f"'given' is a map of tables such as tasks, not {fields.described(node)}"
        findings.refuse(node, message, "wrong-type")
        return {}
    found: dict[str, tuple[Row, ...]] = {}
    for key, value in node.pairs:
        name = known.table(key.text)
        if name:
            rows = _Rows(name, known.tables[name], findings)
            found[name] = found.get(name, ()) + tuple(rows.read(value))
        else:
            findings.refuse(key, unknown("table", key.text, known.tables), "unknown-table")
    return found


@dataclass(frozen=True)
class _Rows:
    """Reads the objects of one table."""

    table: str
    #: properties one of them may have; none: any
    allowed: Collection[str]
    findings: Findings

    def read(self, node: Node) -> Iterator[Row]:
        match node:
            case MapNode(pairs=pairs):
                for key, value in pairs:
                    yield self._row(key.text, value, key)
            case ListNode(items=items):
                for item in items:
                    yield self._row(item.text if isinstance(item, ScalarNode) else "", item, item)
            case ScalarNode(value=str(name)):
                yield self._row(name, node, node)
            case _:
                message = f"'{self.table}' is a map by id or a list, not {fields.described(node)}"
                self.findings.refuse(node, message, "wrong-type")

    def _row(self, name: str, node: Node, place: Node) -> Row:
        parts: dict[str, object] = {}
        if isinstance(node, MapNode):
            parts = {key.text: plain(value) for key, value in node.pairs}
            self._check(node)
        elif not (isinstance(node, ScalarNode) and node.text in ("", name)):
            message = f"an entry of '{self.table}' is a map, not {fields.described(node)}"
            self.findings.refuse(node, message, "wrong-type")
        return Row(name or str(parts.get("id") or ""), parts, Spot(place.line, place.column))

    def _check(self, node: MapNode) -> None:
        for key, _ in node.pairs:
            if self.allowed and key.text not in self.allowed:
                message = unknown(f"property in '{self.table}':", key.text, sorted(self.allowed))
                self.findings.refuse(key, message, "unknown-property")
