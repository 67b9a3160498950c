"""Loading: from files to a set of rules."""

from __future__ import annotations

import hashlib
import os
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected
from webhooks.sources.kinds import KINDS
from workers.rules.findings import Findings
from workers.rules.load import LARGEST_BYTES, load, load_text
from workers.rules.model import Limits
from workers.rules.template import Template
from workers.rules.tree import nodes

GOOD = Path(__file__).parent / "good.yaml"


def rule_text(rule_id: str) -> str:
    return (
        f"version: 1\nrules:\n  - id: {rule_id}\n    when: task_added\n"
        "    do: [{add_comment: {task: t, message: m}}]\n"
    )


def rejected(path: Path) -> list[str]:
    with pytest.raises(RuleFilesRejected) as error:
        load(path, VOCABULARY)
    return [str(mistake) for mistake in error.value.mistakes]


def test_a_large_example_loads_in_full() -> None:
    rules = load(GOOD, VOCABULARY)

    assert [
        (rule.id, rule.mode, len(rule.conditions), len(rule.actions)) for rule in rules.rules
    ] == [
        ("plan-client-work", "live", 8, 2),
        ("book-approved-projects", "shadow", 4, 1),
        ("note-moved-deadlines", "live", 3, 2),
        ("log-standups", "off", 0, 1),
        ("follow-deadlines", "live", 5, 3),
        ("evening-tasks", "live", 0, 1),
        ("forgotten-timers", "live", 0, 1),
        ("tomorrow", "live", 0, 1),
        ("timesheets", "live", 0, 1),
        ("every-operator", "live", 25, 1),
        ("smallest", "live", 0, 1),
    ]
    first, *_, last = rules.rules
    assert first.about == "Plan newly assigned client work into the calendar"
    assert first.when == {"task_added", "task_updated", "taskassignment_added"}
    assert first.limits == Limits(writes_per_run=20, writes_per_hour=200)
    assert first.timezone == "Europe/Berlin"
    assert (first.path, first.line) == (str(GOOD), 10)
    assert last.limits == Limits(writes_per_run=50, writes_per_hour=500)
    assert not rules.warnings


def test_an_action_call_knows_its_place_and_its_parameters() -> None:
    rule = load(GOOD, VOCABULARY).rules[0]

    first, second = rule.actions
    assert (first.id, first.name, first.line) == ("create_task", "create_task", 29)
    assert (second.id, second.name) == ("tell", "add_comment")
    assert isinstance(first.parameters["name"], Template)
    assert first.parameters["planned_duration"] == "1h30m"
    assert first.parameters["custom_fields"] == {"source": "hookwork", "price": 1.5, "old": None}


def test_items_of_a_list_are_read_as_declared_and_null_stays_where_it_says_something() -> None:
    action = (
        '{plan_task: {task: "${entity.id}", until: null, steps: [{mode: ALL, until: ~,'
        ' people: [{id: "${entity.x}"}, b]}, "${entity.y}"]}}'
    )
    text = rule_text("a").replace("{add_comment: {task: t, message: m}}", action)

    (call,) = load_text(text, VOCABULARY).rules[0].actions

    step, filled = cast("list[Any]", call.parameters["steps"])
    assert (step["mode"], step["until"], step["people"][1]) == ("ALL", None, "b")
    assert isinstance(step["people"][0]["id"], Template)
    assert isinstance(filled, Template)
    assert call.parameters["until"] is None


def test_one_map_stands_for_a_list_of_it() -> None:
    action = '{plan_task: {task: "${entity.id}", steps: {mode: ONE}}}'
    text = rule_text("a").replace("{add_comment: {task: t, message: m}}", action)

    assert load_text(text, VOCABULARY).rules[0].actions[0].parameters["steps"] == [{"mode": "ONE"}]


def test_rules_are_found_by_kind_in_file_order_those_that_are_off_too() -> None:
    rules = load(GOOD, VOCABULARY)

    assert [rule.id for rule in rules.for_kind("task_updated")] == [
        "plan-client-work",
        "note-moved-deadlines",
        "follow-deadlines",
        "every-operator",
        "smallest",
    ]
    assert [rule.id for rule in rules.for_kind("timetracking_added")] == ["log-standups"]
    assert rules.for_kind("user_deleted") == ()
    assert rules.for_kind("whatever the sender chose") == ()


def test_the_hash_is_over_the_contents_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(rule_text("a"))
    (tmp_path / "b.yaml").write_text(rule_text("b"))
    expected = hashlib.sha256((rule_text("a") + rule_text("b")).encode()).hexdigest()[:12]

    assert load(tmp_path, VOCABULARY).hash == expected
    assert load_text(rule_text("a"), VOCABULARY).hash != expected


def test_every_rule_file_of_a_folder_is_read_in_the_order_of_paths(tmp_path: Path) -> None:
    names = ["b.yml", "a/z.yaml", "c/deep/er.yaml", "Upper.YAML"]
    passed_over = [
        "a.test.yaml", "b.test.yml", "notes.txt", ".hidden.yaml", ".git/x.yaml", "..data/y.yaml",
    ]  # fmt: skip
    for number, name in enumerate(names):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rule_text(f"r{number}"))
    for name in passed_over:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("nonsense")

    assert [rule.id for rule in load(tmp_path, VOCABULARY).rules] == ["r3", "r1", "r0", "r2"]


def test_a_mounted_config_map_is_read_once(tmp_path: Path) -> None:
    """Kubernetes mounts links: plan.yaml -> ..data/plan.yaml, ..data -> ..2026_11_20/."""
    (tmp_path / "..2026_11_20").mkdir()
    (tmp_path / "..2026_11_20" / "plan.yaml").write_text(rule_text("plan"))
    (tmp_path / "..data").symlink_to("..2026_11_20")
    (tmp_path / "plan.yaml").symlink_to("..data/plan.yaml")

    assert [rule.id for rule in load(tmp_path, VOCABULARY).rules] == ["plan"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(rule_text("a"))
    (tmp_path / "again").symlink_to(tmp_path)

    assert [rule.id for rule in load(tmp_path, VOCABULARY).rules] == ["a"]


def test_one_file_is_a_set_too_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "rules"
    file.write_text("\ufeff" + rule_text("a"))  # as Windows' editor saves it

    assert [rule.id for rule in load(file, VOCABULARY).rules] == ["a"]


def test_the_mistakes_of_all_files_come_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/a.yaml").write_text(rule_text("same"))
    Path("rules/b.yaml").write_text(rule_text("same"))
    Path("rules/c.yaml").write_text("rules: []\n")
    Path("rules/d.yaml").symlink_to("nowhere")

    assert rejected(Path("rules")) == [
        "rules/b.yaml:3:9: the rule id 'same' is taken at rules/a.yaml:3:9; choose another"
        " [duplicate-id]",
        "rules/c.yaml:1:1: a rule file needs 'version', such as 'version: 1' [missing-key]",
        "rules/c.yaml:1:8: 'rules' is empty; write at least one entry, or leave the key out"
        " [empty-list]",
        "rules/d.yaml:1:1: cannot be read: No such file or directory [unreadable-file]",
    ]


def test_a_place_without_rules_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("large.yaml").write_bytes(b"#" * (LARGEST_BYTES + 1))

    assert rejected(Path("empty")) == [
        "empty:1:1: no rule files in this folder; they end in .yaml or .yml [no-rule-files]"
    ]
    assert rejected(Path("nowhere")) == [
        "nowhere:1:1: no such file or folder; give a rule file or a folder of them [no-such-path]"
    ]
    assert rejected(Path("n\0")) == [
        "n\0:1:1: no such file or folder; give a rule file or a folder of them [no-such-path]"
    ]
    assert rejected(Path("large.yaml")) == [
        "large.yaml:1:1: the file is larger than 256 KiB; split it [too-large]"
    ]


def test_of_a_huge_file_no_more_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    huge.touch()
    os.truncate(huge, 1 << 42)  # four terabytes of nothing: to read them all would take for ever

    assert rejected(huge) == [f"{huge}:1:1: the file is larger than 256 KiB; split it [too-large]"]


@pytest.mark.parametrize(
    "text",
    [
        f"version: 1\nrules: [{'{}, ' * 500}]",
        f"version: 1\nrules: [{{id: a, do: [], when: [{'task_upated, ' * 500}]}}]",
        "%YAML 1.1\n" * 500,
        "version: 1\nrules: []\n" + "".join(f"k{number}: 1\n" for number in range(500)),
    ],
)
def test_of_a_file_full_of_mistakes_the_first_hundred_are_told(text: str) -> None:
    """To look for half a million of them would take minutes, and a gigabyte."""
    with pytest.raises(RuleFilesRejected) as refused:
        load_text(text, VOCABULARY)

    *told, last = refused.value.mistakes
    assert len(told) == 100
    assert (last.message, last.code) == (
        "here is one more after 100 mistakes; correct those first",
        "too-many",
    )


def test_each_file_has_its_own_hundred_mistakes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("version: 1\nrules: [" + "1, " * 200 + "]\n")

    assert len(rejected(tmp_path)) == 202


def test_a_message_names_the_last_twenty_earlier_actions_only() -> None:
    """All of them, in the message about each of a thousand, would fill the memory."""
    actions = "".join(
        f"      - {{add_comment: {{task: t, message: m}}, id: a{number}}}\n" for number in range(50)
    )
    wrong = "      - {add_comment: {task: t, message: '${done.xyz.id}'}, id: last}\n"
    head = "version: 1\nrules:\n  - id: a\n    when: task_updated\n    do:\n"

    with pytest.raises(RuleFilesRejected) as refused:
        load_text(head + actions + wrong, VOCABULARY)

    [mistake] = refused.value.mistakes
    named = ", ".join(f"a{number}" for number in range(30, 50))
    assert mistake.message.endswith(f"earlier actions of this rule: {named}")


def test_aliases_are_refused_where_they_stand_and_never_followed() -> None:
    """Nine lists of nine aliases each would be 400 million texts."""
    lists = [
        f"{name}: &{name} [{', '.join([f'*{last}'] * 9)}]" for last, name in pairwise("abcdefghij")
    ]
    text = "\n".join(["version: 1", f"a: &a [{', '.join(['x'] * 9)}]", *lists, "rules: *j", ""])

    with pytest.raises(RuleFilesRejected) as error:
        load_text(text, VOCABULARY)

    written = text.count("*") + text.count("&")
    assert written == len(error.value.mistakes) == 92
    assert {mistake.code for mistake in error.value.mistakes} == {"alias", "anchor"}


def test_a_file_that_is_nothing_but_mistakes_is_given_up_early() -> None:
    text = "a: &a x\nrules: [" + "*a, " * 100_000 + "*a]\n"

    with pytest.raises(RuleFilesRejected) as error:
        load_text(text, VOCABULARY)

    assert len(error.value.mistakes) == 101


def test_a_pipe_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "a.yaml").write_text(rule_text("a"))

    assert len(load(tmp_path, VOCABULARY).rules) == 1


def test_an_old_event_name_loads_with_a_warning() -> None:
    rules = load_text(
        rule_text("a").replace("task_added", "[task_changed, client_added]"), VOCABULARY
    )

    assert rules.rules[0].when == {"task_updated", "company_added"}
    assert [str(warning) for warning in rules.warnings] == [
        "rules.yaml:4:12: 'task_changed' is an old name; awork says 'task_updated' now [old-name]",
        "rules.yaml:4:26: 'client_added' is an old name; awork says 'company_added' now [old-name]",
    ]


def test_every_kind_of_event_can_be_listened_to() -> None:
    text = rule_text("a").replace("task_added", f"[{', '.join(KINDS)}]")

    assert load_text(text, VOCABULARY).rules[0].when == set(KINDS)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"), ("no", "no"), ("yes", "yes"), ("12:30", "12:30"),
        ("2026-03-27", "2026-03-27"), ("1_000", "1_000"), ("012", 12), ("0o14", 12), ("0x1F", 31),
        ("+7", 7), ("1e3", 1000.0),
        (".5", 0.5), ("5.", 5.0), ("true", True), ("FALSE", False), ("~", None), ("null", None),
        ('"true"', "true"), ("'1'", "1"), ("=", "="), ("1.2.3", "1.2.3"), ("0b1", "0b1"),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    findings = Findings.of_text("x", written)

    root = nodes.read(f"a: {written}\n", findings)

    assert root is not None
    assert nodes.plain(root) == {"a": value}
    assert type(nodes.plain(root)) is dict
    assert not findings.mistakes


def test_a_templated_value_fits_every_kind_of_parameter() -> None:
    """What it becomes is known only when it is filled in."""
    loaded = load_text(
        rule_text("a").replace(
            "{add_comment: {task: t, message: m}}",
            '{create_task: {name: "${now}", project: "${entity}", due_on: "${today}T18:00:00Z",'
            ' planned_duration: "${entity.x}s", prio: "${entity.x}", assignees: "${entity.x}",'
            ' custom_fields: "${entity.x}"}}, {log_time: {user: "${entity.x}",'
            ' date: "${today}", rounding: "${entity.x}"}}',
        ),
        VOCABULARY,
    )

    assert [call.name for call in loaded.rules[0].actions] == ["create_task", "log_time"]
