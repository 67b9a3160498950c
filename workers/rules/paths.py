"""Paths into facts, such as `entity.project.name`. Performs no I/O."""

from __future__ import annotations

import re

from workers.rules.facts import Path
from workers.rules.findings import Flaw, nearest
from workers.rules.values import quoted

#: where a path may begin
ROOTS = (
    "event",
    "entity",
    "task",
    "project",
    "timeEntry",
    "user",
    "assignee",
    "changes",
    "now",
    "today",
)
#: where it may begin in `do` as well
ACTION_ROOTS = ("item", "done")
_CLOCKS = ("now", "today")

_SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]{1,6}")
_INDEX = re.compile(r"\[([0-9]{1,6})\]")
_PROPERTY = re.compile(r"[A-Z]")


def parse(text: str, also: tuple[str, ...] = ()) -> Path:
    """Read a path: names with dots between them; a number indexes a list.

    also: roots beside ROOTS that are allowed where the path stands.
    Raises Flaw when it is no path or begins with an unknown root.
    """
    segments = text.split(".")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise Flaw(f"{quoted(text)} is not a path; {_with_dots(text)}", "bad-path")
    allowed = (*ROOTS, *also)
    if segments[0] not in allowed:
        raise Flaw(_unknown_root(segments[0], allowed), "unknown-root")
    _check_shape(text, segments)
    return tuple(int(segment) if segment.isdigit() else segment for segment in segments)


def _with_dots(text: str) -> str:
    better = _INDEX.sub(r".\1", text)
    segments = better.split(".")
    if better == text or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        return "write names with dots between them, such as entity.project.name"
    root = "" if segments[0] in (*ROOTS, *ACTION_ROOTS) else "entity."
    return f"write {root}{better}"


def _unknown_root(name: str, allowed: tuple[str, ...]) -> str:
    near = nearest(name, allowed)
    begin = f"did you mean '{near}'? Paths" if near else "paths"
    roots = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
    return f"unknown root {quoted(name)}; {begin} begin with {roots}"


def _check_shape(text: str, segments: list[str]) -> None:
    root, *rest = segments
    if root in _CLOCKS and rest:
        raise Flaw(f"{quoted(text)}: '{root}' has no fields; write '{root}' alone", "bad-path")
    if root != "changes":
        return
    if len(rest) < 2 or rest[1] not in ("old", "new"):  # noqa: PLR2004 -- changes.<Property>.<side>
        example = rest[0] if rest else "DueOn"
        raise Flaw(
            f"{quoted(text)} does not say which side; write changes.{example}.old or"
            f" changes.{example}.new",
            "bad-path",
        )
    if not _PROPERTY.match(rest[0]):
        better = rest[0][:1].upper() + rest[0][1:]
        raise Flaw(
            f"{quoted(text)}: properties in changes begin with a capital; did you mean"
            f" '{'.'.join(['changes', better, *rest[1:]])}'?",
            "bad-path",
        )
