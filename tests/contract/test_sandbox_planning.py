"""What holds work up in the sandbox: dependencies of tasks, days off of everybody."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.test_sandbox_answers import NOBODY, TASK, TASK_FORM, TOKEN, Caller


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(name="call")
def _call(sandbox: Sandbox) -> Iterator[Caller]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield Caller(client)


def test_a_task_shows_the_dependencies_it_is_one_end_of(call: Caller, sandbox: Sandbox) -> None:
    others = [call.made("/tasks", TASK_FORM)["id"] for _ in range(3)]
    for before, after in ((others[0], TASK), (TASK, others[1]), (others[1], others[2])):
        sandbox.world.add("taskdependencies", {"predecessorId": before, "successorId": after})

    found = call("GET", f"/tasks/{TASK}/taskdependencies").json()

    ends = [(one["predecessorId"], one["successorId"]) for one in found]
    assert ends == [(others[0], TASK), (TASK, others[1])]
    assert call("GET", f"/tasks/{others[0].upper()}/taskdependencies").json() == found[:1]
    assert call("GET", f"/tasks/{NOBODY}/taskdependencies").status_code == 404


def test_days_off_of_everybody_are_listed_page_by_page(call: Caller, sandbox: Sandbox) -> None:
    assert call("GET", "/workspaceabsences").json() == []
    for day in ("2026-12-25", "2026-12-26", "2027-01-01"):
        ends = {"startOn": f"{day}T00:00:00Z", "endOn": f"{day}T23:59:59Z"}
        sandbox.world.add("workspaceabsences", {**ends, "description": "Holiday"})

    page = call("GET", "/workspaceabsences", pageSize=2)
    late = call("GET", "/workspaceabsences", filterby="startOn ge datetime'2027-01-01T00:00'")

    assert (len(page.json()), page.headers["aw-totalitems"]) == (2, "3")
    assert [one["startOn"] for one in late.json()] == ["2027-01-01T00:00:00Z"]
