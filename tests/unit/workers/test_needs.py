"""What live rules need to be set, and who says so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.unit.webhooks.test_settings import GOOD
from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import SettingsRejected
from webhooks.settings import Settings, read
from workers import needs, runtime
from workers.actions import ACTIONS
from workers.rulebook import RuleBook
from workers.rules.load import load_text
from workers.rules.model import RuleSet
from workers.rules.vocabulary import Parameter, ParameterKind, Vocabulary

COMMENT = """
version: 1
rules:
  - id: comment
    when: task_added
    do: [{add_comment: {task: "${entity.id}", message: m}}]
"""
RULES = (
    COMMENT
    + """
  - id: mirror
    mode: live
    when: task_added
    do:
      - add_comment: {task: t, message: m}
      - create_workiva_task: {title: one}
  - id: mirror-too
    mode: live
    when: task_updated
    do: [{sync_workiva_task: {title: two}}]
"""
)
_WORKIVA = {"title": Parameter(ParameterKind.TEXT)}
WITH_WORKIVA: Vocabulary = {
    **VOCABULARY,
    "create_workiva_task": _WORKIVA,
    "sync_workiva_task": _WORKIVA,
}
GRANT = {"WORKIVA_CLIENT_ID": "client-1", "WORKIVA_CLIENT_SECRET": "hush-1"}
PROTOTYPE = {"WORKIVA_API": "prototype-2022-01-01"}
LINES = [
    f"{name} is missing, and the live rule 'mirror' needs it for create_workiva_task"
    " (rules.yaml:14): set it and restart the workers, or make the rule shadow."
    f" Example: {name}={example}"
    for name, example in (
        ("WORKIVA_CLIENT_ID", "the id of a grant"),
        ("WORKIVA_CLIENT_SECRET", "its secret"),
    )
]
ENDED = (
    "WORKIVA_API=prototype-2022-01-01: Workiva's API of that name is gone since 2027-01-31 UTC;"
    " set WORKIVA_API=2026-01-01 (or remove it) and restart the workers"
)
LAST_DAY, DAY_AFTER = date(2027, 1, 30), date(2027, 1, 31)


def written(mode: str) -> str:
    return RULES.replace("mode: live", f"mode: {mode}\n    reason: for now")


def rules(mode: str) -> RuleSet:
    return load_text(written(mode), WITH_WORKIVA)


def settings(**more: str) -> Settings:
    return read(GOOD | more)


def test_each_missing_setting_is_a_line_with_the_first_live_rule_that_needs_it() -> None:
    assert needs.refusals(settings(), rules("live"), LAST_DAY) == LINES


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_a_recipe_that_writes_nothing_needs_nothing(mode: str) -> None:
    assert needs.refusals(settings(), rules(mode), LAST_DAY) == []


def test_what_is_set_is_not_missing() -> None:
    assert needs.refusals(settings(**GRANT), rules("live"), LAST_DAY) == []


def test_the_prototype_may_be_set_on_its_last_day_and_not_on_the_next() -> None:
    given = settings(**GRANT, **PROTOTYPE)

    assert needs.refusals(given, rules("live"), LAST_DAY) == []
    assert needs.refusals(given, rules("live"), DAY_AFTER) == [ENDED]


def test_an_api_that_is_gone_and_a_grant_that_is_missing_are_told_at_once() -> None:
    assert needs.refusals(settings(**PROTOTYPE), rules("live"), DAY_AFTER) == [ENDED, *LINES]


def test_todays_api_ends_on_no_day_that_is_known() -> None:
    assert needs.refusals(settings(**GRANT), rules("live"), date(2099, 1, 1)) == []


def test_every_action_of_workivas_needs_a_grant() -> None:
    assert {name for name in ACTIONS if "workiva" in name} == set(needs.NEEDED)


def test_a_worker_does_not_start_once_the_prototype_is_gone(tmp_path: Path) -> None:
    """Before it asks anything of Redis: there is none here."""
    (tmp_path / "rules.yaml").write_text(COMMENT, encoding="utf-8")
    given = settings(**PROTOTYPE, HOOKWORK_RULES=str(tmp_path))

    with pytest.raises(SettingsRejected) as rejected:
        runtime.Runtime({"": given}, now=lambda: datetime(2027, 1, 31, tzinfo=UTC))

    assert rejected.value.problems == (ENDED,)


def test_new_rules_that_need_what_is_not_set_leave_those_from_before_in_force(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(written("shadow"), encoding="utf-8")
    book = RuleBook(file, WITH_WORKIVA, unmet=lambda one: needs.unmet(one, settings()))
    before = book.rules()
    told = []

    for mode in ("live", "off"):
        file.write_text(written(mode), encoding="utf-8")
        book.look()
        book.look()
        told.append((book.rules() is before, book.problem.replace(str(tmp_path) + "/", "")))

    assert told == [(True, "\n".join(LINES)), (False, "")]
