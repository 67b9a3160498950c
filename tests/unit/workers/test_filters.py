"""What awork is asked with filterby: as its language wants it, whatever is in the values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deploy.sandbox.filters import matcher
from workers.targets.filters import Filter, Guid, Literal, some, where

ID = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"
A, B, C = (where(name).eq(1) for name in "abc")
CALL = where("a").startswith("x")
#: of a path through a list, how the sandbox spells it
LISTED = {"l/n": ("l", "*", "n")}


def is_met(condition: Filter, item: dict[str, Any]) -> bool:
    """What the sandbox makes of it."""
    return matcher(str(condition), lambda path: LISTED.get(path) or tuple(path.split("/")))(item)


@given(st.text(), st.text())
def test_whatever_a_name_is_exactly_what_has_it_is_found(name: str, other: str) -> None:
    assume(name.lower() != other.lower())

    condition = where("name").eq(name)

    assert is_met(condition, {"name": name})
    assert not is_met(condition, {"name": other})


#: a condition, and what it is for an item
_Judged = tuple[Filter, Callable[[dict[str, Any]], bool]]


def _joined(parts: st.SearchStrategy[_Judged]) -> st.SearchStrategy[_Judged]:
    return st.one_of(
        parts.map(lambda one: (~one[0], lambda item: not one[1](item))),
        st.tuples(parts, parts).map(
            lambda two: (two[0][0] & two[1][0], lambda item: two[0][1](item) and two[1][1](item))
        ),
        st.tuples(parts, parts).map(
            lambda two: (two[0][0] | two[1][0], lambda item: two[0][1](item) or two[1][1](item))
        ),
    )


LEAVES: list[_Judged] = [
    (A, lambda item: item["a"] == 1),
    (where("b").ge(1), lambda item: item["b"] >= 1),
    (where("t").startswith("x"), lambda item: item["t"].startswith("x")),
    (where("t").contains("'"), lambda item: "'" in item["t"]),
    (some("l", lambda one: where(f"{one}/n").eq("x")), lambda item: {"n": "x"} in item["l"]),
]
ITEMS = [
    {"a": a, "b": b, "t": t, "l": [{"n": t}]} for a in (0, 1) for b in (0, 1) for t in ("x", "y'")
]


@given(st.recursive(st.sampled_from(LEAVES), _joined, max_leaves=8))
def test_however_conditions_are_joined_the_filter_means_the_same(judged: _Judged) -> None:
    condition, judge = judged

    assert [is_met(condition, item) for item in ITEMS] == [judge(item) for item in ITEMS]


@given(st.text(), st.text())
def test_whatever_a_name_is_the_rest_of_the_filter_still_counts(name: str, kind: str) -> None:
    condition = where("name").eq(name) & where("status/type").eq(kind)

    assert is_met(condition, {"name": name, "status": {"type": kind}})
    assert not is_met(condition, {"name": name, "status": {"type": f"{kind}x"}})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Timo's 'list'", "'Timo''s ''list'''"),
        ("", "''"),
        ("null", "'null'"),
        (ID, f"'{ID}'"),
        (Guid(ID), f"guid'{ID}'"),
        (Guid("x' or name ne '"), "guid'x'' or name ne '''"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-3, "-3"),
        (date(2026, 11, 20), "datetime'2026-11-20T00:00'"),
        (datetime(2026, 11, 20, 9, 30), "datetime'2026-11-20T09:30'"),  # noqa: DTZ001 as a clock tells it
        (datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC), "datetime'2026-11-20T09:30:05'"),
        # 00:30 in a zone two hours ahead is 22:30 of the day before
        (
            datetime(2026, 11, 20, 0, 30, tzinfo=timezone(timedelta(hours=2))),
            "datetime'2026-11-19T22:30'",
        ),
    ],
)
def test_a_value_is_written_as_what_it_is(value: Literal, written: str) -> None:
    assert str(where("a/b").eq(value)) == f"a/b eq {written}"


@pytest.mark.parametrize("name", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_a_comparison_has_awork_s_word(name: str) -> None:
    assert str(getattr(where("a"), name)(1)) == f"a {name} 1"


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (A & B & C, "a eq 1 and b eq 1 and c eq 1"),
        (A | B | C, "a eq 1 or b eq 1 or c eq 1"),
        (A & B | C, "a eq 1 and b eq 1 or c eq 1"),
        (A & (B | C), "a eq 1 and (b eq 1 or c eq 1)"),
        ((A | B) & C, "(a eq 1 or b eq 1) and c eq 1"),
        (A & (B & C), "a eq 1 and b eq 1 and c eq 1"),
        (~A, "not (a eq 1)"),
        (~(A | B), "not (a eq 1 or b eq 1)"),
        (~A & B, "not (a eq 1) and b eq 1"),
        (~~A, "not (not (a eq 1))"),
        (~CALL, "not startswith(a,'x')"),
        (CALL & A, "startswith(a,'x') and a eq 1"),
        (where("a").endswith("'"), "endswith(a,'''')"),
        (where("a").contains("x"), "substringof('x',a)"),
        (some("tags", lambda tag: where(f"{tag}/name").eq("x")), "tags/any(a: a/name eq 'x')"),
        (~some("tags", lambda tag: where(f"{tag}/name").eq("x")), "not tags/any(a: a/name eq 'x')"),
    ],
)
def test_parentheses_stand_where_they_are_needed(condition: Filter, written: str) -> None:
    assert str(condition) == written
