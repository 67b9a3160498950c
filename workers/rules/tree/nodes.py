"""YAML text as a tree that knows where everything stands. Performs no I/O.

Built from the parser's events rather than by a constructor: scalars then mean what YAML 1.2's core
schema says whatever library or version is underneath (`on`, `no`, `12:30` and dates are text), a
duplicate key is seen, and a hostile file is refused before it has cost anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from workers.rules.findings import MOST_MISTAKES, Findings, Flaw, Spot
from workers.rules.tree import scalars
from workers.rules.tree.quotes import is_typographic
from workers.rules.tree.scalars import Value
from workers.rules.tree.syntax import explain, has_directives, missing_space, pair_without_space
from workers.rules.values import quoted

DEEPEST = 50
#: characters; the parser finds a key of 1,024 at most that stands in one line with its value, as
#: in `Rule.text`, and there one character may take six
LONGEST_KEY = 160

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ScalarNode:
    """A single value."""

    line: int
    column: int
    value: Value
    #: as written, without quotes
    text: str


@dataclass(frozen=True)
class ListNode:
    """A list."""

    line: int
    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class MapNode:
    """A map; every key occurs once."""

    line: int
    column: int
    pairs: tuple[tuple[ScalarNode, Node], ...]


Node = ScalarNode | ListNode | MapNode


class _Unreadable(Exception):
    """Nothing sensible can be said about the rest of the file; the mistake is noted."""


def read(text: str, findings: Findings) -> Node | None:
    """Read one YAML document.

    Returns its tree, or None when it is not fit to look into; `findings` then has the reason.
    """
    if has_directives(findings):
        return None
    try:
        return _Reading(text, findings).document()
    except _Unreadable:
        return None
    except (YAMLError, ValueError, ArithmeticError, LookupError, AssertionError) as error:
        # the parser lets through what it stumbles over, such as chr() refusing "\UFFFFFFFF"
        spot, message = explain(error, text)
        findings.refuse(spot, message, "yaml-syntax")
    return None


def plain(node: Node) -> object:
    """The tree as plain values."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [plain(item) for item in node.items]
        case MapNode():
            return {key.text: plain(value) for key, value in node.pairs}


class _Reading:
    def __init__(self, text: str, findings: Findings) -> None:
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self._findings = findings
        self._aliased = False

    def document(self) -> Node | None:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), StreamEndEvent):
            self._give_up(Spot(), "the file is empty; it begins with 'version: 1'", "empty-file")
        root = self._node(next(self._events), depth=1)
        end = next(event for event in self._events if not isinstance(event, DocumentEndEvent))
        if isinstance(end, DocumentStartEvent):
            self._give_up(
                _spot(end),
                "a second document begins here; put all rules under one 'rules:', or into"
                " another file",
                "several-documents",
            )
        return None if self._aliased else root

    def _node(self, event: Event, depth: int) -> Node:
        self._check_node(event)
        spot = _spot(event)
        if depth > DEEPEST:
            self._give_up(spot, f"nested deeper than {DEEPEST} levels", "too-deep")
        match event:
            case ScalarEvent():
                return self._scalar(event, spot)
            case SequenceStartEvent():
                return ListNode(spot.line, spot.column, tuple(self._items(depth)))
            case MappingStartEvent():
                return MapNode(spot.line, spot.column, self._pairs(depth))
        return ScalarNode(spot.line, spot.column, None, "")  # an alias, refused already

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> tuple[tuple[ScalarNode, Node], ...]:
        pairs: dict[str, tuple[ScalarNode, Node]] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            key, value = self._mended(key, self._node(next(self._events), depth + 1))
            if self._is_fit(key, pairs) and isinstance(key, ScalarNode):
                pairs[key.text] = (key, value)
        return tuple(pairs.values())

    def _mended(self, key: Node, value: Node) -> tuple[Node, Node]:
        """Key and value as they were meant, as far as that is clear."""
        if not (isinstance(value, ScalarNode) and value.value is None and not value.text):
            return key, value
        glued = pair_without_space(key.text) if isinstance(key, ScalarNode) else None
        if glued and not self._is_quoted(key):
            name, rest = glued
            self._findings.refuse(key, missing_space(name, rest), "missing-space")
            spot = Spot(key.line, key.column)
            return ScalarNode(spot.line, spot.column, name, name), self._plain(rest, spot)
        # the parser places an empty value at whatever comes next, often some lines below
        return key, replace(value, line=key.line, column=key.column)

    def _is_quoted(self, node: Node) -> bool:
        line = "".join(self._findings.lines[node.line - 1 : node.line])
        return line[node.column - 1 : node.column] in ('"', "'")

    def _is_fit(self, key: Node, pairs: dict[str, tuple[ScalarNode, Node]]) -> bool:
        if not isinstance(key, ScalarNode):
            message, code = "a key must be a word, not a list or a map", "bad-key"
        elif key.text == "<<":
            message, code = "merge keys are not read; write the keys out", "merge-key"
        elif len(key.text) > LONGEST_KEY:
            message, code = f"a key has at most {LONGEST_KEY} characters", "bad-key"
        elif key.text in pairs:
            line = pairs[key.text][0].line
            message = (
                f"duplicate key {quoted(key.text)}; it stands in line {line} already; keep one"
            )
            code = "duplicate-key"
        else:
            return True
        self._findings.refuse(key, message, code)
        return False

    def _scalar(self, event: ScalarEvent, spot: Spot) -> ScalarNode:
        text = event.value
        if _SURROGATE.search(text):
            self._findings.refuse(
                spot, "half of a character (a surrogate) cannot be text; remove it", "yaml-syntax"
            )
        if event.style is not None:
            return ScalarNode(spot.line, spot.column, text, text)
        if is_typographic(text):
            message = f"{quoted(text)} stands in typographic quotes; write \" or '"
            self._findings.refuse(spot, message, "typographic-quotes")
            text = text[1:-1]
        return self._plain(text, spot)

    def _plain(self, text: str, spot: Spot) -> ScalarNode:
        try:
            return ScalarNode(spot.line, spot.column, scalars.read(text), text)
        except Flaw as flaw:
            self._findings.refuse(spot, str(flaw), flaw.code)
            return ScalarNode(spot.line, spot.column, 0, text)

    def _check_node(self, event: Event) -> None:
        if len(self._findings.mistakes) > MOST_MISTAKES:
            raise _Unreadable
        if isinstance(event, AliasEvent):
            # what it stands for is not known, so every further mistake might be a false one
            self._aliased = True
            message = f"aliases are not read; write what {quoted(f'*{event.anchor}')} stands for"
            self._findings.refuse(_spot(event), message, "alias")
            return
        if isinstance(event, NodeEvent) and event.anchor is not None:
            message = f"anchors are not read; remove {quoted(f'&{event.anchor}')}"
            self._findings.refuse(_spot(event), message, "anchor")
        tag = getattr(event, "tag", None)
        if tag is not None:
            short = str(tag).replace("tag:yaml.org,2002:", "!!")
            message = f"tags are not read; remove {quoted(short)} (text goes in quotes)"
            self._findings.refuse(_spot(event), message, "tag")

    def _give_up(self, spot: Spot, message: str, code: str) -> None:
        self._findings.refuse(spot, message, code)
        raise _Unreadable


def _spot(event: Event) -> Spot:
    mark = event.start_mark
    return Spot(mark.line + 1, mark.column + 1)
