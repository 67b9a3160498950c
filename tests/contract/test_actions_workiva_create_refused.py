"""What is no Workiva task is refused before it is sent, and what Workiva refuses is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import There, mirroring
from tests.contract.test_actions_workiva_create import CREATE, MARKED
from webhooks.store.client import Client
from workers.targets.workiva_api import CURRENT, PROTOTYPE, Api


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('title: "  "', "title is '  '; expected a title"),
        (
            'assignees: "${entity.assignees}"',
            "assignees is 'e033f982-a7e3-5be6-bfe1-4359e49ff8ec'; expected ids of Workiva users;"
            " this has the form of awork's ids",
        ),
        (
            'assignees: ["${entity.name}"]',
            "assignees is 'Build checkout page'; expected ids of Workiva users; it takes no names"
            " or e-mail addresses",
        ),
        (
            'location: "${entity.name}"',
            "location is 'Build checkout page'; expected a map with resource, and segment where it"
            " has one",
        ),
        (
            'approval_steps: "${entity.assignees}"',
            "expected maps with completion_mode and participants",
        ),
        (
            'approval_steps: {completion_mode: "${entity.name}", participants: []}',
            "completion_mode is 'Build checkout page'; expected ONE (one of them approves) or ALL,"
            " in capitals",
        ),
        (
            'notifications_disabled: "${entity.name}"',
            "notifications_disabled is 'Build checkout page'; expected true or false",
        ),
        (
            'once_per: ["${entity.assignees}", "", []]',
            "",
        ),
        (
            'once_per: [""]',
            "once_per is ['']; expected a text or values that tell one from another",
        ),
        (
            'due_date: "${entity.name}"',
            "due_date is 'Build checkout page'; expected a day like 2026-03-27, or a time like"
            " 2026-03-27T09:00 (in the rule's zone)",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_it_is_sent(
    there: There, given: str, message: str
) -> None:
    title = "" if "title" in given else "title: New, "

    run = there(f"create_workiva_task: {{{title}marker: false, {given}}}")

    assert run.message.endswith(message)
    assert (run.outcome, len(there.sent())) == (("failed", 0) if message else ("done", 1))


@pytest.mark.parametrize(
    ("api", "length", "outcome"),
    [(PROTOTYPE, 500, "done"), (PROTOTYPE, 501, "failed"), (CURRENT, 501, "done")],
)
def test_a_title_is_as_long_as_the_api_takes(
    there: There, api: Api, length: int, outcome: str
) -> None:
    run = there(f"create_workiva_task: {{title: {'x' * length}}}", api=api)

    assert run.outcome == outcome
    assert len(there.tasks) == (outcome == "done")
    if outcome == "failed":
        assert run.message == (
            "title is '501 characters'; expected at most 500: WORKIVA_API=prototype-2022-01-01"
            " takes no more"
        )
        assert there.calls("POST", ".*/tasks") == []


@pytest.mark.parametrize(
    ("api", "length", "more", "outcome"),
    [
        # two line breaks and a marker of 17 characters come after it
        (PROTOTYPE, 1_981, "", "done"),
        (PROTOTYPE, 1_982, "", "failed"),
        (PROTOTYPE, 2_000, ", marker: false", "done"),
        (PROTOTYPE, 2_001, ", marker: false", "failed"),
        (CURRENT, 2_001, "", "done"),
    ],
)
def test_a_description_is_as_long_as_the_api_takes_with_its_marker(
    there: There, api: Api, length: int, more: str, outcome: str
) -> None:
    run = there(MARKED % f"{'x' * length}{more}", api=api)

    most = "2000" if more else "1981 (2000 with its marker)"
    assert run.outcome == outcome
    assert len(there.tasks) == (outcome == "done")
    if outcome == "failed":
        assert run.message == (
            f"description is '{length} characters'; expected at most {most}:"
            " WORKIVA_API=prototype-2022-01-01 takes no more"
        )


def test_what_workiva_refuses_is_in_its_words(there: There) -> None:
    run = there(CREATE % "status: Done")

    assert (run.outcome, run.reason, len(there.tasks)) == ("failed", "target-refused", 0)
    assert "status: must be one of Created" in run.message
