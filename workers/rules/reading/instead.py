"""What to write instead of a value that does not fit its parameter. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workers.rules.reading.hints import as_boolean, as_day, as_duration, as_share
from workers.rules.tree.nodes import Node, ScalarNode
from workers.rules.vocabulary import Parameter, ParameterKind

_OF_TIME = (ParameterKind.DAY, ParameterKind.INSTANT, ParameterKind.DAY_OR_INSTANT)

#: days by name; tomorrow is no word of the language, the next workday is, and mostly meant
_DAYS = {"today": '"${today}%s"', "tomorrow": '"${next_workday(today)}%s"'}

#: what was meant by a text that does not fit; nothing where that is not plain
_MEANT: Mapping[ParameterKind, Callable[[str], str]] = {
    ParameterKind.DURATION: as_duration,
    ParameterKind.SHARE: as_share,
    ParameterKind.BOOLEAN: as_boolean,
}


def instead(node: Node, parameter: Parameter) -> str:
    """The end of a message about the value, from the semicolon on; nothing where there is no
    telling."""
    kind, written = parameter.kind, node.text if isinstance(node, ScalarNode) else ""
    if parameter.fields:
        return f"; it may have {', '.join(parameter.fields)}"
    if kind is ParameterKind.ID:
        return "; it has no name to go by" if written else ""
    if written and kind in (ParameterKind.TEXT, ParameterKind.REFERENCE):
        return "; put it in quotes"
    better = _better(written, kind)
    return f"; write {better}" if better else ""


def _better(written: str, kind: ParameterKind) -> str:
    if kind in _MEANT:
        return _MEANT[kind](written)
    if kind not in _OF_TIME:
        return ""
    if written == "now":
        return '"${now}"'
    # a moment needs its time of day
    clock = "T09:00" if kind is ParameterKind.INSTANT else ""
    day = as_day(written)
    named = _DAYS[written] % clock if written in _DAYS else ""
    return f"{day}{clock}" if day else named
