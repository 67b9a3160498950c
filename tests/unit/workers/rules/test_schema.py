"""The JSON Schema of a rule file: what editors know."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected
from webhooks.sources.kinds import ALIASES, KINDS
from workers.actions import ACTIONS
from workers.actions import VOCABULARY as REAL
from workers.rules import registry
from workers.rules.conditions.operators import OPERATORS
from workers.rules.findings import Findings
from workers.rules.lint import lint
from workers.rules.load import load_text
from workers.rules.reading import clauses
from workers.rules.registry import fields_of
from workers.rules.schema import schema
from workers.rules.schema.forms import DAY, DURATION, FORMS, MOMENT, PARAMETERS
from workers.rules.subjects import ROOTS_OF
from workers.rules.tree import nodes
from workers.rules.values import calendar_day, duration_s, instant
from workers.rules.vocabulary import ParameterKind

ROOT = Path(__file__).parents[4]
SHIPPED = sorted(
    path
    for folder in ("deploy/rules", "deploy/sandbox/rules")
    for path in (ROOT / folder).rglob("*.y*ml")
    if not path.stem.endswith(".test")
)
DOCS = {name: inspect.getdoc(action) or "" for name, action in ACTIONS.items()}
SCHEMA: dict[str, Any] = schema(REAL, DOCS)
OWN = Draft7Validator(SCHEMA)
DEFINITIONS = SCHEMA["definitions"]

HEAD = "version: 1\nrules:\n  - id: a\n    when: task_updated\n"
DO = "    do:\n      - add_comment: {task: '${entity.id}', message: m}\n"
WORKIVA = f"{HEAD}    do: [{{create_workiva_task: {{title: a, approval_steps: %s}}}}]\n"


def plain(text: str) -> Any:
    """A file as its reader sees it: YAML 1.2, days are text."""
    findings = Findings.of_text("rules.yaml", text)
    root = nodes.read(text, findings)
    assert root is not None, findings.mistakes
    return nodes.plain(root)


def mistakes(text: str, validator: Draft7Validator = OWN) -> list[str]:
    return [error.message for error in validator.iter_errors(plain(text))]


def with_if(condition: str) -> str:
    return f"{HEAD}    if:\n      - {condition}\n{DO}"


def test_it_is_a_schema_of_draft_7_and_fit_for_json() -> None:
    Draft7Validator.check_schema(SCHEMA)

    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_an_editor_need_not_load_much() -> None:
    assert len(json.dumps(SCHEMA)) < 200_000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_it_takes_every_rule_file_we_ship(path: Path) -> None:
    assert mistakes(path.read_text(encoding="utf-8")) == []


def test_it_takes_everything_the_language_has() -> None:
    good = (Path(__file__).parent / "good.yaml").read_text(encoding="utf-8")

    assert mistakes(good, Draft7Validator(schema(VOCABULARY))) == []


@pytest.mark.parametrize("word", OPERATORS)
def test_it_takes_the_example_of_every_operator(word: str) -> None:
    example = (inspect.getdoc(OPERATORS[word]) or "").splitlines()[-1]

    assert mistakes(with_if(example)) == []


def _examples() -> Iterator[tuple[str, str]]:
    for name, doc in DOCS.items():
        for block in re.findall(r"(?:^    .*\n)(?:^(?:    .*)?\n)*", f"{doc}\n", re.MULTILINE):
            if block.lstrip().startswith(f"- {name}:"):
                yield name, inspect.cleandoc(f"\n{block}")


@pytest.mark.parametrize(("name", "example"), list(_examples()))
def test_it_takes_the_examples_of_every_action(name: str, example: str) -> None:
    indented = "".join(f"      {line}\n" for line in example.splitlines())

    assert name in example
    assert mistakes(f"{HEAD}    do:\n{indented}") == []


@pytest.mark.parametrize(
    "steps",
    [
        '"${entity.x}"',
        "[]",
        "{completion_mode: ONE, participants: a, due_date: null}",
        '["${item}", {completion_mode: "${entity.x}", participants: [a, {id: b, type: USER}]}]',
    ],
)
def test_it_takes_what_a_list_may_have(steps: str) -> None:
    assert mistakes(WORKIVA % steps) == []


def test_every_action_has_an_example() -> None:
    assert {name for name, _ in _examples()} == set(REAL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD, id="no do"),
        pytest.param(f"{HEAD}    wen: x\n{DO}", id="unknown key"),
        pytest.param(f"{HEAD}    mode: dry\n{DO}", id="unknown mode"),
        pytest.param(f"{HEAD}    mode: off\n{DO}", id="off without a reason"),
        pytest.param(f"{HEAD}    own_events: no\n{DO}", id="unknown own_events"),
        pytest.param(f"{HEAD}    limits: {{writes_per_run: 0}}\n{DO}", id="no writes at all"),
        pytest.param(WORKIVA % "[{completion_mode: one, participants: a}]", id="a choice within"),
        pytest.param(WORKIVA % "[{completion_mode: ONE}]", id="a part of an item is missing"),
        pytest.param(WORKIVA % "{participants: [{name: a}]}", id="a person without an id"),
        pytest.param(
            WORKIVA % "[{completion_mode: ONE, participants: Anna Kranz}]", id="a person by name"
        ),
        pytest.param(WORKIVA % "null", id="null that says nothing"),
        pytest.param(f"{HEAD}    flow: {{settle: 20s}}\n{DO}", id="settle without an end"),
        pytest.param(f"{HEAD}    flow: {{key: task id}}\n{DO}", id="key that is no path"),
        pytest.param(f"{HEAD}    for_each: {{users: {{}}}}\n{DO}", id="for_each without cron"),
        pytest.param(HEAD.replace("id: a", "id: A B") + DO, id="id in capitals"),
        pytest.param(HEAD.replace("version: 1", "version: 2") + DO, id="another version"),
        pytest.param(HEAD.replace("task_updated", "task_updatd") + DO, id="unknown event"),
        pytest.param(HEAD.replace("task_updated", "[task_added, x]") + DO, id="one unknown event"),
        pytest.param(HEAD.replace("task_updated", "{cron: '0 8 * * *'}") + DO, id="cron alone"),
        pytest.param(
            HEAD.replace(
                "task_updated", "{cron: '0 8 * * *'}\n    for_each: {tasks: {}, users: {}}"
            )
            + DO,
            id="two lists",
        ),
        pytest.param(f"defaults: {{time_zone: UTC}}\n{HEAD}{DO}", id="unknown default"),
        pytest.param(
            f"defaults: {{working_hours: {{mon: [9-17]}}}}\n{HEAD}{DO}", id="hours without minutes"
        ),
        pytest.param(f"{HEAD}    if: {{entity.name: x}}\n{DO}", id="if as a map"),
        pytest.param(f"{HEAD}    if: []\n{DO}", id="no condition"),
        *(
            pytest.param(with_if(condition), id=condition)
            for condition in (
                "entity.dueeOn: {exists: true}",
                "entity.project.nme: x",
                "entitty.name: x",
                "changes.dueOn.old: x",
                "changes.DueOn: x",
                "entity.name: {starts: x}",
                "entity.name: {}",
                "entity.plannedDuration: soon",
                "entity.plannedDuration: {at_least: 1.5h}",
                "entity.plannedDuration: {starts_with: x}",
                "entity.dueOn: today",
                "entity.dueOn: {before: yesterday}",
                "entity.dueOn: {within: {next: 1d, last: 1d}}",
                "entity.isPrio: 'yes'",
                "entity.tags: auto-plan",
                "entity.tags: {has: [a]}",
                "entity.tags: {has_any: a}",
                "entity.baseType: public",
                "entity.name: {exists: 1}",
                "any: {entity.name: x}",
                "not: [entity.name: x]",
                "changed: entity.dueOn",
            )
        ),
        *(
            pytest.param(f"{HEAD}    do:\n      - {action}\n", id=action)
            for action in (
                "add_coment: {task: '${entity.id}', message: m}",
                "add_comment: {task: '${entity.id}'}",
                "add_comment: {task: '${entity.id}', message: m, msg: m}",
                "add_comment: {task: '${entity.id}', message: 1}",
                "{add_comment: {task: '${entity.id}', message: m}, log_time: {user: u}}",
                "{add_comment: {task: '${entity.id}', message: m}, id: A B}",
                "{add_comment: {task: '${entity.id}', message: m}, when: x}",
                "log_time: {user: u, duration: 1.5h}",
                "log_time: {user: u, billable: maybe}",
                "log_time: {user: {name: u}}",
            )
        ),
    ],
)
def test_it_refuses_what_people_get_wrong(text: str) -> None:
    assert mistakes(text) != []


@pytest.mark.parametrize("name", ALIASES)
def test_old_names_of_events_are_taken_and_marked(name: str) -> None:
    marks = [one["then"]["deprecationMessage"] for one in DEFINITIONS["event"]["allOf"]]

    assert mistakes(HEAD.replace("task_updated", name) + DO) == []
    assert f"'{name}' is an old name; awork says '{ALIASES[name]}' now" in marks


def test_it_suggests_every_event_of_today_and_no_other() -> None:
    assert DEFINITIONS["event"]["anyOf"][0]["enum"] == list(KINDS)


def allowed(text: str) -> set[str]:
    """The names that the loader would take in place of `zzz`, as it tells the author."""
    with pytest.raises(RuleFilesRejected) as rejected:
        load_text(text, REAL)
    [names] = [
        found[1]
        for mistake in rejected.value.mistakes
        if (found := re.search("'zzz'; (?:allowed: (.*)|none is allowed here)$", mistake.message))
    ]
    return set((names or "").split(", ")) - {""}


CLOCK = HEAD.replace("task_updated", "{cron: '0 8 * * *'}")
RULE = DEFINITIONS["rule"]["properties"]
LISTS = RULE["for_each"]["properties"]


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        (SCHEMA["properties"], f"zzz: 1\n{HEAD}{DO}"),
        (SCHEMA["properties"]["defaults"]["properties"], f"defaults: {{zzz: 1}}\n{HEAD}{DO}"),
        (RULE, f"{HEAD}    zzz: 1\n{DO}"),
        (RULE["limits"]["properties"], f"{HEAD}    limits: {{zzz: 1}}\n{DO}"),
        (RULE["flow"]["properties"], f"{HEAD}    flow: {{zzz: 1}}\n{DO}"),
        (
            RULE["flow"]["properties"]["once_within"]["properties"],
            f"{HEAD}    flow: {{once_within: {{zzz: 1}}}}\n{DO}",
        ),
        (LISTS, f"{CLOCK}    for_each: {{zzz: {{}}}}\n{DO}"),
        *(
            (one["properties"], f"{CLOCK}    for_each: {{{name}: {{zzz: 1}}}}\n{DO}")
            for name, one in LISTS.items()
        ),
    ],
)
def test_it_has_the_keys_that_the_loader_has(properties: dict[str, Any], text: str) -> None:
    assert set(properties) == allowed(text)
    assert all("description" in value for value in properties.values())


def test_an_action_may_have_beside_it_what_the_loader_takes() -> None:
    action = "add_comment: {task: '${entity.id}', message: m}"
    text = f"{HEAD}    do:\n      - {action}\n        zzz: 1\n"

    assert set(DEFINITIONS["action"]["properties"]) == set(REAL) | allowed(text)


@pytest.mark.parametrize("name", REAL)
def test_an_action_has_the_parameters_that_it_declares(name: str) -> None:
    call = DEFINITIONS["action"]["properties"][name]

    assert list(call["properties"]) == list(REAL[name])
    assert set(call["required"]) == {key for key, one in REAL[name].items() if one.required}
    assert call["markdownDescription"] == DOCS[name]


def test_every_word_that_begins_a_condition_is_explained() -> None:
    paths = {path for kind in ROOTS_OF for path in fields_of(kind)}

    words = DEFINITIONS["condition"]["properties"].keys() - paths

    assert set(clauses.WORDS) < words
    assert {word for word in words if word not in clauses.WORDS} < {
        path.partition(".")[0] for path in paths
    }


@pytest.mark.parametrize("kind", ROOTS_OF)
def test_it_takes_every_path_of_an_event(kind: str) -> None:
    condition = Draft7Validator({"$ref": "#/definitions/condition", "definitions": DEFINITIONS})
    deep = fields_of(kind, 5)

    refused = [path for path in deep if not condition.is_valid({path: {"exists": True}})]

    assert refused == []


@pytest.mark.parametrize("path", ["entity.tags.0.name", "entity.assignees.1", "task.lists.0.id"])
def test_it_takes_an_item_of_a_list(path: str) -> None:
    assert mistakes(with_if(f"{path}: x")) == []


def test_every_operator_is_suggested_somewhere_with_its_meaning() -> None:
    suggested = {
        word: operand["description"]
        for name, one in DEFINITIONS.items()
        if name.startswith("of_")
        for word, operand in one["properties"].items()
    }

    assert set(suggested) == set(OPERATORS)
    for word, text in suggested.items():
        assert text.startswith((inspect.getdoc(OPERATORS[word]) or "-").splitlines()[0])


@pytest.mark.parametrize(
    ("holds", "fitting", "not_fitting"),
    [
        ("list", "has has_any has_all has_none exists", "is in at_least before contains"),
        ("moment", "before after within at_least at_most exists", "has"),
        ("duration", "is in at_least less_than", "before within has starts_with"),
        ("boolean", "is is_not exists", "at_least before has contains"),
        ("text", "is starts_with ends_with contains matches", "has"),
        ("any", " ".join(OPERATORS), ""),
    ],
)
def test_a_field_is_offered_the_operators_that_fit(
    holds: str, fitting: str, not_fitting: str
) -> None:
    offered = set(DEFINITIONS[f"of_{holds}"]["properties"])

    assert set(fitting.split()) <= offered
    assert not set(not_fitting.split()) & offered


PATHS = {
    "entity.name", "entity.isPrio", "entity.plannedDuration", "entity.dueOn", "entity.tags",
    "entity.project", "entity.projectId", "entity.commentCount", "entity.baseType", "today",
    "changes.DueOn.new",
}  # fmt: skip
OPERANDS = [
    *(sample for form in FORMS for sample in form.samples),
    *([sample] for form in FORMS for sample in form.samples if not isinstance(sample, dict)),
    "projecttask",
    "ended",
]


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("word", OPERATORS)
def test_what_it_refuses_is_a_mistake_or_can_never_hold(path: str, word: str) -> None:
    condition = Draft7Validator({"$ref": "#/definitions/condition", "definitions": DEFINITIONS})
    refused = [one for one in OPERANDS if not condition.is_valid({path: {word: one}})]

    for operand in refused:
        text = with_if(json.dumps({path: {word: operand}}))
        try:
            rules = load_text(text, REAL, problem=registry.problem)
        except RuleFilesRejected:
            continue
        opposite = load_text(with_if(json.dumps({"not": {path: {word: operand}}})), REAL)
        assert lint(rules) or lint(opposite), (path, word, operand)


def _walk(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from _walk(inner)


def test_nothing_keeps_an_editor_from_suggesting() -> None:
    parts = list(_walk(SCHEMA))

    # beside a reference only the type tells how to go on after the key
    assert all("type" in part for part in parts if "$ref" in str(part.get("allOf")))
    # with it, yaml-language-server suggests nothing in a map that is still empty
    assert not any("maxProperties" in part for part in parts)
    # it suggests whatever stands in an enum
    assert not any(name in part.get("enum", ()) for part in parts for name in ALIASES)


@pytest.mark.parametrize("kind", ParameterKind)
def test_every_kind_of_parameter_can_be_written(kind: ParameterKind) -> None:
    Draft7Validator.check_schema(PARAMETERS[kind])


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


@given(
    st.from_regex(r"[0-9]{0,2}[dhms]?[0-9]{0,2}[dhms]?", fullmatch=True)
    | st.from_regex(r"(\d{1,2}d)?(\d{1,2}h)?(\d{1,2}m)?(\d{1,2}s)?x?", fullmatch=True)
)
def test_a_duration_is_what_the_loader_reads_as_one(text: str) -> None:
    assert Draft7Validator(DURATION).is_valid(text) == _reads(duration_s, text)


@given(st.dates().map(str) | st.from_regex(r"\d{1,4}-\d{1,2}-\d{1,2}", fullmatch=True))
def test_what_the_loader_reads_as_a_day_is_one(text: str) -> None:
    if _reads(calendar_day, text):
        assert Draft7Validator(DAY).is_valid(text)


@given(st.datetimes().map(lambda at: at.isoformat()), st.sampled_from(["", "Z", "+01:00", "x"]))
def test_a_moment_is_what_the_loader_reads_as_one(text: str, offset: str) -> None:
    written = f"{text}{offset}"

    assert Draft7Validator(MOMENT).is_valid(written) == _reads(lambda t: instant(t, UTC), written)
