"""What a write has made, by its request and its answer."""

from __future__ import annotations

import pytest

from workers import written
from workers.entries import Entry

TASK, PROJECT = "11111111-1111-4111-8111-11111111111a", "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(
    ("method", "path", "body", "made"),
    [
        ("POST", "/tasks", {"entityId": PROJECT}, TASK),
        # What they answer with is what they change: it is not theirs because of that.
        ("PUT", f"/tasks/{TASK}", {"name": "x"}, ""),
        ("POST", f"/tasks/{TASK}/setassignees", [], ""),
        ("POST", f"/tasks/{TASK.upper()}/setassignees", [], ""),
        ("POST", "/tasks/settaskpriority", {"taskId": TASK}, ""),
    ],
)
def test_what_a_request_names_it_has_not_made(
    method: str, path: str, body: object, made: str
) -> None:
    entry = Entry(method=method, path=path, body=body)

    assert written.made(entry, {"id": TASK}) == made
    assert written.made(entry, {}) == ""
