"""The part of `$filter` and `$orderBy` that the sandbox plays; anything else is refused.

Performs no I/O. Workiva's pages show neither the properties nor the functions it takes; this is
OData's syntax with what a list of tasks can be expected to know:

    condition  comparison { "and" comparison }
    comparison PROPERTY (eq | ne | gt | ge | lt | le) 'text' or date-time
               contains(PROPERTY,'text')
    PROPERTY   title, status, description, created/dateTime, modified/dateTime, dueDate

A quote within a text is doubled. Of descriptions and titles the case counts.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva import times
from deploy.sandbox.workiva.refusals import Refused, wrong

Condition = Callable[[Model], bool]

TEXTS = ("title", "status", "description")
INSTANTS = ("created/dateTime", "modified/dateTime", "dueDate")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_LITERAL = r"'(?P<text>(?:[^']|'')*)'|(?P<instant>[0-9][0-9T:.+Z-]*)"
_COMPARISON = re.compile(
    rf"\s*(?:contains\(\s*(?P<within>[\w/]+)\s*,\s*'(?P<part>(?:[^']|'')*)'\s*\)"
    rf"|(?P<property>[\w/]+)\s+(?P<operator>[a-z]{{2}})\s+(?:{_LITERAL}))\s*"
)
_AND = re.compile(r"and\b")


def condition(text: str) -> Condition:
    """Whether a task meets `$filter`; without one every task does. Raises Refused."""
    parts = list(_comparisons(text)) if text.strip() else []
    return lambda task: all(part(task) for part in parts)


def ordered(tasks: Sequence[Model], text: str) -> list[Model]:
    """Tasks in the order of `$orderBy`, those that are alike as they were. Raises Refused."""
    found = list(tasks)
    for part in reversed([part.split() for part in text.split(",") if part.strip()]):
        name, way = part[0], (part[1:] or ["asc"])
        if len(way) > 1 or way[0] not in ("asc", "desc"):
            raise wrong("$orderBy", f"{' '.join(part)} is no property with asc or desc")
        _known(name, "$orderBy")
        found.sort(key=partial(_text, name=name), reverse=way == ["desc"])
    return found


def _comparisons(text: str) -> Iterator[Condition]:
    at = 0
    while True:
        found = _COMPARISON.match(text, at)
        if found is None:
            raise wrong("$filter", f"is not understood from here on: {text[at:]}")
        yield _comparison(found)
        if found.end() == len(text):
            return
        linked = _AND.match(text, found.end())
        if linked is None:
            raise wrong("$filter", f"is not understood from here on: {text[found.end() :]}")
        at = linked.end()


def _comparison(found: re.Match[str]) -> Condition:
    if within := found["within"]:
        if within not in TEXTS:
            raise _unknown(within, TEXTS)
        part = found["part"].replace("''", "'")
        return lambda task: part in task[within]
    name = found["property"]
    _known(name, "$filter")
    compare = _OPERATORS.get(found["operator"])
    if compare is None:
        raise wrong("$filter", f"{found['operator']} is none of {', '.join(_OPERATORS)}")
    if name in INSTANTS:
        return _of_instants(name, compare, found["instant"] or found["text"])
    if found["text"] is None:
        raise wrong("$filter", f"{name} is compared with a text in quotes")
    text = found["text"].replace("''", "'")
    return lambda task: compare(_value(task, name), text)


def _of_instants(name: str, compare: Callable[[Any, Any], bool], text: str) -> Condition:
    try:
        wanted = times.read(text)
    except ValueError:
        raise wrong("$filter", f"{name} is compared with a date-time, not {text}") from None

    def fits(task: Model) -> bool:
        there = _instant(task, name)
        return there is not None and compare(there, wanted)

    return fits


def _value(task: Model, name: str) -> Any:
    found: Any = task
    for part in name.split("/"):
        found = found[part]
    return found


def _text(task: Model, name: str) -> str:
    return str(_value(task, name) or "")


def _instant(task: Model, name: str) -> datetime | None:
    text = _value(task, name)
    return None if text is None else times.read(text)


def _known(name: str, parameter: str) -> None:
    if name not in (*TEXTS, *INSTANTS):
        raise _unknown(name, (*TEXTS, *INSTANTS), parameter)


def _unknown(name: str, known: Sequence[str], parameter: str = "$filter") -> Refused:
    return wrong(parameter, f"the property {name} is none of {', '.join(known)}")
