"""What hangs on one task: its people and their efforts, custom fields, time entries."""

from __future__ import annotations

from deploy.sandbox.activities import record
from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.changes import differences
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import entry_shown
from deploy.sandbox.task_changes import assign, change_task, the_task


def set_assignees(ask: Ask) -> Answer:
    """Replaces the whole list of people."""
    task = the_task(ask)
    assign(ask.world, task, [_user(ask, ident) for ident in ask.body])
    return NO_CONTENT


def set_planned_efforts(ask: Ask) -> Answer:
    """Sets the seconds planned for the assignees named; the others keep theirs."""
    task = the_task(ask)
    people = {person["id"]: dict(person) for person in task.get("assignees") or []}
    for form in ask.body:
        person = people.get(form["userId"].lower())
        if person is None:
            raise invalid("userId", f"is not assigned to this task: {form['userId']}")
        person["plannedEffort"] = form.get("plannedEffort") or 0
        person["isDistributedPlannedEffort"] = form.get("plannedEffort") is None
    for before in task.get("assignees") or []:
        for change in differences(before, {"plannedEffort": people[before["id"]]["plannedEffort"]}):
            record(ask.world, task, "updated", change)
    ask.world.touch(task, {"assignees": list(people.values())})
    return NO_CONTENT


def set_custom_fields(ask: Ask) -> Answer:
    """Sets the fields named; the others keep their values."""
    task = the_task(ask)
    fields = {each["customFieldDefinitionId"]: each for each in task.get("customFields") or []}
    for form in ask.body:
        values = [name for name, value in form.items() if value is not None]
        if len(values) > len(("customFieldDefinitionId", "one value")):
            raise invalid("customFieldDefinitionId", "takes one value, not several")
        fields[form["customFieldDefinitionId"]] = form
    change_task(ask.world, task, {"customFields": list(fields.values())})
    return NO_CONTENT


def task_entries(ask: Ask) -> Answer:
    entries = ask.world.find_where("timeentries", taskId=ask.path["taskId"].lower())
    return listed(ask, [entry_shown(ask.world, entry) for entry in entries])


def task_dependencies(ask: Ask) -> Answer:
    """The task's predecessors and its successors: every dependency it is one end of."""
    dependencies = ask.world.table("taskdependencies").values()
    ident, ends = the_task(ask)["id"], ("predecessorId", "successorId")
    return Answer(body=[one for one in dependencies if ident in [one[end] for end in ends]])


def _user(ask: Ask, ident: str) -> Model:
    found = ask.world.users.get(ident.lower())
    if found is None:
        raise ask.dangling("userId", ident)
    return found


ROUTES: Routes = {
    ("POST", "/tasks/{taskId}/setassignees"): set_assignees,
    ("POST", "/tasks/{taskId}/setplannedefforts"): set_planned_efforts,
    ("POST", "/tasks/{taskId}/setcustomfields"): set_custom_fields,
    ("GET", "/tasks/{taskId}/timeentries"): task_entries,
    ("GET", "/tasks/{taskId}/taskdependencies"): task_dependencies,
}
