"""Whole objects behind an event: what is read, how often, and what becomes of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.looking import (
    NOW,
    PROJECT,
    TASK,
    TIMO,
    Looking,
    looking_at,
    path_of,
    told,
)
from tests.samples import every, sample
from workers.actions import VOCABULARY
from workers.facts.derived import DERIVED
from workers.rules.facts import ABSENT, resolve
from workers.rules.load import load_text
from workers.rules.match import match
from workers.rules.subjects import SUBJECTS
from workers.rules.template import compile_text, fill

ENTRY = "manual finished entry with start and end"


@pytest.fixture
def look(sandbox: Sandbox) -> Iterator[Looking]:
    with looking_at(sandbox) as looking:
        yield looking


FREE = [
    ("task_updated", "task.name", "Build checkout page"),
    ("task_updated", "task.id", TASK),
    ("task_updated", "project.id", PROJECT),
    ("task_updated", "project.name", "Webshop relaunch"),
    ("task_updated", "project.projectType.name", "Kundenprojekt"),
    ("task_updated", "assignee.id", TIMO),
    ("task_updated", "timeEntry.id", ABSENT),  # such an event has none
    ("task_updated", "user", ABSENT),
    ("task_updated", "now", NOW),
    ("task_updated", "entity.name", "Build checkout page"),
    ("task_updated", "event.eventType", "task_updated"),
    ("task_deleted", "task.name", "Build checkout page"),
    ("task_deleted", "task.openSubtasks", ABSENT),
    ("taskassignment_added", "task.id", TASK),
    ("taskassignment_added", "assignee.id", TIMO),
    ("task_comment_added", "task.id", TASK),
    ("project_updated", "project.name", "Webshop relaunch"),
    ("projectmember_added", "user.id", TIMO),
    ("tasklist_updated", "project.id", PROJECT),
    ("absence_added", "user.id", TIMO),
    ("user_updated", "user.firstName", "Timo"),
    ("timetracking_added", "task.id", TASK),
    ("timetracking_added", "task.name", "Build checkout page"),
    ("timetracking_added", "task.taskStatus.type", "progress"),
    ("timetracking_added", "project.name", "Webshop relaunch"),
    ("timetracking_added", "user.lastName", "Brandt"),
    ("timetracking_added", "timeEntry.isRunning", False),
]


@pytest.mark.parametrize(("event", "path", "value"), FREE)
def test_what_the_event_carries_costs_nothing(
    look: Looking, event: str, path: str, value: object
) -> None:
    facts = look.at_sample(event)

    assert facts.at_hand(path_of(path))
    assert told(facts, path) == value
    assert look.asked == []


READ = [
    ("task_updated", "project.timeBudget", f"/projects/{PROJECT}"),
    ("task_updated", "project.projectStatus.order", f"/projects/{PROJECT}"),
    ("task_updated", "project.members", f"/projects/{PROJECT}"),  # nested lists are cut down
    ("task_updated", "project", f"/projects/{PROJECT}"),
    ("task_updated", "project.projectType", f"/projects/{PROJECT}"),
    ("task_updated", "assignee.firstName", f"/users/{TIMO}"),
    ("taskassignment_added", "task.name", f"/tasks/{TASK}"),
    ("taskassignment_deleted", "task.name", f"/tasks/{TASK}"),
    ("task_comment_added", "task.name", f"/tasks/{TASK}"),
    ("task_comment_added", "project.id", f"/tasks/{TASK}"),  # only the task names it
    ("project_comment_added", "project.name", f"/projects/{PROJECT}"),
    ("projectmember_added", "user.firstName", f"/users/{TIMO}"),
    ("tasklist_deleted", "project.name", f"/projects/{PROJECT}"),
    ("absence_deleted", "user.firstName", f"/users/{TIMO}"),
    ("timetracking_added", "task.tags", f"/tasks/{TASK}"),
    ("timetracking_added", "task.trackedDuration", f"/tasks/{TASK}"),
    ("timetracking_deleted", "task.dueOn", f"/tasks/{TASK}"),
    ("timetracking_added", "user.position", f"/users/{TIMO}"),
]


@pytest.mark.parametrize(("event", "path", "call"), READ)
def test_anything_else_costs_one_read_and_is_at_hand_then(
    look: Looking, event: str, path: str, call: str
) -> None:
    facts = look.at_sample(event)

    before = facts.at_hand(path_of(path))
    first, second = told(facts, path), told(facts, path)

    assert (before, facts.at_hand(path_of(path))) == (False, True)
    assert first == second
    assert look.asked == [call]


def test_a_nested_list_is_cut_down_and_so_is_read_whole(look: Looking) -> None:
    nested = {**sample("task_updated")["entity"]["project"], "tags": [], "members": []}
    facts = look.at_sample("task_updated", project=nested)
    look.change("projects", PROJECT, tags=[{"name": "retainer"}])

    assert told(facts, "project.tags") == [{"name": "retainer"}]
    assert told(facts, "project.members.0.userId") == TIMO


def test_what_is_read_is_told_as_awork_has_it_now(look: Looking) -> None:
    look.change("tasks", TASK, name="Build checkout page, again")
    look.change("projects", PROJECT, timeBudget=7200)

    assert told(look.at_sample("taskassignment_added"), "task.name") == "Build checkout page, again"
    assert told(look.at_sample("task_updated"), "project.timeBudget") == 7200


def test_a_path_has_one_value_for_an_event_whichever_was_asked_before(look: Looking) -> None:
    look.change("projects", PROJECT, name="Renamed meanwhile")
    facts = look.at_sample("task_updated")

    before = told(facts, "project.name")
    told(facts, "project.timeBudget")

    assert before == told(facts, "project.name") == "Webshop relaunch"


def test_a_person_is_read_once_by_each_process(look: Looking) -> None:
    names = [told(look.at_sample("absence_added"), "user.position") for _ in range(3)]

    assert len(set(names)) == 1
    assert look.asked == [f"/users/{TIMO}"]


def test_user_and_assignee_are_one_read_when_they_are_one_person(look: Looking) -> None:
    facts = look.at_sample("timetracking_added")

    assert told(facts, "user.position") == told(look.at_sample("task_updated"), "assignee.position")
    assert look.asked == [f"/users/{TIMO}"]


RULES = """
version: 1
rules:
  - {id: a, when: taskassignment_added, if: [{task.name: {exists: true}}], do: [&do {add_comment: {task: "${task.id}", message: hello}}]}
  - {id: b, when: taskassignment_added, if: [{task.isPrio: false}, {task.name: {starts_with: Build}}], do: [{add_comment: {task: "${task.id}", message: hello}}]}
  - {id: c, when: taskassignment_added, if: [{project.timeBudget: {exists: true}}, {task.tags: {has: x}}], do: [{add_comment: {task: "${task.id}", message: hello}}]}
  - {id: d, when: taskassignment_added, if: [{project.name: {exists: true}}], do: [{add_comment: {task: "${task.id}", message: hello}}]}
""".replace("&do ", "")  # noqa: E501


def test_each_object_is_read_once_for_all_rules_of_an_event(look: Looking) -> None:
    rules = load_text(RULES, VOCABULARY)

    found = match(rules, "taskassignment_added", look.at_sample("taskassignment_added"))

    assert [one.verdict for one in found] == ["matched", "matched", "not-matched", "matched"]
    assert sorted(look.asked) == [f"/projects/{PROJECT}", f"/tasks/{TASK}"]


def test_zones_share_what_was_read_and_differ_in_their_days(look: Looking) -> None:
    late = NOW.replace(hour=23, minute=30)
    facts = look.at(sample("taskassignment_added"), now=late)
    berlin = facts.in_zone("Europe/Berlin")

    assert told(facts, "task.name") == told(berlin, "task.name")
    assert (str(facts.root("today")), str(berlin.root("today"))) == ("2026-11-20", "2026-11-21")
    assert look.asked == [f"/tasks/{TASK}"]


def test_a_copied_object_is_whole_and_has_no_derived_facts(look: Looking) -> None:
    facts = look.at_sample("taskassignment_added")

    copied: Any = fill({"it": compile_text("${task}", "here")}, facts)["it"]

    assert (copied["id"], copied["name"]) == (TASK, "Build checkout page")
    assert "openSubtasks" not in copied
    assert look.asked == [f"/tasks/{TASK}"]


def test_a_root_lists_the_fields_of_its_object_alone(look: Looking) -> None:
    root: Any = look.at_sample("task_updated").root("task")

    assert set(root) == set(sample("task_updated")["entity"])
    assert len(root) == len(sample("task_updated")["entity"])
    assert root["remainingDuration"] == root["plannedDuration"] - root["trackedDuration"]
    assert look.asked == []


PATHS = [
    *(f"{root}{rest}" for root in SUBJECTS for rest in ("", ".id", ".name", ".tags", ".project")),
    *(f"{root}.{name}" for root in DERIVED for name in DERIVED[root]),
    "task.taskStatus.type",
    "project.projectType.name",
    "project.projectStatus.order",
    "user.lastName",
    "entity.name",
    "today",
]


def test_what_is_said_to_be_at_hand_makes_no_call(clock: Any) -> None:
    with (
        Sandbox.start(clock=clock, per_minute=10**6, per_second=10**6) as sandbox,
        looking_at(sandbox) as look,
    ):
        look.directory.me(look.awork())
        seen = {True: 0, False: 0}
        for one in every():
            # Forwards and backwards: what one path reads brings others to hand.
            for paths in (PATHS, PATHS[::-1]):
                facts = look.at(one["payload"])
                for path in paths:
                    before = len(look.asked)
                    at_hand = facts.at_hand(path_of(path))
                    assert len(look.asked) == before, path
                    resolve(facts, path_of(path))
                    assert len(look.asked) == before or not at_hand, (one["event"], path)
                    assert facts.at_hand(path_of(path)), (one["event"], path)
                    seen[at_hand] += 1

    assert min(seen.values()) > 100
