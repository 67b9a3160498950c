"""Events wait while awork is away, and go on by themselves. Real Redis, sandbox, own clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.rushing import WORK_MS, store, work_off, workers_of
from tests.worker import Clock, Worker, outcomes
from webhooks.errors import TargetAway, TargetBusy
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers.drain import work_on
from workers.targets.circuits import Circuits

TASK = samples.sample("task_added")["entity"]["id"]
RULES = f"""
version: 1
rules:
  - id: chat
    when: task_added
    limits: {{writes_per_hour: 100000}}
    do:
      - add_comment: {{task: {TASK}, message: "${{event.entityType}}"}}
"""
MANY = pytest.mark.parametrize(
    "events", [100, pytest.param(1_000, marks=pytest.mark.nightly)], ids=str
)


@pytest.fixture
def log() -> Iterator[list[structlog.typing.EventDict]]:
    with capture_logs() as lines:
        yield lines


def waiting(count: int) -> list[dict[str, Any]]:
    """Events of as many tasks, each with one comment to make, by which it is known."""
    fresh = [samples.fresh("task_added") for _ in range(count)]
    return [one | {"entityId": f"t-{n}", "entityType": f"c-{n}"} for n, one in enumerate(fresh)]


def work_for(workers: Sequence[Worker], clock: Clock, seconds: float) -> None:
    """Let the workers take turns for a while."""
    end = clock.now.timestamp() + seconds
    while clock.now.timestamp() < end:
        for one in workers:
            for claim in one.deps.inbox.claim(16):
                work_on(claim, one.deps)
                clock.forward(milliseconds=WORK_MS)
        clock.forward(milliseconds=WORK_MS)


def said(sandbox: Sandbox) -> Counter[str]:
    return Counter(call.body["message"] for call in sandbox.writes("/tasks/.*/comments"))


def told(log: Sequence[structlog.typing.EventDict], *levels: str) -> list[tuple[str, str]]:
    return [(line["event"], line.get("cause", "")) for line in log if line["log_level"] in levels]


def go_away(one: Worker) -> None:
    """Five requests of others that were not answered."""
    circuits = one.deps.connection.circuits
    for _ in range(5):
        with pytest.raises(TargetBusy):
            circuits.through("awork", "", _unanswered)


def _unanswered() -> Any:
    raise TargetBusy("GET /me: ReadTimeout", code="no-answer")


@pytest.mark.usefixtures("client")
@MANY
def test_many_events_behind_a_rejected_token_are_one_problem_and_all_are_done_after_it(
    server: RedisServer,
    client: Client,
    clock: Clock,
    log: list[structlog.typing.EventDict],
    events: int,
) -> None:
    store(server, waiting(events))
    fleet = {"count": 3, "per_minute": 3_000}

    with Sandbox.start(clock=clock, per_minute=3_000) as sandbox:
        with workers_of(server, sandbox, clock, RULES, **fleet) as old:
            sandbox.gateway.token = "the new one"
            work_for(old, clock, 60)
        asked = [call.status for call in sandbox.calls]
        (problem,) = Problems(client).all()
        attempts = sum(int(one) for one in attempts_of(client))
        sandbox.token, came_back = "the new one", clock.now
        with workers_of(server, sandbox, clock, RULES, **fleet) as new:
            work_off(new, clock)
        took_s = (clock.now - came_back).total_seconds()

    # The first one, and probes after 1, 2, 4, 8, 16 and 32 s: 63 s.
    assert set(asked) == {401}
    assert len(asked) <= 7
    # Only who was sent has tried.
    assert attempts == len(asked)
    assert problem.cause == "awork:token-rejected"
    assert said(sandbox) == Counter(f"c-{n}" for n in range(events))
    assert Problems(client).all() == []
    assert told(log, "error", "warning", "critical") == [("target_paused", problem.cause)]
    assert ("target_resumed", problem.cause) in told(log, "info")
    # The next probe may be half a minute ahead; after it, it is the work alone.
    assert took_s < 40 + events * WORK_MS / 1000 * 2


def attempts_of(client: Client) -> list[bytes]:
    ids = [
        one.decode() for one in client.zrange(keys.UNNAMED.waiting, 0, -1) if isinstance(one, bytes)
    ]
    found = [client.hget(keys.UNNAMED.event(one), "attempt") for one in ids]
    return [one for one in found if isinstance(one, bytes)]


@pytest.mark.usefixtures("client")
@MANY
def test_awork_goes_and_comes_back_and_every_event_is_done_once(
    server: RedisServer, client: Client, clock: Clock, events: int
) -> None:
    """Connections are closed before and after a write, then 503, then all is well, twice."""
    store(server, waiting(events))
    phases: Iterator[tuple[float, dict[str, Any]]] = iter(
        [
            (1.0, {"kind": "drop_after"}),
            (20.0, {"kind": "drop_before"}),
            (40.0, {"kind": "refuse", "status": 503}),
            (60.0, {}),
            (60.2, {"kind": "drop_after"}),
            (80.0, {}),
        ]
    )
    at_s, fault = next(phases)
    began, asked_while_away = clock.now.timestamp(), 0

    with (
        Sandbox.start(clock=clock, per_minute=3_000) as sandbox,
        workers_of(server, sandbox, clock, RULES, count=3, per_minute=3_000) as fleet,
    ):

        def meanwhile() -> None:
            nonlocal at_s, fault, asked_while_away
            if clock.now.timestamp() - began < at_s:
                return
            if at_s == 60.0:
                asked_while_away = sum(call.status in (0, 503) for call in sandbox.calls)
            sandbox.faults.clear()
            if fault:
                sandbox.faults.from_model({**fault, "times": None})
            at_s, fault = next(phases, (1e9, {}))

        work_off(fleet, clock, meanwhile=meanwhile)

    assert said(sandbox) == Counter(f"c-{n}" for n in range(events))
    # A minute of nothing: five, and probes after 1, 2, 4, 8, 16 and 32 s; more where those that
    # had been applied before were looked for.
    assert 5 <= asked_while_away <= 20
    assert Problems(client).all() == []
    assert client.zcard(keys.UNNAMED.unanswered) == 0


def test_who_waits_behind_a_circuit_has_not_tried_and_has_entered_nothing(
    make: Make, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    one.work()
    # Who we are is known by now, so that its first request is its write.
    event_id = one.deliver(samples.fresh("task_added"))
    asked = len(sandbox.calls)
    go_away(one)

    run = one.work()

    assert (run.outcome, run.reason, run.attempts) == ("later", "target-away", ())
    assert run.message == "awork is not asked now (awork:away); it is tried again in 1 s"
    assert client.hget(keys.UNNAMED.event(event_id), "attempt") == b"0"
    assert client.exists(keys.UNNAMED.ledger(event_id)) == 0
    assert client.zcard(keys.UNNAMED.unanswered) == 0
    assert len(sandbox.calls) == asked


def test_who_met_it_asks_no_more_in_this_try(make: Make, sandbox: Sandbox) -> None:
    one = make(RULES)
    go_away(one)
    awork = one.awork()
    with pytest.raises(TargetAway) as first:
        awork.get("/me")
    one.clock.forward(seconds=1)

    with pytest.raises(TargetAway) as second:
        awork.get("/me")

    assert second.value is first.value
    assert sandbox.calls == []


def test_reads_wait_as_writes_do(make: Make, sandbox: Sandbox) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    go_away(one)

    run = one.work()

    assert (run.outcome, run.reason, run.attempts) == ("later", "target-away", ())
    assert sandbox.calls == []


def test_a_write_whose_outcome_is_unknown_stays_so_while_awork_is_away(
    make: Make, sandbox: Sandbox, client: Client
) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_after", "POST")
    one.work()
    go_away(one)
    one.clock.forward(milliseconds=900)
    client.zadd(keys.UNNAMED.due, {f"awork:{TASK}": 1})
    waited = one.work()
    unanswered = client.zcard(keys.UNNAMED.unanswered)
    one.clock.forward(seconds=10)
    run = one.work()

    assert (waited.reason, unanswered) == ("target-away", 1)
    assert (run.outcome, outcomes(run)) == ("done", ["adopted"])
    assert client.zcard(keys.UNNAMED.unanswered) == 0
    assert len(sandbox.writes("/tasks/.*/comments")) == 1


def test_what_another_target_does_goes_on_while_awork_is_away(make: Make) -> None:
    one = make(RULES)
    go_away(one)
    circuits: Circuits = one.deps.connection.circuits

    assert circuits.may_send("notify:https://chat.example.com") == ("",)
