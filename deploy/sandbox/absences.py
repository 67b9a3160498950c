"""Days off: of a person, of everybody, and the regions whose holidays count for whom.

Source: the contract's operations on `/absences`, `/workspaceabsences` and `/absenceregions`.
"""

from __future__ import annotations

from datetime import date

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.changes import Change, differences
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.stamps import read_instant
from deploy.sandbox.world import World

_MORNING, _NOON, _NIGHT = "00:00:00", "12:00:00", "23:59:59"


def list_absences(ask: Ask) -> Answer:
    return listed(ask, list(ask.world.table("absences").values()))


def get_absence(ask: Ask) -> Answer:
    return Answer(body=_absence(ask))


def create_absence(ask: Ask) -> Answer:
    user = ask.need("users", "userId")
    absence = {**_off(ask.body), "userId": user["id"], "isReadOnly": False}
    kept = ask.world.add("absences", absence)
    _announce(ask.world, "absence_added", kept)
    return Answer(body=kept)


def put_absence(ask: Ask) -> Answer:
    absence, user = _editable(ask), ask.need("users", "userId")
    new = {**_off(ask.body), "userId": user["id"]}
    changes = differences(absence, new)
    ask.world.touch(absence, new)
    _announce(ask.world, "absence_updated", absence, *changes)
    return Answer(body=absence)


def delete_absence(ask: Ask) -> Answer:
    absence = _editable(ask)
    _announce(ask.world, "absence_deleted", absence)
    ask.world.remove("absences", absence["id"])
    return NO_CONTENT


def workspace_absences(ask: Ask) -> Answer:
    """Days off of everybody, or of everybody in a region."""
    return listed(ask, list(ask.world.table("workspaceabsences").values()))


def create_workspace_absence(ask: Ask) -> Answer:
    absence = {**_off(ask.body), **_region(ask), "isReadOnly": False}
    return Answer(body=ask.world.add("workspaceabsences", absence))


def put_workspace_absence(ask: Ask) -> Answer:
    absence = _workspace_absence(ask)
    ask.world.touch(absence, {**_off(ask.body), **_region(ask)})
    return Answer(body=absence)


def delete_workspace_absence(ask: Ask) -> Answer:
    ask.world.remove("workspaceabsences", _workspace_absence(ask)["id"])
    return NO_CONTENT


def absence_regions(ask: Ask) -> Answer:
    """Who is assigned to them is for admins to see."""
    regions = list(ask.world.table("absenceregions").values())
    if ask.world.api_user_is_admin:
        return Answer(body=regions)
    return Answer(body=[{**region, "assignedUsers": None} for region in regions])


def _off(body: Model) -> Model:
    """When an absence is: its days, cut at noon by the flags for half days.

    On a single day a half day at the start means the first half of it, one at the end the
    second; of several days the first is begun, or the last ended, at noon.
    """
    first, last = (read_instant(body[name]).date() for name in ("startOn", "endOn"))
    if last < first:
        raise invalid("endOn", "must not be before startOn", code="date-dependency")
    flags = {name: body.get(name) or False for name in ("isHalfDayOnStart", "isHalfDayOnEnd")}
    at_start, at_end = flags.values()
    if first == last:
        # Both halves are the whole day.
        late_start, early_end = at_end and not at_start, at_start and not at_end
    else:
        late_start, early_end = at_start, at_end
    return {
        "description": body.get("description"),
        "startOn": _at(first, _NOON if late_start else _MORNING),
        "endOn": _at(last, _NOON if early_end else _NIGHT),
        **flags,
    }


def _at(day: date, clock: str) -> str:
    return f"{day.isoformat()}T{clock}Z"


def _region(ask: Ask) -> Model:
    region = ask.referred("absenceregions", "regionId") or {}
    return {"regionId": region.get("id"), "region": region.get("name")}


def _absence(ask: Ask) -> Model:
    return ask.subject("absences", "absenceId", "absence")


def _editable(ask: Ask) -> Model:
    absence = _absence(ask)
    if absence.get("isReadOnly"):
        raise invalid("isReadOnly", f"is true for {absence['id']}", code="invalid-operation")
    return absence


def _workspace_absence(ask: Ask) -> Model:
    return ask.subject("workspaceabsences", "workspaceAbsenceId", "workspace absence")


def _announce(world: World, event: str, absence: Model, *changes: Change) -> None:
    link = f"/users/{absence['userId']}"
    world.announce(event, absence, entity_type="absence", link=link, changes=changes)


ROUTES: Routes = {
    ("GET", "/absences"): list_absences,
    ("POST", "/absences"): create_absence,
    ("GET", "/absences/{absenceId}"): get_absence,
    ("PUT", "/absences/{absenceId}"): put_absence,
    ("DELETE", "/absences/{absenceId}"): delete_absence,
    ("GET", "/workspaceabsences"): workspace_absences,
    ("POST", "/workspaceabsences"): create_workspace_absence,
    ("PUT", "/workspaceabsences/{workspaceAbsenceId}"): put_workspace_absence,
    ("DELETE", "/workspaceabsences/{workspaceAbsenceId}"): delete_workspace_absence,
    ("GET", "/absenceregions"): absence_regions,
}
