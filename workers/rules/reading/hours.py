"""Reading `defaults.working_hours`. Performs no I/O."""

from __future__ import annotations

import re
from datetime import time

from workers.rules import hours
from workers.rules.findings import Findings, Flaw
from workers.rules.hours import WEEKDAYS, Window, WorkingHours
from workers.rules.reading import fields
from workers.rules.tree.nodes import MapNode, Node, ScalarNode
from workers.rules.values import quoted

_SPAN = re.compile(
    r"([01]?[0-9]|2[0-4])(?:[:.]([0-5][0-9]))? ?- ?([01]?[0-9]|2[0-4])(?:[:.]([0-5][0-9]))?"
)
#: days as they are called elsewhere
_IN_ENGLISH = {
    **dict(zip(("mo", "tu", "we", "th", "fr", "sa", "su"), WEEKDAYS, strict=True)),
    **dict(zip(("mo", "di", "mi", "do", "fr", "sa", "so"), WEEKDAYS, strict=True)),
    **{day: day for day in WEEKDAYS},
    "monday": "mon",
    "tuesday": "tue",
    "wednesday": "wed",
    "thursday": "thu",
    "friday": "fri",
    "saturday": "sat",
    "sunday": "sun",
}
_EXAMPLE = "{mon-fri: [09:00-12:30, 13:30-17:30]}"


def working_hours(node: Node, findings: Findings) -> WorkingHours:
    """The windows of each weekday; what is wrong with them goes to the findings."""
    if not isinstance(node, MapNode) or not node.pairs:
        message = f"'working_hours' is a map such as {_EXAMPLE}, not {fields.described(node)}"
        findings.refuse(node, message, "wrong-type")
        return WorkingHours()
    windows: dict[int, tuple[Window, ...]] = {}
    taken: dict[int, str] = {}
    for key, value in node.pairs:
        of_these = _windows(value, key.text, findings)
        for day in _days(key, taken, findings):
            windows[day] = of_these
    return WorkingHours(windows)


def _days(key: ScalarNode, taken: dict[int, str], findings: Findings) -> tuple[int, ...]:
    try:
        days = hours.weekdays(key.text)
    except Flaw as flaw:
        better = "-".join(_IN_ENGLISH.get(name.lower(), "?") for name in key.text.split("-"))
        meant = key.text if "?" in better else better
        fields.refuse(key, _with_days(flaw, key.text, meant), findings)
        return ()
    for day in days:
        if day in taken:
            message = f"'{WEEKDAYS[day]}' stands in {quoted(taken[day])} already; name a day once"
            findings.refuse(key, message, "day-twice")
            return ()
    taken.update(dict.fromkeys(days, key.text))
    return days


def _with_days(flaw: Flaw, text: str, meant: str) -> Flaw:
    if meant == text:
        return flaw
    return Flaw(f"{quoted(text)} is no day and no range; write {meant}", flaw.code)


def _windows(node: Node, key: str, findings: Findings) -> tuple[Window, ...]:
    read: list[tuple[Window, Node]] = []
    if isinstance(node, ScalarNode) and (meant := _as_windows(node.text)):
        message = f"{quoted(key)} is a list, not {fields.described(node)}; write {meant}"
        findings.refuse(node, message, "wrong-type")
        return ()
    for item in fields.listed(node, key, findings):
        text = fields.text(item, key, findings, "a window such as 09:00-12:30")
        try:
            one = hours.window(text) if text else None
        except Flaw as flaw:
            fields.refuse(item, flaw, findings)
            continue
        if one and read:
            _check_order(read[-1], one, item, findings)
        if one:
            read.append((one, item))
    return tuple(one for one, _ in read)


def _as_windows(text: str) -> str:
    """What `9-17` is as a list of windows; nothing when it is no such text."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        return ""
    begin, end = (
        f"{int(hour):02}:{minute or '00'}"
        for hour, minute in ((found[1], found[2]), (found[3], found[4]))
    )
    return f'["{begin}-{end}"]'


def _check_order(before: tuple[Window, Node], here: Window, node: Node, findings: Findings) -> None:
    (_, ends), earlier = before
    # 00:00 as an end is the end of the day: nothing comes after it
    if ends != time() and here[0] >= ends:
        return
    message = (
        f"{fields.described(node)} begins before {fields.described(earlier)} ends; windows stand in"
        " order and do not overlap"
    )
    findings.refuse(node, message, "bad-hours")
