"""Filling in `${…}`."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.rules import facts, rules_do
from webhooks.errors import RunFailed
from workers.rules.template import LONGEST_TEXT, fill

ENTITY: dict[str, object] = {
    "name": "Kickoff",
    "id": "t1",
    "count": 3,
    "share": 0.5,
    "isPrio": False,
    "nothing": None,
    "tags": ["a", "b"],
    "project": {"id": "p1", "tags": [{"id": "x"}]},
    "sly": "${entity.id} $${entity.id} {{ 7*7 }}",
    "long": "x" * LONGEST_TEXT,
    "empty": "",
}


def filled(value: str, **envelope: object) -> object:
    """What a value of a parameter becomes; value: as written in YAML."""
    rules = rules_do(
        f"[{{log_time: {{user: u, extra: {value}}}}}]", defaults="{timezone: Europe/Berlin}"
    )
    [rule] = rules.rules
    given = facts(ENTITY, **envelope).in_zone(rule.timezone)
    return fill(rule.actions[0].parameters, given)["extra"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # exactly one hole keeps its type
        ('"${entity.count}"', 3),
        ('"${entity.share}"', 0.5),
        ('"${entity.isPrio}"', False),
        ('"${entity.tags}"', ["a", "b"]),
        ('"${entity.project}"', {"id": "p1", "tags": [{"id": "x"}]}),
        ('"${ entity.tags.1 }"', "b"),
        ('"${entity.empty}"', ""),
        ('"${event.eventType}"', "task_updated"),
        # anything else is text
        ('"${entity.name}: ${entity.count}"', "Kickoff: 3"),
        ('"is ${entity.isPrio}"', "is false"),
        ('"${entity.share} "', "0.5 "),
        ('"${entity.id}${entity.id}"', "t1t1"),
        ('"on ${today}"', "on 2026-11-21"),
        ('"at ${now}"', "at 2026-11-21T00:30:00+01:00"),
        # escaping
        ('"$${entity.id}"', "${entity.id}"),
        ('"$${entity.id} is ${entity.id}"', "${entity.id} is t1"),
        ('"$$${entity.id}"', "$${entity.id}"),
        ('"costs $5 {or so}"', "costs $5 {or so}"),
        # at any depth
        ('{a: ["${entity.id}", {b: "<${entity.id}>"}]}', {"a": ["t1", {"b": "<t1>"}]}),
        ("[1, true, null, 1.5]", [1, True, None, 1.5]),
        # a filled value is never read again
        ('"${entity.sly}"', ENTITY["sly"]),
        ('"<${entity.sly}>"', f"<{ENTITY['sly']}>"),
    ],
)  # fmt: skip
def test_a_value_is_filled_in(value: str, expected: object) -> None:
    result = filled(value)

    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize("path", ["entity.gone", "entity.nothing", "changes.DueOn.new"])
@pytest.mark.parametrize("around", ["{}", "<{}>"])
def test_an_undefined_value_fails_the_run_and_says_where(path: str, around: str) -> None:
    with pytest.raises(RunFailed) as failed:
        filled(f'{{deep: ["{around.format("${" + path + "}")}"]}}')

    assert failed.value.reason == "undefined-value"
    assert str(failed.value) == (
        f"rule 'a', action 'log_time', parameter 'extra.deep.0': ${{{path}}} has no value in this"
        f" event; add the condition '{path}: {{exists: true}}', or use another field"
    )


@pytest.mark.parametrize(("path", "what"), [("tags", "a list"), ("project", "an object")])
def test_a_list_or_an_object_cannot_stand_in_text(path: str, what: str) -> None:
    with pytest.raises(RunFailed, match=f"is {what} and cannot stand inside text") as failed:
        filled(f'"x ${{entity.{path}}}"')

    assert failed.value.reason == "not-text"


def test_a_text_has_at_most_65000_characters() -> None:
    assert filled('"${entity.long}"') == ENTITY["long"]

    with pytest.raises(RunFailed, match="the text has 65001 characters or more") as failed:
        filled('"${entity.long}!"')

    assert failed.value.reason == "text-too-long"


def test_a_text_that_grows_too_long_is_given_up_at_once() -> None:
    """A thousand times the longest text would be 65 megabytes before anybody counts."""
    with pytest.raises(RunFailed, match="the text has 130000 characters or more"):
        filled('"' + "${entity.long}" * 1_000 + '"')


@pytest.mark.parametrize("path", ["deep", "long", "wide"])
def test_what_is_filled_in_does_not_fill_the_memory(path: str) -> None:
    deep: object = 1
    for _ in range(400):
        deep = [deep]
    entity = {"deep": deep, "long": "x" * LONGEST_TEXT, "wide": {"list": list(range(10_000))}}
    holes = f'"${{entity.{path}}}", ' * 100
    rules = rules_do(f"[{{log_time: {{user: u, extra: [{holes}]}}}}]")

    with pytest.raises(
        RunFailed, match=r"parameter 'extra.*is too large; name the fields"
    ) as failed:
        fill(rules.rules[0].actions[0].parameters, facts(entity))

    assert failed.value.reason == "too-large"


def test_an_action_may_change_what_it_is_given() -> None:
    """The event's body stays as it was delivered."""
    project = filled('"${entity.project}"')
    assert isinstance(project, dict)

    project["tags"].append("mine")

    assert ENTITY["project"] == {"id": "p1", "tags": [{"id": "x"}]}


def test_a_list_of_the_rule_is_new_for_each_run() -> None:
    rules = rules_do("[{log_time: {user: u, extra: [a]}}]")
    parameters = rules.rules[0].actions[0].parameters

    first = fill(parameters, facts(ENTITY))["extra"]
    assert isinstance(first, list)
    first.append("b")

    assert fill(parameters, facts(ENTITY))["extra"] == ["a"]
