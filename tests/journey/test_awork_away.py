"""awork goes away with events in flight, and comes back: the real processes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests.journey.conftest import standing
from tests.journey.stack import Stack, until
from tests.writes import CASES
from webhooks.store.problems import Problems

COMMENT = next(case for case in CASES if case.name == "add_comment")
EVENTS = 25


def deliver(stack: Stack) -> list[str]:
    """Events of as many tasks, each with one comment to make. Returns their ids."""
    ids = []
    for number in range(EVENTS):
        payload = COMMENT.event()
        payload["entityId"] = f"{number:08d}-0000-4000-8000-000000000000"
        payload["entity"]["plannedDuration"] = number
        ids.append(str(stack.post(payload).json()["id"]))
    return ids


def wrong(stack: Stack) -> list[str]:
    """The causes of what is wrong with awork now."""
    causes = [one.cause for one in Problems(stack.client).all()]
    return [cause for cause in causes if cause.startswith("awork:")]


def lines(stack: Stack, *levels: str) -> list[tuple[str, str]]:
    """What the workers have logged at these levels."""
    text = "\n".join(part.log.read_text() for part in stack.parts if "worker" in part.log.name)
    read = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [(one["event"], one.get("cause", "")) for one in read if one.get("level") in levels]


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"kind": "drop_before"}, "awork:away"),
        ({"kind": "refuse", "status": 503}, "awork:away"),
        ({"kind": "drop_after", "method": "POST"}, ""),
    ],
    ids=["dropped", "503", "answers-lost"],
)
def test_awork_goes_with_events_in_flight_and_comes_back(
    server: RedisServer, tmp_path: Path, fault: dict[str, object], cause: str
) -> None:
    with (
        Sandbox.start() as sandbox,
        standing(server, sandbox, tmp_path) as stack,
        stack.watching() as settled,
    ):
        met = sandbox.faults.from_model({**fault, "times": None})
        ids = deliver(stack)
        for _ in range(2):
            stack.start_worker()
        assert met.reached.wait(30)
        if cause:
            until(lambda: wrong(stack) == [cause], "the problem")
        sandbox.faults.clear()

        settled.wait_for(*ids)
        said = Counter(call.body["message"] for call in sandbox.writes(COMMENT.path))
        left = wrong(stack)
        errors = [line for line in lines(stack, "error") if line[0].startswith("target")]

    assert said == Counter(f"Planned for {number} s" for number in range(EVENTS))
    assert left == []
    if cause:
        assert errors == [("target_paused", cause)]


@pytest.mark.nightly
def test_a_new_token_needs_a_restart_and_no_more(server: RedisServer, tmp_path: Path) -> None:
    with (
        Sandbox.start() as sandbox,
        standing(server, sandbox, tmp_path) as stack,
        stack.watching() as settled,
    ):
        sandbox.gateway.token = "new-token"
        ids = deliver(stack)
        old = stack.start_worker()
        until(lambda: bool(wrong(stack)), "the problem")
        causes = wrong(stack)
        asked = len(sandbox.calls)
        old.stop()
        stack.environ["AWORK_API_TOKEN"] = "new-token"
        stack.start_worker()

        settled.wait_for(*ids)
        said = Counter(call.body["message"] for call in sandbox.writes(COMMENT.path))
        left = wrong(stack)

    assert causes == ["awork:token-rejected"]
    # As many as one worker has tasks may be on their way before the first is answered.
    assert asked <= 8 + 2
    assert set(said.values()) == {1}
    assert len(said) == EVENTS
    assert left == []
