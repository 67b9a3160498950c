"""Our models are of awork's objects: every property is in the contract, and the samples read."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
import pytest

from deploy.sandbox.contract import the_contract
from deploy.sandbox.refusals import Model as Plain
from tests import samples
from workers.targets import models
from workers.targets.models import Absence, Activity, Assignee, Task, TimeBooking, TimeEntry
from workers.targets.reading import Part, read

#: our models -> what awork calls theirs
SCHEMAS: Mapping[type[Part], str] = {
    models.Task: "TaskModel",
    models.Assignee: "NestedUserModelForTasks",
    models.Tag: "TaskTagModel",
    models.TaskStatus: "TaskStatus",
    models.CustomField: "CustomField",
    models.SelectionOption: "CustomFieldSelectionOption",
    models.Project: "Project",
    models.Member: "ProjectMember",
    models.TaskSchedule: "TaskSchedule",
    models.TimeBooking: "TimeBooking",
    models.TimeEntry: "TimeTracking",
    models.User: "User",
    models.UserStatus: "UserStatus",
    models.Capacity: "UserCapacity",
    models.WeeklyCapacity: "UserWeeklyCapacity",
    models.Absence: "Absence",
    models.WorkspaceAbsence: "WorkspaceAbsenceModel",
    models.AbsenceRegion: "AbsenceRegionModel",
    models.TypeOfWork: "TypeOfWork",
    models.TaskList: "TaskList",
    models.Comment: "Comment",
    models.Activity: "ActivityModel",
    models.Webhook: "WebhookConfig",
}
#: what only others are made of
_BASES = {models.Model, models.DaysOff}
#: type and format in the contract -> ours
_TYPES: Mapping[tuple[str | None, str | None], tuple[Any, ...]] = {
    ("string", None): (str,),
    ("string", "uuid"): (str,),
    ("string", "date-time"): (datetime, date),
    ("string", "date"): (date,),
    ("integer", "int32"): (int,),
    ("integer", "int64"): (int,),
    ("boolean", None): (bool,),
    (None, None): (dict,),
}
#: `entityType` of an event -> model
_ENTITIES: Mapping[str, type[Part]] = {
    "task": models.Task,
    "project": models.Project,
    "timetracking": models.TimeEntry,
    "absence": models.Absence,
    "user": models.User,
    "tasklist": models.TaskList,
}
EACH = pytest.mark.parametrize("model", SCHEMAS, ids=lambda model: model.__name__)


def fields(model: type[Part]) -> Iterator[tuple[str, str, Any]]:
    """Our name, awork's, and the type of each property."""
    for field in msgspec.structs.fields(model):
        yield field.name, field.encode_name, field.type


def test_every_model_is_of_one_of_awork_s() -> None:
    ours = [one for _, one in inspect.getmembers(models, inspect.isclass) if issubclass(one, Part)]

    assert set(ours) - {Part} - _BASES == set(SCHEMAS)


@EACH
def test_every_property_is_in_the_contract_and_of_its_type(model: type[Part]) -> None:
    contract = the_contract()
    schema = contract.resolve(contract.schema(SCHEMAS[model]))

    for name, sent, kind in fields(model):
        assert sent in schema["properties"], name
        assert _fits(kind, schema["properties"][sent]), name


@EACH
def test_every_property_may_be_missing_or_null(model: type[Part]) -> None:
    nothing = read(model, {})
    nulls = read(model, {sent: None for _, sent, _ in fields(model)})

    assert nothing == nulls == model()
    for name, _, kind in fields(model):
        assert getattr(nothing, name) == (() if get_origin(kind) is tuple else None)


def test_all_that_the_samples_tell_is_read() -> None:
    told = 0

    for payload in (one["payload"] for one in samples.every()):
        model = _ENTITIES.get(payload["entityType"])
        if model:
            told += _read_whole(model, payload["entity"])

    assert told > 100


def test_what_is_strange_in_one_place_is_read_in_the_others() -> None:
    strange = {
        "id": 7,
        "name": "Build",
        "startOn": "soon",
        "dueOn": "2026-11-25T16:00:00Z",
        "plannedDuration": "6h",
        "isPrio": 1,
        "assignees": ["Timo", {"id": "t", "plannedEffort": True}],
        "taskStatus": "Done",
        "tags": {"name": "urgent"},
        "new": {"not": "known"},
    }

    task = read(Task, strange)

    due = datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert task == Task(name="Build", due_on=due, assignees=(Assignee(id="t"),))


@pytest.mark.parametrize("item", [None, [], "text", 5])
def test_of_what_is_no_object_nothing_is_known(item: object) -> None:
    assert read(Task, item) == Task()


def test_days_are_those_that_awork_s_moments_name() -> None:
    entry = read(TimeEntry, {"startDateLocal": "2026-11-20T00:00:00"})
    booking = read(TimeBooking, {"startDate": "2026-11-23", "endDate": "2026-12-04T00:00:00Z"})
    absence = read(Absence, {"endOn": "2026-12-23T23:59:59Z"})

    assert entry.start_date_local == date(2026, 11, 20)
    assert (booking.start_date, booking.end_date) == (date(2026, 11, 23), date(2026, 12, 4))
    assert absence.end_on == date(2026, 12, 23)


def test_an_activity_has_texts_and_objects() -> None:
    sent = {"oldPropertyValue": "To do", "oldProperty": {"id": "x", "name": "To do"}}

    activity = read(Activity, sent)

    assert (activity.old_property_value, activity.old_property) == ("To do", sent["oldProperty"])


def _fits(kind: Any, part: Plain) -> bool:
    if get_origin(kind) is tuple:
        return part["type"] == "array" and _fits(get_args(kind)[0], part["items"])
    kind = next((one for one in get_args(kind) if one is not NoneType), kind)
    plain = get_origin(kind) or kind
    if issubclass(plain, Part):
        return bool(part == the_contract().schema(SCHEMAS[plain]))
    return plain in _TYPES[part.get("type"), part.get("format")]


def _read_whole(model: type[Part], entity: Plain) -> int:
    """How many properties it tells; each of them must be read."""
    got = read(model, entity)
    told = {name: entity[sent] for name, sent, _ in fields(model) if entity.get(sent) is not None}
    assert [name for name in told if getattr(got, name) is None] == []
    return len(told)
