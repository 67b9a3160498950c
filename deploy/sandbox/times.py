"""Time entries: tracked time on tasks and projects.

Source: the contract's operations on `/timeentries`.
"""

from __future__ import annotations

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import entry_shown
from deploy.sandbox.span import TIME_FIELDS, read_span, read_zone, span_fields
from deploy.sandbox.world import Change, World


def list_entries(ask: Ask) -> Answer:
    return listed(ask, [entry_shown(ask.world, e) for e in ask.world.entries.values()])


def get_entry(ask: Ask) -> Answer:
    return Answer(body=entry_shown(ask.world, _entry(ask)))


def create_entry(ask: Ask) -> Answer:
    user = ask.need("users", "userId")
    zone = read_zone(ask.body["timezone"])
    entry = {
        **_booked_on(ask),
        **span_fields(read_span(ask.body, zone), zone),
        "timezone": ask.body["timezone"],
        "userId": user["id"],
        "note": ask.body.get("note"),
        "breakDuration": 0,
        "breaks": [],
        "isExternal": False,
        "resourceVersion": ask.world.next_version(),
    }
    kept = ask.world.add("timeentries", entry)
    _announce(ask.world, "timetracking_added", kept)
    return Answer(body=entry_shown(ask.world, kept))


def put_entry(ask: Ask) -> Answer:
    """Replaces an entry. Without any time field it stays when it was."""
    entry, user = _entry(ask), ask.referred("users", "userId")
    zone = read_zone(ask.body["timezone"])
    new = {
        **_booked_on(ask),
        **span_fields(read_span(_new_times(ask.body, entry), zone), zone),
        "timezone": ask.body["timezone"],
        "note": ask.body.get("note"),
        "userId": user["id"] if user else entry["userId"],
    }
    changes = [
        Change(name[0].upper() + name[1:], _text(entry.get(name)), _text(new[name])) for name in new
    ]
    ask.world.touch(entry, new)
    _announce(ask.world, "timetracking_updated", entry, *(c for c in changes if c.old != c.new))
    return Answer(body=entry_shown(ask.world, entry))


def delete_entry(ask: Ask) -> Answer:
    entry = _entry(ask)
    _announce(ask.world, "timetracking_deleted", entry)
    del ask.world.entries[entry["id"]]
    return NO_CONTENT


def _entry(ask: Ask) -> Model:
    return ask.subject("timeentries", "timeEntryId", "time entry")


def _booked_on(ask: Ask) -> Model:
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


def _new_times(body: Model, entry: Model) -> Model:
    given = {name: body.get(name) for name in (*TIME_FIELDS, "duration")}
    if all(value is None for value in given.values()):
        return entry
    kept = {name: entry.get(name) for name in TIME_FIELDS if name.startswith("start")}
    has_start = any(given[name] is not None for name in kept)
    has_both = given["duration"] is not None and any(
        given[n] for n in ("endTimeUtc", "endTimeLocal")
    )
    return given if has_start or has_both else {**given, **kept}


def _announce(world: World, event: str, entry: Model, *changes: Change) -> None:
    link, shown = _link(entry), entry_shown(world, entry)
    world.announce(event, shown, entity_type="timetracking", link=link, changes=changes)


def _link(entry: Model) -> str:
    """The nearest thing that has a page of its own."""
    for noun in ("task", "project"):
        if entry.get(f"{noun}Id"):
            return f"/{noun}s/{entry[f'{noun}Id']}"
    return f"/users/{entry['userId']}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


ROUTES: Routes = {
    ("GET", "/timeentries"): list_entries,
    ("POST", "/timeentries"): create_entry,
    ("GET", "/timeentries/{timeEntryId}"): get_entry,
    ("PUT", "/timeentries/{timeEntryId}"): put_entry,
    ("DELETE", "/timeentries/{timeEntryId}"): delete_entry,
}
