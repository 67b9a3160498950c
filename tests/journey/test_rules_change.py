"""Rules while real workers run: a change is in force in all of them, a mistake in none; and the
clock and the turns of a real worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.conftest import standing
from tests.journey.stack import Stack, until
from webhooks.store import keys
from workers.actions import VOCABULARY
from workers.rules.load import load_text

RULE = """
version: 1
rules:
  - id: tell
    when: task_added
    flow: {flow}
    do: [{{add_comment: {{task: "${{entity.id}}", message: "{message}"}}}}]
"""
CLOCK = """
version: 1
defaults: {timezone: UTC}
rules:
  - id: each-minute
    when: {cron: "* * * * *"}
    for_each: {tasks: {}}
    do: [{add_comment: {task: "${entity.id}", message: "the clock struck"}}]
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for each test."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def stack(server: RedisServer, sandbox: Sandbox, tmp_path: Path) -> Iterator[Stack]:
    """An edge of its own, and no worker yet."""
    with standing(server, sandbox, tmp_path) as one:
        yield one


@pytest.fixture
def rules(stack: Stack) -> Path:
    """The rule file of the stack."""
    return Path(stack.environ["HOOKWORK_RULES"])


def in_force(stack: Stack) -> list[Any]:
    """The rule set of each worker."""
    return stack.client.hvals(keys.UNNAMED.rule_workers)


def shown(stack: Stack, path: str) -> str:
    """What the edge answers there."""
    return httpx.get(stack.url.replace("/webhooks/awork", path)).text


def comments(sandbox: Sandbox) -> list[str]:
    return [call.body["message"] for call in sandbox.writes("/tasks/.*/comments")]


def put(rules: Path, *, message: str, flow: str = "{}") -> bytes:
    """Replace the rules; returns the hash of the new set."""
    text = RULE.format(message=message, flow=flow)
    rules.write_text(text, encoding="utf-8")
    return load_text(text, VOCABULARY).hash.encode()


def test_a_change_is_in_force_in_every_worker_and_a_mistake_in_none(
    stack: Stack, rules: Path, sandbox: Sandbox
) -> None:
    put(rules, message="first")
    stack.start_worker()
    stack.start_worker()
    second = put(rules, message="second")
    until(lambda: in_force(stack) == [second, second], "the new rules in both workers")
    rules.write_text(RULE.format(message="third", flow="{settle: soon}"), encoding="utf-8")
    until(lambda: stack.client.hget(keys.UNNAMED.rules, "problem"), "the mistake to be told")

    with stack.watching() as settled:
        event = stack.post(samples.fresh("task_added")).json()["id"]
        settled.wait_for(event)

    assert comments(sandbox) == ["second"]
    # What is told is the last worker's word, and one of the two may not have read the files yet.
    told = "hookwork_rule_set_rejected 1.0"
    until(lambda: told in shown(stack, "/metrics"), "the metric to tell of the mistake")
    mistake = "The newest rule files cannot be loaded"
    until(lambda: mistake in shown(stack, "/"), "the page to tell of the mistake")
    until(lambda: "&#39;settle&#39;" in shown(stack, "/"), "the page to say what is wrong")
    assert f'hookwork_rule_set_info{{hash="{second.decode()}"}} 1.0' in shown(stack, "/metrics")


def test_a_turn_is_worked_on_by_whoever_hears_of_it(
    stack: Stack, rules: Path, sandbox: Sandbox
) -> None:
    put(rules, message="once", flow="{settle: 1s, settle_at_most: 5s, key: entity.projectId}")
    stack.start_worker()

    with stack.watching() as settled:
        events = [stack.post(samples.fresh("task_added")).json()["id"] for _ in range(3)]
        settled.wait_for(*events)
        (turn,) = {stack.run(event).rules[0].turn for event in events}
        settled.wait_for(turn)

    assert comments(sandbox) == ["once"]


def test_the_clock_of_a_worker_strikes_and_each_item_is_worked_on(
    stack: Stack, rules: Path, sandbox: Sandbox
) -> None:
    rules.write_text(CLOCK, encoding="utf-8")
    before = datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000
    # As if the rule had been there before: the last time that nobody saw is made up for.
    stack.client.hset(keys.UNNAMED.clock, "each-minute * * * * * UTC", int(before))
    stack.start_worker()

    until(lambda: len(comments(sandbox)) >= len(sandbox.world.tasks), "the clock to strike")

    assert set(comments(sandbox)) == {"the clock struck"}
