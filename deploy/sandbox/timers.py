"""Timers: one running or paused time entry for each person.

Source: the contract's operations on `/users/{userId}/timetracking`. Starting, pausing, resuming
and stopping raise the events of time entries; that they do is not documented.
"""

from __future__ import annotations

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.entry_changes import (
    add_entry,
    announce_entry,
    break_ended,
    change_entry,
    is_paused,
    running_of,
    stop_running,
)
from deploy.sandbox.refusals import Model
from deploy.sandbox.shown import entry_shown
from deploy.sandbox.span import Span, read_zone, span_fields
from deploy.sandbox.stamps import stamp
from deploy.sandbox.times import booked_on


def start(ask: Ask) -> Answer:
    """Starts a new entry now; a running or paused one is stopped first."""
    user, zone = _user(ask), read_zone(ask.body["timezone"])
    entry = {
        **booked_on(ask),
        **span_fields(Span(None, ask.world.clock(), None, 0), zone),
        "timezone": ask.body["timezone"],
        "userId": user["id"],
        "note": ask.body.get("note"),
    }
    return _shown(ask, add_entry(ask.world, entry))


def stop(ask: Ask) -> Answer:
    return _shown(ask, stop_running(ask.world, _user(ask)["id"]))


def pause(ask: Ask) -> Answer:
    """Begins a break; a paused timer stays as it is."""
    entry = running_of(ask.world, _user(ask)["id"])
    if entry is not None and not is_paused(entry):
        breaks = [*(entry.get("breaks") or []), {"startDate": stamp(ask.world.clock())}]
        ask.world.touch(entry, {"breaks": breaks})
        announce_entry(ask.world, "timetracking_updated", entry)
    return _shown(ask, entry)


def resume(ask: Ask) -> Answer:
    """Ends the break; a running timer stays as it is."""
    entry = running_of(ask.world, _user(ask)["id"])
    if entry is not None and is_paused(entry):
        change_entry(ask.world, entry, break_ended(entry, ask.world.clock()))
    return _shown(ask, entry)


def _user(ask: Ask) -> Model:
    return ask.subject("users", "userId", "user")


def _shown(ask: Ask, entry: Model | None) -> Answer:
    return NO_CONTENT if entry is None else Answer(body=entry_shown(ask.world, entry))


ROUTES: Routes = {
    ("POST", "/users/{userId}/timetracking/start"): start,
    ("POST", "/users/{userId}/timetracking/stop"): stop,
    ("POST", "/users/{userId}/timetracking/pause"): pause,
    ("POST", "/users/{userId}/timetracking/resume"): resume,
}
