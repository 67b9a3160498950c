"""Time entries: tracked time on tasks and projects.

Source: the contract's operations on `/timeentries`.
"""

from __future__ import annotations

from datetime import datetime

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.entry_changes import (
    add_entry,
    change_entry,
    guard_billed,
    is_running,
    remove_entry,
)
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import entry_shown, entry_simplified
from deploy.sandbox.span import TIME_FIELDS, read_span, read_zone, span_fields
from deploy.sandbox.stamps import read_instant

_ENDS = ("endTimeUtc", "endTimeLocal")


def list_entries(ask: Ask) -> Answer:
    return listed(ask, [entry_shown(ask.world, e) for e in ask.world.entries.values()])


def project_entries(ask: Ask) -> Answer:
    project = ask.subject("projects", "projectId", "project")
    entries = ask.world.find_where("timeentries", projectId=project["id"])
    return listed(ask, [entry_shown(ask.world, entry) for entry in entries])


def simplified_entries(ask: Ask) -> Answer:
    """All entries, ungrouped: what `grouping` may say is not documented."""
    return listed(ask, [entry_simplified(ask.world, e) for e in ask.world.entries.values()])


def last_entry(ask: Ask) -> Answer:
    """The entry that was started last; those that start in the future do not count."""
    user = ask.subject("users", "userId", "user")
    entries = ask.world.find_where("timeentries", userId=user["id"])
    begun = [entry for entry in entries if _started(entry) <= ask.world.clock()]
    if not begun:
        return NO_CONTENT
    return Answer(body=[entry_shown(ask.world, max(begun, key=_started))])


def get_entry(ask: Ask) -> Answer:
    return Answer(body=entry_shown(ask.world, _entry(ask)))


def create_entry(ask: Ask) -> Answer:
    user = ask.need("users", "userId")
    zone = read_zone(ask.body["timezone"])
    entry = {
        **booked_on(ask),
        **span_fields(read_span(ask.body, zone), zone),
        "timezone": ask.body["timezone"],
        "userId": user["id"],
        "note": ask.body.get("note"),
    }
    return Answer(body=entry_shown(ask.world, add_entry(ask.world, entry)))


def put_entry(ask: Ask) -> Answer:
    """Replaces an entry. Without any time field it stays when it was, and its breaks stay."""
    entry, user = _entry(ask), ask.referred("users", "userId")
    guard_billed(ask.world, entry)
    new = {
        **booked_on(ask),
        **_new_span(ask.body, entry),
        "timezone": ask.body["timezone"],
        "note": ask.body.get("note"),
        "userId": user["id"] if user else entry["userId"],
    }
    change_entry(ask.world, entry, new)
    return Answer(body=entry_shown(ask.world, entry))


def delete_entry(ask: Ask) -> Answer:
    entry = _entry(ask)
    guard_billed(ask.world, entry)
    remove_entry(ask.world, entry)
    return NO_CONTENT


def remove_breaks(ask: Ask) -> Answer:
    """Forgets the breaks; a paused timer runs again."""
    entry = _entry(ask)
    change_entry(ask.world, entry, {"breaks": [], "breakDuration": 0})
    return Answer(body=entry_shown(ask.world, entry))


def booked_on(ask: Ask) -> Model:
    """Task, project, type of work and flags of the entry a form describes."""
    task, project = ask.referred("tasks", "taskId"), ask.referred("projects", "projectId")
    type_of_work = ask.need("typeofwork", "typeOfWorkId")
    of_task = task.get("projectId") if task else None
    if project and task and project["id"] != of_task:
        raise invalid("projectId", "is not the project of the task")
    # Setting the task of an entry sets its project at awork too; a new entry is no different.
    project_id = project["id"] if project else of_task
    by_default = ask.world.projects[project_id].get("isBillableByDefault") if project_id else False
    return {
        "taskId": task["id"] if task else None,
        "projectId": project_id,
        "typeOfWorkId": type_of_work["id"],
        "isBillable": ask.body.get("isBillable", by_default or False),
        "isBilled": ask.body.get("isBilled", False),
    }


def _entry(ask: Ask) -> Model:
    return ask.subject("timeentries", "timeEntryId", "time entry")


def _started(entry: Model) -> datetime:
    day = read_instant(entry["startDateUtc"])
    clock = entry.get("startTimeUtc")
    return read_instant(f"{day:%Y-%m-%d}T{clock}") if clock else day


def _new_span(body: Model, entry: Model) -> Model:
    given = {name: body.get(name) for name in (*TIME_FIELDS, "duration")}
    if all(value is None for value in given.values()):
        return {name: entry.get(name) for name in given}
    zone = read_zone(body["timezone"])
    fields = span_fields(read_span(_with_kept(given, entry), zone), zone)
    if is_running(entry):
        _check_runs_on(fields)
    elif is_running(fields):
        raise invalid("duration", "is required when the entry is finished and has no end")
    elif fields["duration"] < (entry.get("breakDuration") or 0):
        raise invalid("duration", "must not be below the breaks", code="value-out-of-range")
    return fields


def _check_runs_on(fields: Model) -> None:
    if not is_running(fields):
        what = "must not be set while the timer runs: only a new start may"
        raise invalid("duration", what, code="invalid-operation")


def _with_kept(given: Model, entry: Model) -> Model:
    """What a form gives, with the start it leaves out."""
    kept = {name: entry.get(name) for name in TIME_FIELDS if name.startswith("start")}
    has_start = any(given[name] is not None for name in kept)
    has_both = given["duration"] is not None and any(given[name] for name in _ENDS)
    return given if has_start or has_both else {**given, **kept}


ROUTES: Routes = {
    ("GET", "/timeentries"): list_entries,
    ("POST", "/timeentries"): create_entry,
    ("GET", "/timeentries/simplified"): simplified_entries,
    ("GET", "/timeentries/{timeEntryId}"): get_entry,
    ("PUT", "/timeentries/{timeEntryId}"): put_entry,
    ("DELETE", "/timeentries/{timeEntryId}"): delete_entry,
    ("POST", "/timeentries/{timeEntryId}/removebreaks"): remove_breaks,
    ("GET", "/projects/{projectId}/timeentries"): project_entries,
    ("GET", "/users/{userId}/timeentries/last"): last_entry,
}
