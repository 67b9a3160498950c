"""One operation on many time entries, and the older setters that came before.

Source: the contract's `POST /timeentries/batch/{operation}` and `/timeentries/set...`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.batches import Edit, Operation, batch, required
from deploy.sandbox.entry_changes import change_entry, guard_billed, remove_entry
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.world import World

_TYPE_CHANGED = "timetracking_type_changed"


def batch_delete(ask: Ask) -> Edit:
    return _for_admins(ask, lambda entry: remove_entry(ask.world, entry))


def batch_type(ask: Ask) -> Edit:
    # The contract leaves open whether only admins may do this to billed entries; here all may.
    new = {"typeOfWorkId": _referred(ask, "typeofwork", "newTypeOfWorkId")["id"]}
    return lambda entry: change_entry(ask.world, entry, new, _TYPE_CHANGED)


def batch_billable(ask: Ask) -> Edit:
    """Making a billed entry unbillable also makes it unbilled."""
    is_billable = required(ask, "isBillable")
    new = {"isBillable": True} if is_billable else {"isBillable": False, "isBilled": False}
    edit = _setting(ask, new)
    return edit if is_billable else _for_admins(ask, edit)


def batch_billed(ask: Ask) -> Edit:
    is_billed = required(ask, "isBilled")
    edit = _setting(ask, {"isBilled": is_billed})
    return edit if is_billed else _for_admins(ask, edit)


def batch_project(ask: Ask) -> Edit:
    """The task of before is dropped with the project of before."""
    project = _referred(ask, "projects", "newProjectId")
    return _for_admins(ask, _setting(ask, {"projectId": project["id"], "taskId": None}))


def batch_task(ask: Ask) -> Edit:
    """A project task brings its project along; a private one has none."""
    task = _referred(ask, "tasks", "newTaskId")
    new = {"taskId": task["id"], "projectId": task.get("projectId")}
    return _for_admins(ask, _setting(ask, new))


def batch_user(ask: Ask) -> Edit:
    user = _referred(ask, "users", "newUserId")
    return _for_admins(ask, _setting(ask, {"userId": user["id"]}))


OPERATIONS: Mapping[str, Operation] = {
    "delete": batch_delete,
    "settypeofwork": batch_type,
    "setisbillable": batch_billable,
    "setisbilled": batch_billed,
    "setproject": batch_project,
    "settask": batch_task,
    "setuser": batch_user,
}


def entry_batch(ask: Ask) -> Answer:
    return batch(ask, OPERATIONS, table="timeentries", ids="timeEntryIds", noun="time entry")


def _setting(ask: Ask, new: Model) -> Edit:
    return lambda entry: change_entry(ask.world, entry, new)


def _for_admins(ask: Ask, edit: Edit) -> Edit:
    """The same edit; only an admin may do it to an entry that is billed."""

    def guarded(entry: Model) -> None:
        guard_billed(ask.world, entry)
        edit(entry)

    return guarded


def _referred(ask: Ask, table: str, property_: str) -> Model:
    required(ask, property_)
    return ask.need(table, property_)


def delete(ask: Ask) -> Answer:
    return _to_all(ask, remove_entry, guard=guard_billed)


def set_billable(ask: Ask) -> Answer:
    return _to_all(ask, lambda world, entry: change_entry(world, entry, {"isBillable": True}))


def set_unbillable(ask: Ask) -> Answer:
    """Refuses billed entries, unlike the batch."""
    return _to_all(
        ask,
        lambda world, entry: change_entry(world, entry, {"isBillable": False}),
        guard=_refuse_billed,
    )


def set_billed(ask: Ask) -> Answer:
    return _to_all(ask, lambda world, entry: change_entry(world, entry, {"isBilled": True}))


def set_unbilled(ask: Ask) -> Answer:
    return _to_all(
        ask,
        lambda world, entry: change_entry(world, entry, {"isBilled": False}),
        guard=guard_billed,
    )


def set_type(ask: Ask) -> Answer:
    new = {"typeOfWorkId": ask.need("typeofwork", "typeOfWorkId")["id"]}
    return _to_all(ask, lambda world, entry: change_entry(world, entry, new, _TYPE_CHANGED))


def _refuse_billed(_: World, entry: Model) -> None:
    if entry["isBilled"]:
        raise invalid("ids", f"is billed: {entry['id']}", code="invalid-operation")


def _to_all(
    ask: Ask,
    edit: Callable[[World, Model], None],
    *,
    guard: Callable[[World, Model], None] = lambda _, __: None,
) -> Answer:
    """Do it to every entry listed under `ids`, or to none when one is missing or guarded."""
    entries = [_entry(ask, ident) for ident in dict.fromkeys(ask.body.get("ids") or [])]
    for entry in entries:
        guard(ask.world, entry)
    for entry in entries:
        edit(ask.world, entry)
    return NO_CONTENT


def _entry(ask: Ask, ident: str) -> Model:
    found = ask.world.entries.get(ident.lower())
    if found is None:
        raise ask.dangling("ids", ident)
    return found


ROUTES: Routes = {
    ("POST", "/timeentries/batch/{operation}"): entry_batch,
    ("POST", "/timeentries/delete"): delete,
    ("POST", "/timeentries/setbillable"): set_billable,
    ("POST", "/timeentries/setunbillable"): set_unbillable,
    ("POST", "/timeentries/setbilled"): set_billed,
    ("POST", "/timeentries/setunbilled"): set_unbilled,
    ("POST", "/timeentries/settypeofwork"): set_type,
}
