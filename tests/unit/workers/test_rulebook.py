"""Rules in force: replaced whole, by content, and never by a bad set; the test does the looking."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected
from workers.rulebook import RuleBook

GOOD = """
version: 1
rules:
  - id: {name}
    when: task_added
    do: [{{add_comment: {{task: t, message: m}}}}]
"""


def good(name: str) -> str:
    return GOOD.format(name=name)


def ids(book: RuleBook) -> list[str]:
    return [rule.id for rule in book.rules().rules]


def look(book: RuleBook, times: int = 2) -> None:
    for _ in range(times):
        book.look()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_text(good("first"))
    return rules


def test_a_change_is_in_force_once_it_is_at_rest(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    (folder / "a.yaml").write_text(good("second"))

    book.look()
    not_yet = ids(book)
    book.look()

    assert not_yet == ["first"]
    assert ids(book) == ["second"]


def test_files_that_change_at_every_look_are_not_read(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    for number in range(5):
        (folder / "a.yaml").write_text(good(f"try-{number}"))
        book.look()

    assert ids(book) == ["first"]
    book.look()
    assert ids(book) == ["try-4"]


def test_a_bad_set_leaves_the_good_one_in_force_and_is_told_until_it_is_mended(
    folder: Path,
) -> None:
    book = RuleBook(folder, VOCABULARY)
    (folder / "a.yaml").write_text(good("second").replace("add_comment", "add_coment"))
    look(book)
    bad = (ids(book), book.problem)
    (folder / "a.yaml").write_text(good("third"))
    look(book)

    assert bad[0] == ["first"]
    assert "did you mean 'add_comment'?" in bad[1]
    assert (ids(book), book.problem) == (["third"], "")


def test_going_back_to_the_good_files_clears_the_problem(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    (folder / "a.yaml").write_text("version: 2\n")
    look(book)
    told = book.problem
    (folder / "a.yaml").write_text(good("first"))
    look(book)

    assert told
    assert (ids(book), book.problem) == (["first"], "")


def test_an_editor_that_replaces_the_file_is_seen(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    (folder / ".a.yaml.swp").write_text(good("replaced"))
    (folder / ".a.yaml.swp").replace(folder / "a.yaml")
    look(book)

    assert ids(book) == ["replaced"]


def test_a_configmap_that_moves_its_link_is_seen(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}" / "a.yaml").write_text(good(f"version-{version}"))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    book = RuleBook(tmp_path, VOCABULARY)

    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    look(book)

    assert ids(book) == ["version-2"]


def test_files_that_come_and_go_are_seen(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    (folder / "b.yaml").write_text(good("more"))
    look(book)
    with_b = ids(book)
    (folder / "a.yaml").unlink()
    look(book)

    assert with_b == ["first", "more"]
    assert ids(book) == ["more"]


def test_a_file_that_is_renamed_moves_its_rules(folder: Path) -> None:
    (folder / "b.yaml").write_text(good("second"))
    book = RuleBook(folder, VOCABULARY)
    (folder / "a.yaml").rename(folder / "c.yaml")
    look(book)

    assert ids(book) == ["second", "first"]


def test_a_folder_that_is_gone_leaves_the_rules_in_force(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    (folder / "a.yaml").unlink()
    look(book)

    assert ids(book) == ["first"]
    assert "no rule files in this folder" in book.problem


def test_what_is_no_rule_file_changes_nothing(folder: Path) -> None:
    book = RuleBook(folder, VOCABULARY)
    before = book.rules()
    (folder / "README.md").write_text("words")
    (folder / "a.test.yaml").write_text("tests: []")
    look(book)

    assert book.rules() is before


def test_there_must_be_good_rules_to_begin_with(folder: Path) -> None:
    (folder / "a.yaml").write_text("version: 1\n")

    with pytest.raises(RuleFilesRejected):
        RuleBook(folder, VOCABULARY)
