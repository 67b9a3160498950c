"""What our own writes have left on record: whether an event is their doing, and how many led to it.

awork says who caused an event, mostly. Where it does not, an event is ours when it shows an object
exactly as a write of ours has left it, or tells of one that we made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webhooks.store.client import Client
from webhooks.store.reply import text
from workers import versions
from workers.entries import Entry
from workers.targets.directory import is_id

#: awork's bodies name tasks so
_TASKS = frozenset({"taskId", "taskIds"})
#: what is added there is no object of its own: the event shows the one it is added to
_TO_OTHERS = frozenset({"taskassignment_added", "projectmember_added"})


class OwnWrites:
    """Reads what record.lua has kept."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def caused(self, kind: str, payload: Mapping[str, Any]) -> bool:
        """True when an event of this kind is the doing of a write of ours, by what it shows."""
        entity, about = payload.get("entity"), str(payload.get("entityId"))
        shown = str(entity.get("id") or about) if isinstance(entity, Mapping) else about
        wrote, made = self._client.mget(
            self._client.key.wrote(about.lower()), self._client.key.made(shown)
        )
        if kind.endswith("_added") and kind not in _TO_OTHERS and made is not None:
            return True
        return versions.of_event(payload) in text(wrote).split()

    def hop(self, awork_id: str, *, occurred_ms: int) -> int:
        """How many writes of ours had led to an object when one of its events happened."""
        hops = self._client.hgetall(self._client.key.hops(awork_id.lower()))
        return max(
            (int(hop) for hop, at_ms in hops.items() if int(at_ms) <= occurred_ms), default=0
        )


def shown(entry: Entry) -> tuple[str, str]:
    """The object that awork's answer to a write shows, and its versions; empty when it does not."""
    if entry.target != "awork" or not isinstance(entry.result, Mapping):
        return "", ""
    ident = str(entry.result.get("id") or "").lower()
    return ident, " ".join(versions.of_object(entry.result)) if ident else ""


def touched(entry: Entry) -> str:
    """The ids of what a write makes or changes: in its answer, its path, and tasks in its body."""
    if entry.target != "awork":
        return ""
    in_path = filter(is_id, entry.path.split("/"))
    found = {shown(entry)[0], *in_path, *_tasks(entry.body)} - {""}
    return " ".join(sorted(one.lower() for one in found))


def hops(entry: Entry) -> tuple[int, int, str, int]:
    """How far what it touches is from what people did, since when, and when it was changed: what
    is written beside a task, a block say, leaves the task itself as it is."""
    changed_ms = entry.done_ms if entry.path.startswith("/tasks/") else 0
    return entry.hop + 1, entry.begun_ms, touched(entry), changed_ms


def _tasks(body: object) -> Iterator[str]:
    if isinstance(body, list):
        for one in body:
            yield from _tasks(one)
    if isinstance(body, Mapping):
        named = [body[name] for name in _TASKS & body.keys()]
        for one in named:
            yield from map(str, one if isinstance(one, list) else [one])
