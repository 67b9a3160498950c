"""A write as it is on record, and what came back. Performs no I/O."""

from __future__ import annotations

from typing import Any

from webhooks.errors import TargetUnknown
from webhooks.store.journal import Write
from workers.entries import Entry
from workers.targets.http import Request


def request(entry: Entry) -> Request:
    """What is sent, exactly as the first time."""
    return Request(entry.method, entry.path, entry.body, entry.target)


def result(json: Any) -> dict[str, Any]:
    """The part of an answer that is kept: an object as it is, nothing for an empty answer."""
    return json if isinstance(json, dict) else {}


def unknown(entry: Entry, message: str, code: str) -> TargetUnknown:
    """The error of a write of which it is not known what became of it."""
    told = f"{entry.method} {entry.path}: {message}"
    error = TargetUnknown(told, code=code, trace_id=entry.trace_id)
    error.target = entry.target
    return error


def told(
    item: str, request: Request, outcome: str, summary: str, entry: Entry | None = None
) -> Write:
    """A write for the record of its event. entry: what the ledger has of it."""
    return Write(
        item=item,
        method=request.method,
        path=request.path,
        target=request.target,
        outcome=outcome,
        summary=summary,
        body=request.json if outcome == "shadow" else None,
        made=entry.made if entry else "",
        trace_id=entry.trace_id if entry else "",
    )


def made(entry: Entry, result: dict[str, Any]) -> str:
    """The id of what a write made; what names an object, to change it, has not made it."""
    ident = str(result.get("id") or "") if entry.method == "POST" else ""
    return "" if ident.lower() in request(entry).named else ident
