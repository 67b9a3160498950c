"""Lists as the sandbox gives them: pages, filters, orders."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import PROJECT, TASK_FORM, TOKEN

AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers=AUTHORIZED) as client:
        yield client


def test_pages_are_cut_and_counted(sandbox: Sandbox, client: httpx.Client) -> None:
    for number in range(23):
        client.post("tasks", json={**TASK_FORM, "name": f"task {number:02}"})
    here = f"projects/{PROJECT}/projecttasks"

    first = client.get(here)
    last = client.get(here, params={"page": 3, "pageSize": 10, "orderby": "taskNumber desc"})

    counts = ("aw-page", "aw-pagesize", "aw-items", "aw-totalitems")
    assert [first.headers[name] for name in counts] == ["1", "10", "10", "24"]
    assert [last.headers[name] for name in counts] == ["3", "10", "4", "24"]
    assert [t["taskNumber"] for t in last.json()] == [45, 44, 43, 42]
    assert len(sandbox.world.tasks) == 24


@pytest.mark.parametrize("query", ["page=0", "page=x", "pageSize=0", "pageSize=1001"])
def test_a_page_that_cannot_be_is_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"users?{query}").status_code == 400


FILTERS = [
    ("name eq 'Build checkout page'", ["Build checkout page"]),
    ("Name eq 'It''s done' and isPrio eq true", ["It's done"]),
    (f"ProjectId eq guid'{PROJECT}'", ["Build checkout page", "It's done"]),
    ("taskstatus/type ne 'done'", ["Build checkout page", "It's done"]),
    ("dueon ge datetime'2026-11-26T00:00'", ["It's done"]),
    ("dueOn lt datetime'2026-11-26T00:00:00Z' and closedOn eq null", ["Build checkout page"]),
    ("startOn gt datetime'2030-01-01T00:00'", []),
    ("dueOn le datetime'2030-01-01T00:00' and isPrio eq false", ["Build checkout page"]),
    ("name eq 'nothing' or name eq 'it''s done'", ["It's done"]),
    # `and` holds tighter than `or`
    ("name eq 'x' and isPrio eq true or isPrio eq false", ["Build checkout page"]),
    ("name eq 'x' and (isPrio eq true or isPrio eq false)", []),
    ("not (isPrio eq true)", ["Build checkout page"]),
    ("startswith(name,'BUILD')", ["Build checkout page"]),
    ("endswith(name,'page') eq true", ["Build checkout page"]),
    ("substringof('t''s d',name) eq true", ["It's done"]),
    ("substringof('checkout',name) eq false", ["It's done"]),
    ("plannedDuration gt 15000", ["Build checkout page"]),
    ("plannedDuration le 15000L", ["It's done"]),
    ("tags/any(t: t/name eq 'billable')", ["Build checkout page"]),
    ("tags/any(t: t/name eq 'billable') eq false", ["It's done"]),
    ("tags/count() lt 1", ["It's done"]),
    ("createdBy eq me.id", ["It's done"]),
    ("createdOn le now and createdOn ge today", ["It's done"]),
    ("dueOn gt eom and dueOn lt som", []),
]


@pytest.mark.parametrize(("text", "names"), FILTERS)
def test_lists_are_filtered(client: httpx.Client, text: str, names: list[str]) -> None:
    client.post("tasks", json={**TASK_FORM, "name": "It's done", "plannedDuration": 3600})

    answer = client.get("me/projecttasks", params={"filterby": text})

    assert [task["name"] for task in answer.json()] == names
    assert answer.headers["aw-totalitems"] == str(len(names))


UNREADABLE = [
    ("filterby", "name eq"),
    ("filterby", "name eq 'a' or"),
    ("filterby", "(name eq 'a'"),
    ("filterby", "name eq 'a')"),
    ("filterby", "startswith('a',name)"),
    ("filterby", "contains(name,'a')"),
    ("filterby", "tags/name eq 'a'"),
    ("filterby", "tags/any(t: name eq 'a')"),
    ("filterby", "tags/any(t: t/colour eq 'a')"),
    ("filterby", "tags/count() lt 'a'"),
    ("filterby", "isPrio eq yes"),
    ("filterby", "name eq 'a' and "),
    ("filterby", "name gt 'a'"),
    ("filterby", "nmae eq 'a'"),
    ("filterby", "taskstatus/kind eq 'a'"),
    ("filterby", "dueOn ge datetime'soon'"),
    ("filterby", "name ge datetime'2026-11-20T00:00'"),
    ("orderby", "nmae"),
    ("orderby", "name down"),
    ("orderby", "project"),
]


@pytest.mark.parametrize(("parameter", "text"), UNREADABLE)
def test_a_filter_or_order_it_cannot_read_is_refused(
    client: httpx.Client, parameter: str, text: str
) -> None:
    answer = client.get("me/projecttasks", params={parameter: text})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-filter-or-order")


@pytest.mark.parametrize(
    "names", [("filterBy", "orderBy", "pagesize"), ("FILTERBY", "OrderBy", "PageSize")]
)
def test_the_case_of_a_query_parameter_does_not_count(
    client: httpx.Client, names: tuple[str, str, str]
) -> None:
    for number in range(3):
        client.post("tasks", json={**TASK_FORM, "name": "wanted", "isPrio": number != 1})
    filter_, order, size = names
    query = {size: "1", order: "taskNumber desc", filter_: "name eq 'wanted' and isPrio eq true"}

    answer = client.get("me/projecttasks", params=query)

    assert answer.headers["aw-totalitems"] == "2"
    assert [task["taskNumber"] for task in answer.json()] == [45]


def test_plain_query_parameters_are_ignored(client: httpx.Client) -> None:
    assert len(client.get("me/projecttasks", params={"name": "nothing"}).json()) == 1
