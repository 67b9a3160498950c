"""A path that awork does not have is found when the rules load, with the way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import contract_models
from tests import samples
from webhooks.sources.kinds import KINDS
from workers.facts.derived import DERIVED
from workers.rules import paths, registry
from workers.rules.facts import Path
from workers.rules.fields import shapes
from workers.rules.fields.additions import ADDITIONS
from workers.rules.fields.models import model
from workers.rules.fields.types import FieldType, field_type
from workers.rules.subjects import ROOTS_OF, SUBJECTS, start_of, subject

CRONS = ("cron:tasks", "cron:running_timers", "cron:schedules", "cron:users")
ALL = (*KINDS, *CRONS)
TASK = ("task_updated",)


def problem(path: str, *kinds: str) -> str | None:
    return registry.problem(paths.parse(path, also=paths.ACTION_ROOTS), kinds)


def held(path: str, *kinds: str) -> FieldType | None:
    return registry.kind_of_value(paths.parse(path, also=paths.ACTION_ROOTS), kinds)


def models_file() -> dict[str, dict[str, str]]:
    models: dict[str, dict[str, str]] = json.loads(contract_models.written())["models"]
    return models


# The data


def test_the_models_are_those_of_the_contract() -> None:
    """After a change of the contract: make models."""
    assert contract_models.MODELS_FILE.read_text("utf-8") == contract_models.written()


def test_every_kind_has_an_entity_and_a_table_of_roots() -> None:
    assert tuple(shapes.ENTITY_OF) == ALL
    assert tuple(ROOTS_OF) == ALL


def test_every_object_has_a_model() -> None:
    written = models_file()
    words = {w for fields in written.values() for w in fields.values()}
    words |= {w for addition in ADDITIONS.values() for w in addition.fields.values()}
    objects = [t for t in map(field_type, words) if t.holds == "object"]
    objects += [t.item for t in map(field_type, words) if t.item and t.item.holds == "object"]

    assert objects
    assert all(model(t.model).fields for t in objects)


def test_no_addition_repeats_what_the_contract_has() -> None:
    written = models_file()

    twice = {
        f"{name}.{field}"
        for name, addition in ADDITIONS.items()
        for field in addition.fields
        if field in written.get(name, {})
    }

    assert not twice


@pytest.mark.parametrize("sample", samples.every(), ids=lambda s: f"{s['event']}: {s['variant']}")
def test_every_field_of_every_sample_is_known(sample: dict[str, Any]) -> None:
    kind, payload = sample["event"], dict(sample["payload"])
    entity, changes = payload.pop("entity"), payload.pop("changes", [])
    seen = [*_walk(("entity",), entity), *_walk(("event",), payload)]
    seen += [("changes", change["property"], "new") for change in changes]

    problems = [registry.problem(path, (kind,)) for path in seen]

    assert len(seen) > 10
    assert not [text for text in problems if text]


@pytest.mark.parametrize("kind", ALL)
def test_every_root_leads_to_an_object_by_way_of_an_id(kind: str) -> None:
    for root in ROOTS_OF[kind]:
        path = subject(kind, root)
        assert path is not None
        found = registry.kind_of_value((start_of(kind, root), *path), (kind,))

        assert found is not None
        assert found.holds == ("object" if path == () else "id"), (root, path)
        assert registry.problem((root, "id"), (kind,)) is None


def test_every_fact_that_is_worked_out_is_known() -> None:
    derived = [(root, name) for root, names in DERIVED.items() for name in names]

    assert derived
    assert not [path for path in derived if registry.problem(path, KINDS)]


def test_an_event_has_no_root_for_what_it_is_not_about() -> None:
    assert subject("task_updated", "timeEntry") is None
    assert subject("company_added", "project") is None
    assert subject("no_such_event", "task") is None


# What is there


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("event.eventType", KINDS),
        ("event.triggeredBy.isApiKeyUser", TASK),
        ("event.isOurs", ("company_added",)),
        ("entity", TASK),
        ("entity.plannedDuration", TASK),
        ("entity.project.projectType.name", TASK),
        ("entity.assignees.0.firstName", TASK),
        ("entity.customFields.3.selectionOption.color", TASK),
        ("entity.message", ("task_comment_added",)),
        ("entity.dueOn", ("task_comment_added",)),  # the entity may be the task
        ("entity.taskId", ("taskassignment_added",)),  # or an assignment
        ("entity.projectId", ("tasklist_added",)),
        ("entity.industry", ("company_updated",)),
        ("changes.DueOn.old", TASK),
        ("changes.PlannedDuration.new.whatever", TASK),
        ("task.openSubtasks", ("task_comment_added",)),
        ("task.plannedDuration", ("timetracking_added",)),
        ("task.plannedDuration", ("project_added", "task_added")),  # one of them has it
        ("timeEntry.isRunning", ("cron:running_timers",)),
        ("user.freeDuration", ("cron:schedules",)),
        ("assignee.isAbsent", TASK),
        ("project.timeBudget", ("tasklist_added",)),
        ("now", TASK),
        ("today", ("cron:users",)),
        ("item.anything", TASK),
        ("done.plan.anything", TASK),
        ("entity.anything", ("no_such_event",)),
        ("entity.anything", ()),
    ],
)
def test_a_path_that_can_be_there_is_no_problem(path: str, kinds: tuple[str, ...]) -> None:
    assert problem(path, *kinds) is None


# What is not


@pytest.mark.parametrize(
    ("path", "kinds", "message"),
    [
        (
            "entity.plannedDuratoin",
            TASK,
            "unknown field 'plannedDuratoin' of a task; did you mean 'plannedDuration'?",
        ),
        (
            "task.plannedduration",
            ("task_added", "project_added"),
            "unknown field 'plannedduration' of a task; did you mean 'plannedDuration'?",
        ),
        (
            "entity.nmae",
            ("task_added", "project_added"),
            "unknown field 'nmae' of a project or a task; did you mean 'name'?",
        ),
        # awork calls the same thing by two names
        ("task.dueDate", TASK, "unknown field 'dueDate' of a task; did you mean 'dueOn'?"),
        (
            "project.startOn",
            TASK,
            "unknown field 'startOn' of a project; did you mean 'startDate'?",
        ),
        (
            "task.status",
            TASK,
            "unknown field 'status' of a task; did you mean 'taskStatus' or 'taskStatusId'?",
        ),
        (
            "task.taskStatus.tpye",
            TASK,
            "unknown field 'tpye' of 'task.taskStatus'; did you mean 'type'?",
        ),
        (
            "entity.assignees.0.frstName",
            TASK,
            "unknown field 'frstName' of 'entity.assignees.0'; did you mean 'firstName'?",
        ),
        (
            "entity.statusId",
            TASK,
            "unknown field 'statusId' of a task; did you mean 'taskStatusId'?",
        ),
        (
            "entity.statusName",
            TASK,
            "unknown field 'statusName' of a task; did you mean 'taskStatus' or 'taskStatusId'?",
        ),
        (
            "entity.created_at",
            TASK,
            "unknown field 'created_at' of a task; did you mean 'createdOn'?",
        ),
        # what the entity does not carry, the whole object may have
        (
            "entity.openSubtasks",
            TASK,
            "unknown field 'openSubtasks' of a task; did you mean 'task.openSubtasks'?",
        ),
        (
            "entity.dueOn",
            ("timetracking_added",),
            "unknown field 'dueOn' of a time entry; did you mean 'task.dueOn'?",
        ),
        (
            "entity.company",
            TASK,
            "unknown field 'company' of a task; did you mean 'project.company'?",
        ),
        (
            "task.commentsCount",
            ("task_deleted",),
            "unknown field 'commentsCount' of a deleted task; did you mean 'commentCount'?",
        ),
        (
            "task.subtasks",
            TASK,
            "unknown field 'subtasks' of a task; did you mean 'numberOfSubtasks' or"
            " 'openSubtasks'?",
        ),
        (
            "task.tags.name",
            TASK,
            "'task.tags' is a list and has no field 'name'; write 'task.tags.0.name' for its first"
            " item, or compare the list itself, such as 'task.tags: {has: …}'",
        ),
        (
            "task.tags.first",
            TASK,
            "'task.tags' is a list and has no field 'first'; write 'task.tags.0' for its first"
            " item, or compare the list itself, such as 'task.tags: {has: …}'",
        ),
        ("task.name.x", TASK, "'task.name' is text and has no fields; write 'task.name'"),
        (
            "task.projectId.name",
            TASK,
            "'task.projectId' is an id and has no fields; write 'task.project.name'",
        ),
        (
            "changes.DueDate.new",
            TASK,
            "unknown field 'DueDate' of the changes of a task; did you mean 'DueOn'?",
        ),
        ("event.isOur", TASK, "unknown field 'isOur' of an event; did you mean 'isOurs'?"),
        (
            "entity.reason",
            ("absence_added",),
            "unknown field 'reason' of an absence; allowed: createdBy, createdOn, deletedBy,"
            " deletedOn, description, endOn, externalProvider, id, isHalfDayOnEnd,"
            " isHalfDayOnStart, isReadOnly, startOn, updatedBy, updatedOn, userId",
        ),
        (
            "timeEntry.duration",
            ("project_added",),
            "project_added events have no 'timeEntry'; their paths begin with event, entity,"
            " project, changes, now or today",
        ),
        (
            "timeEntry.duration",
            ("task_added", "company_added"),
            "these events have no 'timeEntry'; their paths begin with event, entity, task, project,"
            " assignee, changes, now or today",
        ),
        (
            "changes.DueOn.new",
            ("cron:tasks",),
            "the items of tasks have no 'changes'; their paths begin with event, entity, task,"
            " project, assignee, now or today",
        ),
        (
            "user.firstName",
            ("task_comment_added",),
            "task_comment_added events have no 'user'; did you mean 'entity.user.firstName'?",
        ),
    ],
)
def test_a_path_that_can_never_be_there_comes_with_the_way_out(
    path: str, kinds: tuple[str, ...], message: str
) -> None:
    assert problem(path, *kinds) == message


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("root", ["event", "entity", "changes", *SUBJECTS])
def test_a_field_of_nobody_is_a_problem_everywhere(root: str, kind: str) -> None:
    path: Path = (root, "Xyzzyx", "new") if root == "changes" else (root, "xyzzyx")

    assert registry.problem(path, (kind,))


def test_the_kinds_that_lack_a_path_are_named_in_aworks_order() -> None:
    kinds = frozenset({"timetracking_added", "user_added", "task_added", "company_added"})

    assert registry.missing_for(("task", "dueOn"), kinds) == ("company_added", "user_added")
    assert registry.missing_for(("task", "openSubtasks"), ["task_added", "task_deleted"]) == (
        "task_deleted",
    )
    assert registry.missing_for(("event", "traceId"), kinds) == ()
    assert registry.missing_for(("item", "id"), kinds) == ()


# What it holds


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("task.plannedDuration", "duration"),
        ("task.trackedDuration", "duration"),
        ("task.assignees.0.plannedEffort", "duration"),
        ("project.timeBudget", "duration"),
        ("task.remainingDuration", "duration"),
        ("task.commentCount", "number"),
        ("task.resourceVersion", "number"),
        ("task.dueOn", "moment"),
        ("task.projectId", "id"),
        ("task.isPrio", "boolean"),
        ("task.name", "text"),
        ("task.baseType", "text (private | projecttask)"),
        ("task.tags", "list of TaskTagModel"),
        ("task.parentTask.assigneeIds", "list of id"),
        ("task.taskStatus", "TaskStatus"),
        ("task", "TaskModel"),
        ("changes.DueOn.new", "any"),
        ("event.timestamp", "moment"),
        ("now", "moment"),
        ("today", "day"),
    ],
)
def test_a_path_says_what_it_holds(path: str, words: str) -> None:
    assert held(path, *TASK) == field_type(words)


def test_a_field_with_choices_lists_them() -> None:
    found = held("task.baseType", *TASK)

    assert found is not None
    assert (found.holds, found.values) == ("text", ("private", "projecttask"))


def test_kinds_that_disagree_say_any_and_a_missing_path_says_nothing() -> None:
    assert held("entity.project", "task_added", "timetracking_added") == FieldType("any")
    assert held("entity.plannedDuration", "task_added", "user_added") == FieldType("duration")
    assert held("entity.plannedDuratoin", "task_added") is None
    assert held("item.name", "task_added") is None


@pytest.mark.parametrize("kind", ALL)
def test_every_path_offered_for_completion_is_one_that_loads(kind: str) -> None:
    offered = registry.fields_of(kind, depth=2)

    assert "entity.id" in offered
    assert "now" in offered
    assert not [path for path in offered if problem(path, kind)]
    assert all(held(path, kind) == what for path, what in offered.items())


def test_completion_goes_as_deep_as_asked() -> None:
    assert "task.project.company.name" in registry.fields_of("task_added")
    assert "task.project.company.name" not in registry.fields_of("task_added", depth=2)
    assert "changes.DueOn.new" in registry.fields_of("task_added", depth=2)
    assert not [p for p in registry.fields_of("cron:users") if p.startswith("changes")]


def _walk(path: Path, value: object) -> Iterator[Path]:
    """The path of every value in a piece of JSON."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk((*path, name), inner)
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk((*path, index), inner)
