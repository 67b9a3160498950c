"""What a newer version wrote waits for it, whole and untouched, and everything else goes on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import Clock, Worker, outcomes
from webhooks.event import WIRE_VERSION
from webhooks.settings import Settings
from webhooks.store.client import Client
from webhooks.store.origin import Sign
from webhooks.store.problems import Problem, Problems
from workers import apart, bell, plan
from workers.app import create
from workers.drain import NEWER_WIRE_S, work_on
from workers.safekeeping import Safekeeping

RULES = """
version: 1
rules:
  - id: two-writes
    when: project_added
    do:
      - create_task: {name: "One of ${entity.name}", project: "${entity.id}"}
      - create_task: {name: "Two of ${entity.name}", project: "${entity.id}"}
        id: second
"""
MINUTE_MS = 60_000

#: changes what is stored of an event
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def one(make: Make) -> Worker:
    """A worker of today."""
    return make(RULES)


def rewritten(one: Worker, event_id: str, field: str, change: Change) -> bytes:
    """Change what a field has, as if a newer version had written it."""
    key = one.deps.redis.key.event(event_id)
    stored = json.loads(one.deps.redis.hget(key, field) or b"")
    change(stored)
    new = json.dumps(stored).encode()
    one.deps.redis.hset(key, field, new)
    return new


def put_off(one: Worker, sandbox: Sandbox) -> str:
    """An event whose plan is stored, and of which nothing is written yet."""
    event_id = one.deliver(samples.fresh("project_added"))
    sandbox.faults.add("rate_limit", "POST", "/tasks", reset_s=1, retry_after_s=1)
    one.work()
    one.clock.forward(minutes=5)
    return event_id


def work(one: Worker) -> None:
    """Work on the one event that is due."""
    work_on(one.claim(), one.deps)


def problem(client: Client) -> Problem | None:
    return next((p for p in Problems(client).all() if p.cause == apart.CAUSE), None)


def state(one: Worker, event_id: str) -> dict[bytes, bytes]:
    """All that is on record of an event, less who claimed it how often."""
    stored: Any = one.deps.redis.hgetall(one.deps.redis.key.event(event_id))
    return {name: value for name, value in stored.items() if name != b"fence"}


def head_of_tomorrow(head: dict[str, Any]) -> None:
    """A form that has nothing but its version where it was."""
    head |= {"v": WIRE_VERSION + 1, "of": dict(head)}
    for name in ("id", "kind", "entity_id"):
        del head[name]


def sender_of_tomorrow(head: dict[str, Any]) -> None:
    head |= {"source": "workiva", "kind": "task_approved"}


def request_of_tomorrow(head: dict[str, Any]) -> None:
    head |= {"source": "hookwork", "kind": "merge"}


def plan_of_tomorrow(stored: dict[str, Any]) -> None:
    stored["v"] = plan.PLAN_VERSION + 1
    stored["decided"] = stored.pop("decided_ms")


def action_of_tomorrow(stored: dict[str, Any]) -> None:
    """The second of two."""
    stored["language"] = plan.LANGUAGE + 1
    stored["rules"][0]["actions"][1]["name"] = "shout"


def value_of_tomorrow(stored: dict[str, Any]) -> None:
    """Every name in it is known."""
    stored["language"] = plan.LANGUAGE + 1
    considered = stored["rules"][0]["considered"]
    considered["text"] = considered["text"].replace('"project":', '"board":')


@pytest.mark.parametrize("change", [head_of_tomorrow, sender_of_tomorrow, request_of_tomorrow])
def test_an_event_that_a_newer_version_wrote_waits_for_it(
    change: Change, one: Worker, sandbox: Sandbox
) -> None:
    event_id = one.deliver(samples.fresh("project_added"))
    rewritten(one, event_id, "head", change)
    before = state(one, event_id)

    work(one)

    given_back = {b"state": b"due", b"orphaned": b"0", b"attempt": b"0"}
    assert state(one, event_id) == before | given_back
    assert sandbox.writes("/tasks") == []
    # By Redis's own clock: it is given back for a while.
    assert one.deps.inbox.claim(1) == []


@pytest.mark.parametrize("change", [plan_of_tomorrow, action_of_tomorrow, value_of_tomorrow])
def test_a_plan_that_cannot_be_carried_out_whole_is_not_begun(
    change: Change, one: Worker, sandbox: Sandbox
) -> None:
    event_id = put_off(one, sandbox)
    rewritten(one, event_id, "plan", change)
    before = state(one, event_id)

    work(one)

    assert state(one, event_id) == before
    assert sandbox.writes("/tasks") == []


def test_the_newer_worker_that_comes_does_it_once(
    one: Worker, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = put_off(one, sandbox)
    rewritten(one, event_id, "plan", lambda stored: stored.update(v=plan.PLAN_VERSION + 1))
    work(one)
    waited = sandbox.writes("/tasks")
    one.clock.forward(seconds=NEWER_WIRE_S)

    monkeypatch.setattr(plan, "PLAN_VERSION", plan.PLAN_VERSION + 1)
    run = one.work()

    assert waited == []
    assert (run.event_id, run.outcome, outcomes(run)) == (event_id, "done", ["done", "done"])
    assert len(sandbox.writes("/tasks")) == 2


def test_after_a_way_back_what_is_understood_whole_is_done_here(
    one: Worker, sandbox: Sandbox
) -> None:
    event_id = put_off(one, sandbox)
    tomorrow = plan.LANGUAGE + 1
    rewritten(one, event_id, "plan", lambda stored: stored.update(language=tomorrow, new="field"))

    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", ["done", "done"])
    assert problem(one.deps.redis) is None


def test_who_goes_on_with_a_newer_plan_leaves_its_version_to_it() -> None:
    tomorrow = plan.LANGUAGE + 1
    newer = plan.Plan(decided_ms=1, rules_hash="", title="", rules=(), language=tomorrow)

    assert plan.decode(plan.encode(newer)).language == tomorrow


def test_a_plan_of_before_is_carried_out_though_its_rule_could_not_be_written_today(
    one: Worker, sandbox: Sandbox
) -> None:
    def older(stored: dict[str, Any]) -> None:
        value_of_tomorrow(stored)
        # As all were before plans had versions.
        for name in ("v", "language"):
            stored.pop(name, None)

    event_id = put_off(one, sandbox)
    rewritten(one, event_id, "plan", older)

    run = one.work()

    assert (run.outcome, outcomes(run)) == ("done", ["done", "done"])


def test_an_action_that_is_gone_fails_when_its_turn_comes(one: Worker, sandbox: Sandbox) -> None:
    def older(stored: dict[str, Any]) -> None:
        stored["rules"][0]["actions"][1]["name"] = "whisper"

    event_id = put_off(one, sandbox)
    rewritten(one, event_id, "plan", older)

    run = one.work()

    assert (run.outcome, run.reason) == ("failed", "action-gone")
    assert run.message == "this version has no action 'whisper' any more"
    assert len(sandbox.writes("/tasks")) == 1


def test_what_waits_is_one_problem_however_often_it_is_met(one: Worker, client: Client) -> None:
    event_id = one.deliver(samples.fresh("project_added"))
    rewritten(one, event_id, "head", request_of_tomorrow)

    with capture_logs() as logs:
        for _ in range(3):
            work(one)
            one.clock.forward(seconds=NEWER_WIRE_S)

    found = problem(client)
    assert found is not None
    assert found.times == 3
    assert found.message == (
        "events wait for a worker of a newer version: an event of the kind 'merge' of 'hookwork'"
    )
    assert "after a way back, run one worker of that version" in found.way_out
    assert [log["event"] for log in logs].count("newer_version_waits") == 1


def test_the_problem_is_over_when_nobody_has_met_it_for_two_minutes(client: Client) -> None:
    now_ms = 1_000_000_000
    Problems(client, clock_ms=lambda: now_ms).raised(apart.CAUSE, "events wait", way_out="go on")
    keeping = Safekeeping(client, clock=lambda: float(keeping_s[0]))
    keeping_s = [0]

    def after(ms: int) -> Problem | None:
        keeping_s[0] += 100
        keeping.heed(Sign(now_ms + ms, None, "born", None))
        keeping.look()
        return problem(client)

    assert after(MINUTE_MS) is not None
    assert after(2 * MINUTE_MS + 1) is None


def test_none_waits_for_ever_and_a_newer_worker_can_take_it_from_the_failed_list(
    one: Worker, sandbox: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = put_off(one, sandbox)
    rewritten(one, event_id, "plan", plan_of_tomorrow)
    work(one)
    clock.forward(days=7)

    run = one.work()
    monkeypatch.setattr(plan, "PLAN_VERSION", plan.PLAN_VERSION + 1)
    again = one.deps.turns.replay(event_id)
    done = one.work()

    assert (run.outcome, run.reason) == ("failed", "newer-version")
    assert run.message.startswith("no worker of a newer version came for it: plan version ")
    assert again == [event_id]
    assert (done.outcome, outcomes(done)) == ("done", ["done", "done"])


def test_its_neighbours_go_on_and_its_own_line_waits_behind_it(one: Worker) -> None:
    event_id = one.deliver(samples.fresh("project_added"))
    rewritten(one, event_id, "head", head_of_tomorrow)
    later = one.deliver(samples.fresh("project_added"))
    work(one)
    neighbour = one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert run.event_id == neighbour
    assert one.deps.inbox.claim(9) == []
    assert one.deps.redis.hget(one.deps.redis.key.event(later), "state") == b"due"


def test_the_bell_is_one_that_every_version_hears(settings: Settings) -> None:
    """A worker that does not know the task, or what it is given, would throw the bell away."""
    with closing(create(settings, lambda: None)) as app:
        message = json.loads(bell.template(app))

    arguments, named, _ = json.loads(base64.b64decode(message["body"]))
    assert message["headers"]["task"] == "hookwork.drain"
    assert (arguments, named) == ([], {})
