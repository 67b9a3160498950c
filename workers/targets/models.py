"""awork's objects, as far as our own code reads them. Performs no I/O.

Rules see the plain objects, with all that awork sends; these are for code, and `read` of reading.py
makes them. Every property may be None. Ids are text, durations are seconds, moments are in UTC.
Source: the schemas of awork's OpenAPI file; a test compares every property with them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from workers.targets.reading import Part


class Model(Part, frozen=True):
    """An object of awork's, with what all of them have."""

    id: str | None = None
    created_by: str | None = None
    created_on: datetime | None = None


class Assignee(Part, frozen=True):
    """A person on a task."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    #: seconds
    planned_effort: int | None = None
    #: awork shares the task's planned time out, and nobody said a figure for this person
    is_distributed_planned_effort: bool | None = None


class Tag(Part, frozen=True):
    """A tag on a task; awork tells tags apart by their names, whatever the case."""

    name: str | None = None


class TaskStatus(Part, frozen=True):
    """One of a project's statuses."""

    id: str | None = None
    name: str | None = None
    #: todo, progress, review, stuck or done
    type: str | None = None


class SelectionOption(Part, frozen=True):
    """One choice of a custom field."""

    id: str | None = None
    value: str | None = None


class CustomField(Part, frozen=True):
    """What a custom field holds; awork tells neither its name nor its type."""

    custom_field_definition_id: str | None = None
    selection_option: SelectionOption | None = None


class Task(Model, frozen=True):
    """A task of a project, or of a person alone."""

    name: str | None = None
    #: None for one that is private
    project_id: str | None = None
    #: whose it is when it is private
    user_id: str | None = None
    parent_id: str | None = None
    type_of_work_id: str | None = None
    task_status_id: str | None = None
    task_status: TaskStatus | None = None
    assignees: tuple[Assignee, ...] = ()
    tags: tuple[Tag, ...] = ()
    custom_fields: tuple[CustomField, ...] = ()
    is_prio: bool | None = None
    start_on: datetime | None = None
    due_on: datetime | None = None
    planned_duration: int | None = None
    tracked_duration: int | None = None


class Member(Part, frozen=True):
    """A person in a project."""

    user_id: str | None = None
    is_deactivated: bool | None = None


class Project(Model, frozen=True):
    """A project."""

    name: str | None = None
    members: tuple[Member, ...] = ()
    #: a day, which awork writes as midnight UTC
    start_date: date | None = None
    due_date: date | None = None


class TaskSchedule(Model, frozen=True):
    """A block in a person's calendar."""

    task_id: str | None = None
    user_id: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    planned_duration: int | None = None


class TimeBooking(Model, frozen=True):
    """A part of a person's capacity that a project takes, over a range of days."""

    user_id: str | None = None
    project_id: str | None = None
    start_date: date | None = None
    #: the last day, included
    end_date: date | None = None
    #: in all, over the whole range
    duration: int | None = None
    description: str | None = None


class TimeEntry(Model, frozen=True):
    """Time that was worked. Clock times are HH:MM:SS and stand apart from their day."""

    user_id: str | None = None
    task_id: str | None = None
    project_id: str | None = None
    type_of_work_id: str | None = None
    timezone: str | None = None
    start_date_local: date | None = None
    start_time_local: str | None = None
    start_time_utc: str | None = None
    end_time_local: str | None = None
    end_time_utc: str | None = None
    duration: int | None = None
    note: str | None = None
    is_billable: bool | None = None
    is_billed: bool | None = None


class UserStatus(Part, frozen=True):
    """Whether a user can work."""

    is_deactivated: bool | None = None


class User(Model, frozen=True):
    """A person of the workspace."""

    first_name: str | None = None
    last_name: str | None = None
    is_archived: bool | None = None
    is_deactivated: bool | None = None
    deleted_on: datetime | None = None
    status: UserStatus | None = None


class WeeklyCapacity(Part, frozen=True):
    """Seconds a person works on each weekday."""

    mon: int | None = None
    tue: int | None = None
    wed: int | None = None
    thu: int | None = None
    fri: int | None = None
    sat: int | None = None
    sun: int | None = None


class Capacity(Part, frozen=True):
    """How much a person works."""

    weekly_capacity: WeeklyCapacity | None = None


class DaysOff(Model, frozen=True):
    """Days without work; workers/planning/absences.py says which halves of them count."""

    #: the day that awork's moment of UTC names
    start_on: date | None = None
    end_on: date | None = None
    is_half_day_on_start: bool | None = None
    is_half_day_on_end: bool | None = None


class Absence(DaysOff, frozen=True):
    """Days on which a person is away."""

    user_id: str | None = None
    deleted_on: datetime | None = None


class WorkspaceAbsence(DaysOff, frozen=True):
    """Days off of everybody, or of a region."""

    region_id: str | None = None


class AbsenceRegion(Model, frozen=True):
    """A region that days off may be of."""

    name: str | None = None
    #: ids of its people
    assigned_users: tuple[str, ...] = ()


class TypeOfWork(Model, frozen=True):
    """What kind of work time is for."""

    name: str | None = None
    is_archived: bool | None = None


class TaskList(Model, frozen=True):
    """A list of tasks in a project."""

    name: str | None = None


class Comment(Model, frozen=True):
    """A comment on a task."""

    message: str | None = None


class Activity(Model, frozen=True):
    """One thing that happened to a task; its values are text, and whole objects for some."""

    event_date: datetime | None = None
    #: PascalCase, such as StartOn
    changed_property: str | None = None
    old_property_value: str | None = None
    new_property_value: str | None = None
    old_property: dict[str, Any] | None = None
    new_property: dict[str, Any] | None = None


class Webhook(Model, frozen=True):
    """A subscription to events."""

    uri: str | None = None
    #: separated by commas
    events: str | None = None
    is_active: bool | None = None
