"""The sandbox's Workiva: lists, filtered, in order, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.wdesk import OLD, TODAY, Caller, Moment, signed_in, wrongs


@pytest.fixture(name="clock")
def _clock() -> Moment:
    return Moment()


@pytest.fixture(name="caller")
def _caller(clock: Moment) -> Iterator[Caller]:
    """Three tasks, a minute between them, in a Workiva."""
    with Sandbox.start(clock=clock) as sandbox:
        caller = signed_in(sandbox.workiva)
        caller.made(title="b", description="first ⟨hw:1a⟩", dueDate="2026-12-02T00:00:00Z")
        clock.forward(minutes=1)
        caller.made(title="a", description="it's second ⟨hw:2b⟩")
        clock.forward(minutes=1)
        caller.made(title="c", description="")
        yield caller


def _titles(caller: Caller, **question: str) -> str:
    answer = caller.ask("GET", params={f"${name}": value for name, value in question.items()})
    assert answer.status_code == 200, answer.text
    return "".join(task["title"] for task in answer.json()["data"])


FILTERED = [
    ("", "bac"),
    ("title eq 'a'", "a"),
    ("title ne 'a'", "bc"),
    ("title gt 'a' and title lt 'c'", "b"),
    ("status eq 'Created'", "bac"),
    ("status eq 'Completed'", ""),
    ("contains(description,'⟨hw:1a⟩')", "b"),
    ("contains(description, 'it''s')", "a"),
    ("contains(description,'First')", ""),
    ("created/dateTime ge 2026-11-20T08:16:30Z", "ac"),
    ("created/dateTime gt '2026-11-20T09:16:30+01:00'", "c"),
    ("created/dateTime le 2026-11-20T08:16:30Z and contains(title,'b')", "b"),
    ("created/dateTime lt 2026-11-20T08:15:30Z", ""),
    ("dueDate ge 2026-12-02T00:00:00Z", "b"),
]


@pytest.mark.parametrize(("condition", "titles"), FILTERED)
def test_a_list_has_what_meets_the_filter(caller: Caller, condition: str, titles: str) -> None:
    assert _titles(caller, filter=condition) == titles


@pytest.mark.parametrize(
    ("question", "target", "message"),
    [
        (
            {"$filter": "colour eq 'red'"},
            "$filter",
            "the property colour is none of title, status, description, created/dateTime,"
            " modified/dateTime, dueDate",
        ),
        (
            {"$filter": "contains(dueDate,'a')"},
            "$filter",
            "the property dueDate is none of title, status, description",
        ),
        ({"$filter": "title is 'a'"}, "$filter", "is is none of eq, ne, gt, ge, lt, le"),
        (
            {"$filter": "title eq 'a' or title eq 'b'"},
            "$filter",
            "is not understood from here on: or title eq 'b'",
        ),
        (
            {"$filter": "title eq 'it's'"},
            "$filter",
            "is not understood from here on: s'",
        ),
        (
            {"$filter": "created/dateTime ge 2026-11-20"},
            "$filter",
            "created/dateTime is compared with a date-time, not 2026-11-20",
        ),
        ({"$filter": "title eq 2026"}, "$filter", "title is compared with a text in quotes"),
        ({"$orderBy": "title up"}, "$orderBy", "title up is no property with asc or desc"),
        ({"$maxpagesize": "0"}, "$maxpagesize", "must be a number from 1 to 1000, not 0"),
        ({"$maxpagesize": "1001"}, "$maxpagesize", "must be a number from 1 to 1000, not 1001"),
        ({"$maxpagesize": "all"}, "$maxpagesize", "must be a number from 1 to 1000, not all"),
        ({"$next": "nonsense"}, "$next", "is no cursor of this list"),
    ],
)
def test_a_question_that_is_not_understood_is_refused(
    caller: Caller, question: dict[str, str], target: str, message: str
) -> None:
    answer = caller.ask("GET", params=question)

    assert answer.status_code == 400
    assert wrongs(answer) == [(target, message)]


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("title", "abc"),
        ("title desc", "cba"),
        ("created/dateTime desc", "cab"),
        ("status,title desc", "cba"),
        ("dueDate desc,title", "bac"),
    ],
)
def test_a_list_is_in_the_order_that_is_asked_for(caller: Caller, order: str, titles: str) -> None:
    assert _titles(caller, orderBy=order) == titles


@pytest.mark.parametrize("version", [TODAY, OLD])
def test_pages_follow_each_other_by_their_link(caller: Caller, version: str) -> None:
    one = signed_in(caller.workiva, version)
    question = {"$filter": "title ne 'b'", "$orderBy": "title desc", "$maxpagesize": "1"}

    first = one.ask("GET", params=question).json()
    link = first["@nextLink"]
    second = one.ask("GET", link.removeprefix(one.workiva.url + one.prefix)).json()

    assert link.startswith(f"{one.workiva.url}{one.prefix}/tasks?")
    assert [task["title"] for task in first["data"] + second["data"]] == ["c", "a"]
    assert "@nextLink" not in second


def test_a_full_last_page_has_no_link(caller: Caller) -> None:
    answer = caller.ask("GET", params={"$maxpagesize": "3"}).json()

    assert (len(answer["data"]), "@nextLink" in answer) == (3, False)


def test_a_thousand_tasks_are_a_page(caller: Caller) -> None:
    one = next(iter(caller.workiva.tasks.values()))
    caller.workiva.tasks.update({f"{n:032x}": {**one, "id": f"{n:032x}"} for n in range(998)})

    answer = caller.ask("GET").json()

    assert len(answer["data"]) == 1_000
    assert "@nextLink" in answer
