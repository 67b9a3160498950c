"""What commands print of events on record: one line or two for each in a list, or all of one.

Reads and decides nothing. What is other people's text steers no terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from webhooks.store.journal import ActionRun, Attempt, Entry, RuleRun, Run
from webhooks.store.records import event_of

_INDENT = "    "


def row(entry: Entry) -> dict[str, Any]:
    """One event of a list, for machines: every key is always there."""
    run, event = entry.run, event_of(entry)
    return {
        "event": entry.id,
        "at": moment(run.settled_ms if run else event.received_ms if event else 0),
        "outcome": run.outcome if run else entry.state,
        "kind": run.kind if run else event.kind if event else "",
        "title": run.title if run else "",
        "rule": run.rule if run else "",
        "action": run.action if run else "",
        "reason": run.reason if run else entry.reason,
        "message": run.message if run else "",
    }


def listed(entry: Entry) -> str:
    """The same for people, on two lines: what and when, and why."""
    one = row(entry)
    what = "  ".join(str(one[name]) for name in ("event", "at", "kind", "title") if one[name])
    where = ", ".join(str(one[name]) for name in ("rule", "action") if one[name])
    why = ": ".join(part for part in (where, str(one["reason"]), str(one["message"])) if part)
    return clean(what) + (f"\n{_INDENT}{clean(why)}" if why else "")


def as_data(entry: Entry) -> dict[str, Any]:
    """All of one event, for machines."""
    run, event = entry.run, event_of(entry)
    return {
        **row(entry),
        "state": entry.state,
        "received": moment(event.received_ms if event else 0),
        "entity_id": event.entity_id if event else "",
        "attempts": [_attempt_data(one) for one in run.attempts] if run else [],
        "rules": msgspec.to_builtins(run.rules) if run else [],
        "dropped": msgspec.to_builtins(entry.dropped),
        "undone": entry.undone or None,
        "ways_on": list(ways_on(entry)),
    }


def whole(entry: Entry) -> Iterator[str]:
    """All of one event, for people: line by line."""
    run, event = entry.run, event_of(entry)
    one = row(entry)
    yield clean(f"{one['event']}  {one['kind']}  {one['title']}".rstrip())
    if event:
        yield f"arrived  {moment(event.received_ms)}"
    yield clean(f"{one['outcome']:<8} {one['at']}  {_grave(one)}".rstrip())
    if entry.dropped:
        yield f"dropped: {clean(entry.dropped.why)} ({_dropped_by(entry)})"
    if entry.undone:
        yield f"undone by {entry.undone}"
    if run and run.attempts:
        yield "tries"
        yield from (_INDENT + clean(_attempt(one)) for one in run.attempts)
    for rule in run.rules if run else ():
        yield from _rule(rule)
    if found := list(ways_on(entry)):
        yield "ways on"
        yield from (f"{_INDENT}{way}" for way in found)


def ways_on(entry: Entry) -> Iterator[str]:
    """The commands that lead on from here."""
    if entry.state != "settled" or entry.run is None:
        return
    if not entry.undone:
        yield f"hookwork replay {entry.id}"
    if entry.run.outcome == "failed" and not entry.dropped:
        yield f'hookwork drop {entry.id} --reason "..."'
    if not entry.undone and _has_made(entry.run):
        yield f"hookwork undo {entry.id}"


def moment(ms: int) -> str:
    """A time, in UTC, to the second; empty for none."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}" if ms else ""


def clean(text: str) -> str:
    """Other people's text for the terminal: nothing in it steers the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _has_made(run: Run) -> bool:
    writes = (w for rule in run.rules for action in rule.actions for w in action.writes)
    is_handed_on = any(rule.turn for rule in run.rules)
    return is_handed_on or any(write.made for write in writes)


def _grave(one: dict[str, Any]) -> str:
    where = ", ".join(one[name] for name in ("rule", "action") if one[name])
    return ": ".join(part for part in (where, one["reason"], one["message"]) if part)


def _dropped_by(entry: Entry) -> str:
    return f"{clean(entry.dropped.by)}, {moment(entry.dropped.at_ms)}" if entry.dropped else ""


def _attempt(one: Attempt) -> str:
    status = f"{one.status} {one.code}".strip() if one.status else one.code
    parts = [moment(one.at_ms), one.reason, f"({status})" if status else ""]
    parts += [f"trace {one.trace_id}" if one.trace_id else ""]
    parts += [f"again in {one.retry_in_s:.1f} s" if one.retry_in_s else "given up"]
    return "  ".join(part for part in parts if part) + (f": {one.message}" if one.message else "")


def _attempt_data(one: Attempt) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__} | {"at": moment(one.at_ms)}


def _rule(rule: RuleRun) -> Iterator[str]:
    why = ": ".join(part for part in (rule.reason, rule.message) if part)
    shadow = " (shadow)" if rule.mode == "shadow" else ""
    turn = f", see {rule.turn}" if rule.turn else ""
    yield clean(f"{rule.rule}: {rule.outcome or rule.verdict}{shadow} {why}".rstrip() + turn)
    for action in rule.actions:
        yield from (_INDENT + clean(line) for line in _action(action))


def _action(action: ActionRun) -> Iterator[str]:
    named = action.name if action.id == action.name else f"{action.name} ({action.id})"
    of = f" for {action.item}" if action.item else ""
    why = ": ".join(part for part in (action.reason, action.message) if part)
    yield f"{named}{of}: {action.outcome} {why}".rstrip()
    for write in action.writes:
        traced = f"  trace {write.trace_id}" if write.trace_id else ""
        made = f"  id {write.made}" if write.made else ""
        to = "Workiva: " if write.target == "workiva" else ""
        sent = f"{to}{write.method} {write.path}"
        yield f"{_INDENT}{write.outcome}: {write.summary}  {sent}{made}{traced}"
