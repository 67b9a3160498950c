"""How a time entry changes: what is kept, and which event is raised; a running one's end."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from deploy.sandbox.changes import Change, differences
from deploy.sandbox.refusals import Model, Refusal
from deploy.sandbox.shown import entry_shown
from deploy.sandbox.span import Span, read_span, span_fields
from deploy.sandbox.stamps import read_instant, stamp
from deploy.sandbox.world import World


def add_entry(world: World, entry: Model) -> Model:
    """Keep a new entry. One that runs stops the user's running or paused one."""
    if is_running(entry):
        stop_running(world, entry["userId"])
    fresh = {"breakDuration": 0, "breaks": [], "isExternal": False}
    kept = world.add("timeentries", {**entry, **fresh, "resourceVersion": world.next_version()})
    announce_entry(world, "timetracking_added", kept)
    return kept


def change_entry(
    world: World, entry: Model, new: Model, event: str = "timetracking_updated"
) -> None:
    """Set properties of an entry; those that differ are told in one event."""
    changes = differences(entry, new)
    world.touch(entry, new)
    if changes:
        announce_entry(world, event, entry, *changes)


def remove_entry(world: World, entry: Model) -> None:
    announce_entry(world, "timetracking_deleted", entry)
    world.remove("timeentries", entry["id"])


def announce_entry(
    world: World, event: str, entry: Model, *changes: Change, nested: bool = False
) -> None:
    """Raise an event about an entry as it is now."""
    link, shown = _link(entry), entry_shown(world, entry)
    world.announce(
        event, shown, entity_type="timetracking", link=link, changes=changes, nested=nested
    )


def guard_billed(world: World, entry: Model) -> None:
    """Raises a refusal when the entry is billed and the API user is no admin."""
    if entry.get("isBilled") and not world.api_user_is_admin:
        what = f"The time entry {entry['id']} is billed; only an admin may change it."
        raise Refusal(401, "unauthorized", what)


def is_running(entry: Model) -> bool:
    """Whether an entry has begun and not ended; entries of a mere duration have done neither."""
    return entry.get("startTimeUtc") is not None and entry.get("endTimeUtc") is None


def is_paused(entry: Model) -> bool:
    breaks = entry.get("breaks") or []
    return bool(breaks) and breaks[-1].get("endDate") is None


def running_of(world: World, user_id: str) -> Model | None:
    """The user's running or paused entry."""
    entries = world.find_where("timeentries", userId=user_id)
    return next((entry for entry in entries if is_running(entry)), None)


def stop_running(world: World, user_id: str) -> Model | None:
    """End the user's running or paused entry now. Returns it, or None when there is none."""
    entry = running_of(world, user_id)
    if entry is None:
        return None
    zone = ZoneInfo(entry["timezone"])
    start = read_span(entry, zone).start or world.clock()
    end = max(world.clock(), start)
    # Breaks are not taken off: the contract bounds them by the duration, so they are part of it.
    span = Span(None, start, end, int((end - start).total_seconds()))
    change_entry(world, entry, {**span_fields(span, zone), **break_ended(entry, end)})
    return entry


def break_ended(entry: Model, now: datetime) -> Model:
    """The breaks of an entry when it goes on, or ends, now."""
    if not is_paused(entry):
        return {}
    *ended, last = entry["breaks"]
    seconds = int((now - read_instant(last["startDate"])).total_seconds())
    breaks = [*ended, {**last, "endDate": stamp(now), "duration": seconds}]
    return {"breaks": breaks, "breakDuration": sum(each["duration"] for each in breaks)}


def _link(entry: Model) -> str:
    """The nearest thing that has a page of its own."""
    for noun in ("task", "project"):
        if entry.get(f"{noun}Id"):
            return f"/{noun}s/{entry[f'{noun}Id']}"
    return f"/users/{entry['userId']}"
