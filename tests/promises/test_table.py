"""The table of promises does not rot: each mechanism is where it says, and each test is there."""

from __future__ import annotations

import pytest

from tests.promises.broken import Mutation
from tests.promises.table import MUTATIONS, PROMISES, ROOT, TESTS, is_there, markdown, times_found


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_each_mechanism_stands_where_the_table_says(mutation: Mutation) -> None:
    assert times_found(mutation) == 1
    assert mutation.new != mutation.old
    assert mutation.tests


def test_every_test_that_is_named_is_there() -> None:
    assert [test for test in TESTS if not is_there(test)] == []


def test_there_are_nine_promises_and_each_can_be_broken() -> None:
    names = [mutation.name for mutation in MUTATIONS]

    assert [promise.number for promise in PROMISES] == list(range(1, 10))
    assert all(promise.tests and promise.mutations for promise in PROMISES)
    assert len(names) == len(set(names))
    assert markdown().count("\n") == 10


def test_the_readme_has_the_table() -> None:
    assert markdown() in (ROOT / "README.md").read_text(encoding="utf-8")
