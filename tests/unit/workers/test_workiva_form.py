"""From a rule's parameters to Workiva's body, and what makes two of its tasks alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from webhooks.errors import RuleFilesRejected, RunFailed
from workers.actions import VOCABULARY, workiva_alike
from workers.actions.workiva_form import Form, body, wanted
from workers.rules.load import load
from workers.targets.workiva_api import CURRENT, PROTOTYPE

ANNA = "V1ZVd2VyFzU3NiQ1NDA4NjIzNzk2MjD"
MARKER = "⟨hw:0123456789ab⟩"
PLAIN = Form(timezone="Europe/Berlin", api=CURRENT, marker="")
MARKED = Form(timezone="America/New_York", api=PROTOTYPE, marker=MARKER)


@pytest.mark.parametrize(
    ("parameters", "form", "sent"),
    [
        ({"title": "a"}, PLAIN, {"title": "a"}),
        ({"title": "a"}, MARKED, {"title": "a", "description": MARKER}),
        ({"title": "a", "description": ""}, MARKED, {"title": "a", "description": MARKER}),
        (
            {"title": " a ", "description": " b\n"},
            MARKED,
            {"title": "a", "description": f"b\n\n\n{MARKER}"},
        ),
        # New York is four hours behind UTC in June; a day is no time of any zone
        (
            {"title": "a", "due_date": "2023-06-11T09:00"},
            MARKED,
            {"title": "a", "description": MARKER, "dueDate": "2023-06-11T13:00:00+00:00"},
        ),
        (
            {"title": "a", "due_date": "2023-06-11"},
            PLAIN,
            {"title": "a", "dueDate": "2023-06-11T00:00:00+00:00"},
        ),
        (
            {"title": "a", "approval_steps": [{"completion_mode": "ALL", "participants": ANNA}]},
            PLAIN,
            {
                "title": "a",
                "approvalSteps": [
                    {"completionMode": "ALL", "participants": [{"id": ANNA, "type": "USER"}]}
                ],
            },
        ),
        # what Workiva answered, for one: only what it takes is sent
        (
            {"title": "a", "assignees": [{"id": ANNA, "type": "USER", "displayName": "Anna"}]},
            PLAIN,
            {"title": "a", "assignees": [{"id": ANNA, "type": "USER"}]},
        ),
        (
            {"title": "a", "location": {"resource": "r", "url": "x"}},
            PLAIN,
            {"title": "a", "location": {"resource": "r"}},
        ),
    ],
)
def test_a_body_has_what_is_given(
    parameters: dict[str, Any], form: Form, sent: dict[str, Any]
) -> None:
    assert body(parameters, form) == sent


def test_of_a_change_only_what_is_given_is_wanted() -> None:
    assert wanted({"due_date": None}, MARKED) == {"dueDate": None}
    assert wanted({}, MARKED) == {}


@pytest.mark.parametrize(
    "given",
    [
        {"assignees": [{"id": ANNA, "type": "GROUP"}]},
        {"assignees": [{"type": "USER"}]},
        {"assignees": [""]},
        {"assignees": ["anna@example.com"]},
        {"assignees": None},
        {"location": {"segment": "s"}},
        {"location": None},
        {"approval_steps": [{"completion_mode": "one", "participants": [ANNA]}]},
        {"approval_steps": [{"completion_mode": "ONE"}]},
        {"approval_steps": [ANNA]},
        {
            "approval_steps": [
                {"completion_mode": "ONE", "participants": [ANNA], "due_date": "tomorrow"}
            ]
        },
        {"notifications_disabled": "yes"},
    ],
)
def test_what_is_filled_in_and_cannot_be_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(RunFailed) as refused:
        body({"title": "a", **given}, PLAIN)

    assert refused.value.reason == "invalid-value"
    assert "; expected " in str(refused.value)


RULE = """version: 1
rules:
  - id: a
    when: task_added
    do:
      - create_workiva_task: {title: a, %s}
"""


@pytest.mark.parametrize(
    ("given", "of"),
    [
        ("assignees: Anna Kranz", "assignees"),
        ("assignees: [anna@example.com]", "assignees.0"),
        ("assignees: {id: Anna Kranz}", "id"),
        ("assignees: [e033f982-a7e3-5be6-bfe1-4359e49ff8ec]", "assignees.0"),
        ("approval_steps: {completion_mode: ONE, participants: [Anna Kranz]}", "participants.0"),
    ],
)
def test_people_by_another_word_than_their_id_are_a_mistake_when_rules_load(
    tmp_path: Path, given: str, of: str
) -> None:
    (tmp_path / "rules.yaml").write_text(RULE % given, encoding="utf-8")

    with pytest.raises(RuleFilesRejected) as rejected:
        load(tmp_path, VOCABULARY)

    (mistake,) = rejected.value.mistakes
    assert f"'{of}' is the id of a Workiva user: no name" in str(mistake)


def test_steps_in_a_word_are_a_mistake_when_rules_load(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULE % "approval_steps: anna", encoding="utf-8")

    with pytest.raises(RuleFilesRejected, match="'approval_steps' is a map, not 'anna'"):
        load(tmp_path, VOCABULARY)


@pytest.mark.parametrize("given", [ANNA, f"[{ANNA}, THE-CFO]", f"{{id: {ANNA}}}", '"${item}"'])
def test_people_by_their_ids_load(tmp_path: Path, given: str) -> None:
    rule = (RULE % f"assignees: {given}") + "        for_each: entity.assignees\n"
    (tmp_path / "rules.yaml").write_text(rule, encoding="utf-8")

    assert len(load(tmp_path, VOCABULARY).rules) == 1


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("title", "a", "a", True),
        ("title", "a", "a ", False),
        ("title", "a", None, False),
        ("description", "a\n", " a", True),
        ("description", None, "", True),
        ("description", "a", "b", False),
        ("dueDate", "2026-11-30T09:00:00+00:00", "2026-11-30T10:00:00+01:00", True),
        ("dueDate", "2026-11-30T09:00:00Z", "2026-11-30T09:00:01Z", False),
        ("dueDate", None, None, True),
        ("dueDate", None, "2026-11-30T09:00:00Z", False),
        ("assignees", [{"id": "a"}, {"id": "b"}], [{"id": "b", "type": "USER"}, {"id": "a"}], True),
        ("assignees", [], None, True),
        ("assignees", [{"id": "a"}], [{"id": "a"}, {"id": "a"}], False),
        ("location", {"resource": "r"}, {"resource": "r", "segment": None}, True),
        ("location", None, {"resource": None}, True),
        ("location", {"resource": "r"}, {"resource": "r", "segment": "s"}, False),
    ],
)
def test_values_are_alike_however_they_are_written(
    name: str, one: object, other: object, *, same: bool
) -> None:
    assert workiva_alike.alike(name, one, other) is same


SENT = {"title": "a", "description": "b", "location": {"resource": "r"}}


@pytest.mark.parametrize(
    ("there", "sent", "same"),
    [
        ({**SENT, "assignees": [{"id": "x"}]}, SENT, True),
        ({**SENT, "assignees": [{"id": "x"}]}, {**SENT, "assignees": []}, False),
        ({**SENT, "title": "A"}, SENT, False),
        ({"title": "a", "description": "", "location": None}, {"title": "a"}, True),
        ({"title": "a", "description": "by a person"}, {"title": "a"}, False),
    ],
)
def test_a_task_looks_as_it_was_sent(
    there: dict[str, Any], sent: dict[str, Any], *, same: bool
) -> None:
    assert workiva_alike.looks_as_sent(there, sent) is same


@pytest.mark.parametrize(
    ("description", "marker"),
    [
        (f"text\n\n{MARKER}", MARKER),
        (f"{MARKER} \n", MARKER),
        (f"{MARKER} and more", ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_a_marker_is_one_at_the_end(description: object, marker: str) -> None:
    assert workiva_alike.marker_of(description) == marker


@pytest.mark.parametrize("name", ["dueAt", "dueDate"])
def test_a_deadline_is_read_by_either_name(name: str) -> None:
    answered = workiva_alike.answered({"id": "t", name: "2019-10-30T00:00:00Z"})

    assert answered["dueDate"] == "2019-10-30T00:00:00Z"
    assert workiva_alike.answered({}) == {}
    assert workiva_alike.answered({"id": "t"}) == {"id": "t", "dueDate": None}


@pytest.mark.parametrize("act", [None, {}, {"dateTime": None}, {"dateTime": "soon"}, "soon"])
def test_what_workiva_does_not_say_is_nothing(act: object) -> None:
    assert workiva_alike.modified({"modified": act}) is None
    assert workiva_alike.created({"created": act}).year == 1


def test_moments_are_read_in_either_form() -> None:
    moment = datetime(2019, 10, 28, 15, 3, 27, tzinfo=UTC)

    for text in ("2019-10-28T15:03:27Z", "2019-10-28T15:03:27+00:00", "2019-10-28T16:03:27+01:00"):
        assert workiva_alike.modified({"modified": {"dateTime": text}}) == moment
