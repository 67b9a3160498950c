"""What is read of a page of Workiva's tasks."""

from __future__ import annotations

import pytest

from webhooks.errors import TargetBusy
from workers.targets.workiva_answers import following, tasks


@pytest.mark.parametrize("page", [None, {}, {"data": None}, {"data": {}}, {"data": ["t1"]}])
def test_what_is_no_list_of_tasks_is_not_taken_for_an_empty_one(page: object) -> None:
    with pytest.raises(TargetBusy) as failed:
        tasks(page)

    assert failed.value.code == "not-a-list"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (None, {}),
        ("", {}),
        ("https://api.app.wdesk.com/tasks?%24next=a%2Fb%3D", {"$next": "a/b="}),
        ("/tasks?$next=ab&$maxpagesize=5", {"$next": "ab", "$maxpagesize": "5"}),
        ("https://evil.example/x?$next=ab", {"$next": "ab"}),
    ],
)
def test_the_next_page_is_asked_for_by_the_query_of_its_link(
    link: object, expected: object
) -> None:
    assert following({"data": [], "@nextLink": link}) == expected


@pytest.mark.parametrize(
    "link", ["https://api.app.wdesk.com/tasks?page=2", "/tasks", 7, "?$next=", "https://[?$next=2"]
)
def test_a_link_that_leads_nowhere_ends_no_list(link: object) -> None:
    with pytest.raises(TargetBusy) as failed:
        following({"data": [], "@nextLink": link})

    assert failed.value.code == "not-a-list"
