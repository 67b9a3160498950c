"""Rules in a ConfigMap: mounted as links through a link, which is moved in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy import kube_files
from tests.deploy.kube_container import Container, project
from workers.actions import VOCABULARY
from workers.rulebook import RuleBook
from workers.rules.load import load

RULE = """
version: 1
rules:
  - id: {name}
    mode: shadow
    when: task_added
    do: [{{add_comment: {{task: "${{entity.id}}", message: "m"}}}}]
"""


def rule(name: str) -> str:
    return RULE.format(name=name)


def ids(book: RuleBook) -> list[str]:
    return [each.id for each in book.rules().rules]


def look(book: RuleBook) -> None:
    for _ in range(2):
        book.look()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mounted = tmp_path / "rules"
    project(mounted, {"a.yaml": rule("a"), "b.yaml": rule("b")}, version="2026_11_21_1")
    return mounted


def test_each_file_is_read_once_though_it_is_there_three_times(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)

    seen = [path for path in folder.rglob("*.yaml") if path.is_file()]
    assert len(seen) > 2
    assert ids(book) == ["a", "b"]


def test_a_changed_configmap_is_in_force_after_two_looks_and_whole(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    changed = {"a.yaml": rule("a2"), "b.yaml": rule("b2")}

    project(folder, changed, version="2026_11_21_2")
    book.look()
    not_yet = ids(book)
    book.look()

    assert not_yet == ["a", "b"]
    assert (ids(book), book.problem) == (["a2", "b2"], "")


def test_files_that_come_and_go_with_a_configmap_come_and_go(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)

    project(folder, {"b.yaml": rule("b"), "c.yaml": rule("c")}, version="2026_11_21_2")
    look(book)

    assert ids(book) == ["b", "c"]


def test_a_bad_configmap_leaves_the_good_rules_in_force_until_it_is_mended(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)

    project(folder, {"a.yaml": rule("a2").replace("when", "wen")}, version="2026_11_21_2")
    look(book)
    bad = (ids(book), book.problem)
    project(folder, {"a.yaml": rule("a3")}, version="2026_11_21_3")
    look(book)

    assert bad[0] == ["a", "b"]
    assert "did you mean 'when'?" in bad[1]
    assert (ids(book), book.problem) == (["a3"], "")


def test_a_configmap_that_is_written_again_as_it_was_changes_nothing(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    before = book.rules()

    project(folder, {"a.yaml": rule("a"), "b.yaml": rule("b")}, version="2026_11_21_2")
    look(book)

    assert book.rules() is before


def test_keys_that_are_put_into_folders_are_found_there(tmp_path: Path) -> None:
    project(tmp_path, {"sales/a.yaml": rule("a"), "b.yaml": rule("b")}, version="1")

    assert [each.id for each in load(tmp_path, VOCABULARY).rules] == ["b", "a"]


def test_rules_with_a_mistake_do_not_pass_the_check_that_goes_before_a_worker(
    tmp_path: Path,
) -> None:
    check = Container(kube_files.kept("local"), "hookwork-worker", "check", tmp_path)
    check.mount({})
    (mount,) = check.spec["volumeMounts"]
    folder = check.inside(mount["mountPath"])
    good = load(folder, VOCABULARY)
    project(folder, {"a.yaml": rule("a").replace("when", "wen")}, version="2")

    code, said = check.run(check.spec["command"], {})

    assert [each.id for each in good.rules] == ["starter"]
    assert code == 1
    assert "did you mean 'when'?" in said
