"""Values of an action that fit their kinds and make no sense. Performs no I/O.

What is filled in when the rule runs is looked at then, by the action.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.rules.findings import Findings
from workers.rules.tree.nodes import ListNode, Node, ScalarNode
from workers.rules.values import duration_s

#: lengths and steps: zero says nothing in any of them
_ABOVE_ZERO = ("min", "max", "round", "round_to")
#: the first is at most so much longer than the second, in seconds; told as
_ORDERED = (("min", "max", 0, "no longer than"), ("tolerance", "round_to", -1, "shorter than"))
#: those an action is for: with an empty list it is for nobody, and plans are taken back
_NOT_EMPTY = ("users",)


def check_sense(given: Mapping[str, Node], findings: Findings) -> None:
    """Note what makes no sense. given: the parameters of one action, or of one map of them."""
    for node, message in (*_lengths(given), *_empty(given)):
        findings.refuse(node, message, "wrong-parameter")


def _lengths(given: Mapping[str, Node]) -> Iterator[tuple[Node, str]]:
    lengths = {name: seconds for name, node in given.items() for seconds in _seconds(node)}
    for name in _ABOVE_ZERO:
        if lengths.get(name) == 0:
            yield given[name], f"'{name}' must be above zero, such as 15m; or leave it out"
    for first, second, most_s, words in _ORDERED:
        longer = lengths.get(second)
        if longer and lengths.get(first, 0) - longer > most_s:
            written = f"'{second}', {_text(given[second])}"
            message = f"'{first}' must be {words} {written}; it is {_text(given[first])}"
            yield given[first], message


def _empty(given: Mapping[str, Node]) -> Iterator[tuple[Node, str]]:
    for name in _NOT_EMPTY:
        node = given.get(name)
        if isinstance(node, ListNode) and not node.items:
            yield node, f"'{name}' is an empty list; name somebody, or leave the key out"


def _seconds(node: Node) -> Iterator[int]:
    """The length that is written there, if one is."""
    try:
        yield duration_s(_text(node))
    except ValueError:
        # A template, or a mistake that is noted already.
        return


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""
