"""Reading the fields of a rule file, noting every mistake on the way. Performs no I/O.

Each reader returns what it could read, or a stand-in after noting a mistake: with a mistake the
file is refused anyway, and reading on finds the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from workers.rules.findings import Findings, Flaw, Place, Spot, meant, unknown, way_out
from workers.rules.reading.hints import in_whole_units
from workers.rules.tree.nodes import ListNode, MapNode, Node, ScalarNode
from workers.rules.values import duration_s, quoted

#: key -> (the key as it stands, its value)
Table = dict[str, tuple[ScalarNode, Node]]

_Word = TypeVar("_Word", bound=str)


def table(node: Node, where: str, allowed: Iterable[str], findings: Findings) -> Table:
    """A map with known keys. Unknown keys are refused and left out; one that is misspelt is read
    as what it means, so that this is not missed as well and mistakes in its value are found.

    where: for messages, such as "a rule".
    """
    if not isinstance(node, MapNode):
        findings.refuse(node, f"{where} is a map, not {described(node)}", "wrong-type")
        return {}
    known = tuple(allowed)
    found = {key.text: (key, value) for key, value in node.pairs if key.text in known}
    for key, value in node.pairs:
        if key.text not in known:
            findings.refuse(key, unknown(f"key in {where}:", key.text, known), "unknown-key")
            found.setdefault(meant(key.text, known), (key, value))
    return {name: pair for name, pair in found.items() if name}


def require(place: Place, key: str, where: str, what: str, findings: Findings) -> None:
    """Note that a key is missing. what: what it holds, for people."""
    message = f"{where} needs '{key}', {what}"
    findings.refuse(Spot(place.line, place.column), message, "missing-key")


def listed(node: Node, key: str, findings: Findings) -> tuple[Node, ...]:
    """A list with at least one item."""
    if not isinstance(node, ListNode):
        findings.refuse(
            node,
            f"'{key}' is a list, not {described(node)}; begin each entry with '- '",
            "wrong-type",
        )
        return ()
    if not node.items:
        message = f"'{key}' is empty; write at least one entry, or leave the key out"
        findings.refuse(node, message, "empty-list")
    return node.items


def text(node: Node, key: str, findings: Findings, what: str = "text") -> str:
    """Text that is not empty. what: what the text is, for people."""
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value.strip():
        return node.value
    way_out = "; put it in quotes" if isinstance(node, ScalarNode) and node.text else ""
    findings.refuse(node, f"'{key}' is {what}, not {described(node)}{way_out}", "wrong-type")
    return ""


def count(node: Node, key: str, findings: Findings) -> int:
    """A whole number of at least 1."""
    if isinstance(node, ScalarNode) and type(node.value) is int and node.value >= 1:
        return node.value
    message = f"'{key}' is a whole number of at least 1, not {described(node)}"
    findings.refuse(node, message, "wrong-type")
    return 1


def duration(
    node: Node, key: str, findings: Findings, *, longest: str, shortest: str = "1s"
) -> int:
    """A duration as whole seconds. shortest, longest: durations, both allowed."""
    written = node.text if isinstance(node, ScalarNode) else ""
    try:
        seconds = duration_s(written)
    except ValueError:
        better = in_whole_units(written)
        rest = f"; write {better}" if better else ""
        message = f"'{key}' is a duration with units, such as 20s or 1h30m, not {described(node)}"
        findings.refuse(node, f"{message}{rest}", "wrong-type")
        return 0
    if not duration_s(shortest) <= seconds <= duration_s(longest):
        message = f"'{key}' lasts from {shortest} to {longest}, not {described(node)}"
        findings.refuse(node, message, "wrong-value")
    return seconds


def choice(node: Node, key: str, allowed: tuple[_Word, ...], findings: Findings) -> _Word:
    """One of the allowed words; the first of them stands in for a mistake."""
    written = node.text if isinstance(node, ScalarNode) else ""
    for word in allowed:
        if word == written:
            return word
    rest = way_out(written, allowed)
    findings.refuse(node, f"'{key}' cannot be {described(node)}; {rest}", "wrong-value")
    return allowed[0]


def refuse(node: Node, flaw: Flaw, findings: Findings) -> None:
    """Note what is wrong with a value: at its character, where the flaw tells which."""
    findings.refuse(_character(node, flaw, findings) or node, str(flaw), flaw.code)


def described(node: Node) -> str:
    """A node for a message: its value, or what it is."""
    match node:
        case ListNode():
            return "a list" if node.items else "an empty list"
        case MapNode():
            return "a map" if node.pairs else "an empty map"
        case ScalarNode(value=None):
            return "nothing"
        case ScalarNode(value=str(value)):
            return quoted(value)
        case _:
            return quoted(node.text).strip("'")


def _character(node: Node, flaw: Flaw, findings: Findings) -> Spot | None:
    offset = getattr(flaw, "offset", None)
    if offset is None or not isinstance(node, ScalarNode):
        return None
    line = "".join(findings.lines[node.line - 1 : node.line])[node.column - 1 :]
    for quote in ("", '"', "'"):
        if line.startswith(quote + node.text):
            return Spot(node.line, node.column + len(quote) + offset)
    return None  # written over several lines, or with escapes: nobody could count there
