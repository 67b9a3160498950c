"""The tables of `given`: what each holds, and how its objects hang together. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from deploy.ruletests import workiva_given
from deploy.ruletests.merge import Nested
from deploy.sandbox.contract import the_contract

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Table:
    """One table of awork's objects."""

    #: its name in the sandbox's world
    key: str
    #: of one object, in the contract
    schema: str
    #: property with an id -> table that has it
    refers: Mapping[str, str] = field(default_factory=dict)
    #: properties that tests may give beside those of the contract
    also: tuple[str, ...] = ()

    @property
    def nested(self) -> Nested:
        """Properties that hold the whole object of an id beside it."""
        inner = {name.removesuffix("Id"): name for name in self.refers}
        return {name: of for name, of in inner.items() if name in properties(self.schema)}


_WORK = {"taskId": "tasks", "userId": "users"}

#: by the names that tests use
TABLES: Mapping[str, Table] = {
    "comments": Table("comments", "Comment", _WORK, ("taskId",)),
    "time_entries": Table(
        "timeentries",
        "TimeTracking",
        {**_WORK, "projectId": "projects", "typeOfWorkId": "types_of_work"},
    ),
    "schedules": Table("taskschedules", "TaskSchedule", _WORK),
    "bookings": Table(
        "projecttimebookings", "TimeBooking", {"userId": "users", "projectId": "projects"}
    ),
    "dependencies": Table(
        "taskdependencies", "TaskDependency", {"predecessorId": "tasks", "successorId": "tasks"}
    ),
    "tasks": Table(
        "tasks",
        "TaskModel",
        {
            "projectId": "projects",
            "taskStatusId": "statuses",
            "typeOfWorkId": "types_of_work",
            "parentId": "tasks",
            "userId": "users",
        },
    ),
    "statuses": Table("taskstatuses", "TaskStatus", {"projectId": "projects"}),
    "lists": Table("tasklists", "TaskList", {"projectId": "projects"}, ("projectId",)),
    "types_of_work": Table("typeofwork", "TypeOfWork"),
    "projects": Table("projects", "Project"),
    "absences": Table("absences", "Absence", {"userId": "users"}),
    "workspace_absences": Table("workspaceabsences", "WorkspaceAbsenceModel"),
    "regions": Table("absenceregions", "AbsenceRegionModel"),
    "capacities": Table("capacities", "UserCapacity", {"userId": "users"}, DAYS),
    "users": Table("users", "User"),
    #: the user our API token acts as
    "me": Table("users", "UserAndWorkspace"),
}

#: what else they are called, in small letters: awork's own names among them
OTHER_NAMES: Mapping[str, str] = {
    "taskschedules": "schedules",
    "projecttimebookings": "bookings",
    "timebookings": "bookings",
    "taskdependencies": "dependencies",
    "taskstatuses": "statuses",
    "tasklists": "lists",
    "absenceregions": "regions",
    "absence_regions": "regions",
    "typeofwork": "types_of_work",
    "typesofwork": "types_of_work",
}

#: `entityType` of an event -> table that has its entity
OF_ENTITY: Mapping[str, str] = {
    "task": "tasks",
    "project": "projects",
    "timetracking": "time_entries",
    "absence": "absences",
    "user": "users",
    "tasklist": "lists",
}


def fields_of_tables() -> Mapping[str, frozenset[str]]:
    """The properties a test may give in each table."""
    return {
        name: frozenset(properties(table.schema)) | frozenset(table.also)
        for name, table in TABLES.items()
    } | {workiva_given.TABLE: workiva_given.FIELDS}


def dated(table: Table, model: dict[str, object]) -> dict[str, object]:
    """The model with days where awork writes a moment made midnight UTC, as awork does."""
    return {
        name: f"{value}T00:00:00Z"
        if isinstance(value, str)
        and len(value) == len("2026-03-27")
        and properties(table.schema).get(name) == "date-time"
        else value
        for name, value in model.items()
    }


@cache
def properties(schema: str) -> Mapping[str, str]:
    """The properties of one of the contract's schemas, with their formats."""
    contract = the_contract()
    found = contract.resolve(contract.schema(schema))["properties"]
    return {name: str(contract.resolve(part).get("format", "")) for name, part in found.items()}
