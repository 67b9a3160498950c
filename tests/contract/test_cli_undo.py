"""`hookwork undo`: what it asks, how long it waits, and what it tells."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from typer.testing import Result

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests.contract.commanding import Desk, hookwork, rules
from tests.contract.conftest import Make
from tests.contract.planning import MONDAY, Office, office
from tests.contract.test_flow import work_all
from tests.contract.test_undo_mishaps import TWO
from tests.contract.undoing import rest
from tests.worker import Worker
from tests.writes import CASES
from webhooks.store import keys
from webhooks.store.client import Client


@pytest.fixture
def desk(make: Make, sandbox: Sandbox) -> Desk:
    return Desk(make(rules()), sandbox)


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def undone(one: Worker, event_id: str, *more: str) -> Result:
    """Ask, let a worker do it, and ask how it went."""
    asked = hookwork(one, "undo", event_id, "--wait", "0")
    assert asked.exit_code == 1
    assert "is not undone yet" in asked.stderr
    rest(one)
    return hookwork(one, "undo", event_id, *more)


def test_what_was_removed_is_told_line_by_line(desk: Desk) -> None:
    event_id = desk.works()

    result = undone(desk.one, event_id)

    assert (result.exit_code, result.stdout) == (0, "removed       comment 'Logo'\n1 removed\n")
    assert not desk.sandbox.world.comments


def test_it_waits_for_the_worker(desk: Desk) -> None:
    event_id = desk.works()
    asked: list[Result] = []
    waiting = threading.Thread(target=lambda: asked.append(desk("undo", event_id)))

    waiting.start()
    while waiting.is_alive() and not desk.one.deps.redis.zcard(keys.UNNAMED.waiting):
        waiting.join(0.01)
    rest(desk.one)
    waiting.join()

    assert (asked[0].exit_code, asked[0].stdout.splitlines()[-1]) == (0, "1 removed")


def test_what_is_left_is_told_with_the_reason_and_the_status_says_so(there: Office) -> None:
    event_id = there.deliver()
    there.worker.work()
    there.move("Mon 13:30", MONDAY + timedelta(hours=14))

    result = undone(there.worker, event_id)
    lines = result.stdout.splitlines()

    assert result.exit_code == 1
    assert sorted(line[:12].strip() for line in lines[:2]) == ["left", "removed"]
    assert any("(2.5 h): changed by Timo Brandt on " in line for line in lines)
    assert lines[-2] in ("1 removed, 1 left", "1 left, 1 removed")
    assert lines[-1] == (
        "plan may make it again with its next event; to keep it from that: hookwork pause plan"
    )


def test_a_rule_that_is_paused_needs_no_advice(there: Office) -> None:
    event_id = there.deliver()
    there.worker.work()
    there.worker.deps.redis.hset(keys.UNNAMED.paused, "plan", "by hand")

    result = undone(there.worker, event_id)

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 removed")


def test_what_was_only_changed_is_told_and_is_no_failure(make: Make, sandbox: Sandbox) -> None:
    prio = (
        "version: 1\nrules:\n  - {id: r, when: task_updated, do:"
        ' [set_priority: {task: "${entity.id}", prio: true}]}\n'
    )
    desk = Desk(make(prio), sandbox)
    event_id = desk.works()

    result = undone(desk.one, event_id)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("not undone    ")
    assert result.stdout.splitlines()[0].endswith(": changed, not created")
    assert result.stdout.splitlines()[1:] == ["1 not undone"]


def test_machines_get_data(desk: Desk) -> None:
    event_id = desk.works()

    told = json.loads(undone(desk.one, event_id, "--json").stdout)

    assert told == {
        "run": event_id,
        "undo": f"undo-{event_id}",
        "outcome": "done",
        "lines": [{"outcome": "removed", "what": "comment 'Logo'", "why": "", "rule": "tell"}],
    }


def test_what_is_left_can_be_tried_once_more(make: Make, sandbox: Sandbox) -> None:
    one = make(TWO)
    event_id = one.deliver(CASES[-1].event())
    one.work()
    sandbox.faults.deny("DELETE", times=1)
    failed = undone(one, event_id)

    hookwork(one, "replay", f"undo-{event_id}")
    rest(one)
    result = hookwork(one, "undo", event_id)

    assert failed.exit_code == 1
    assert failed.stdout.startswith("failed        comment 'two': DELETE /tasks/")
    assert failed.stdout.splitlines()[-1] == "1 failed, 1 removed"
    assert failed.stderr == (
        f"to try once more what is not removed: hookwork replay undo-{event_id}\n"
    )
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 removed")


def test_a_removal_that_failed_is_told(make: Make, sandbox: Sandbox) -> None:
    one = make(TWO)
    event_id = one.deliver(CASES[-1].event())
    one.work()
    sandbox.faults.deny("DELETE")

    hookwork(one, "undo", event_id, "--wait", "0")
    rest(one)
    shown = hookwork(one, "failed", f"undo-{event_id}").stdout

    assert "failed target-refused: DELETE /tasks/" in shown
    assert f"hookwork replay undo-{event_id}" in shown


def test_a_run_that_is_not_settled_is_refused_with_the_way_out(desk: Desk) -> None:
    desk.sandbox.faults.add("rate_limit", "POST", "/tasks/.*/comments")
    event_id = desk.works(outcome="later")

    result = desk("undo", event_id)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{event_id} cannot be undone yet: it is not settled (")
    assert result.stderr.endswith(
        "Wait until it is. Or keep it from writing more with 'hookwork pause tell', and undo it"
        " once it has settled\n"
    )


def test_a_run_whose_turn_waits_is_refused(make: Make, sandbox: Sandbox) -> None:
    desk = Desk(make(rules("{key: entity.projectId}")), sandbox)
    event_id = desk.works(outcome="handed-on")
    work_all(desk.one)
    desk("replay", f"{event_id}.tell")

    result = desk("undo", event_id)

    assert result.exit_code == 1
    assert f"its turn {event_id}.tell is not settled" in result.stderr


def test_an_undo_cannot_be_undone(desk: Desk) -> None:
    event_id = desk.works()
    undone(desk.one, event_id)

    result = desk("undo", f"undo-{event_id}")

    assert (result.exit_code, result.stderr) == (
        1,
        f"undo-{event_id} is an undo itself: what it removed cannot be put back\n",
    )


def test_a_shadow_run_has_made_nothing(make: Make, sandbox: Sandbox) -> None:
    desk = Desk(make(rules(mode="shadow")), sandbox)
    event_id = desk.works(outcome="shadow")

    result = desk("undo", event_id)

    assert (result.exit_code, result.stdout) == (
        0,
        f"{event_id} has written nothing: its rules ran in shadow mode; there is nothing to undo\n",
    )
    assert not desk.one.deps.redis.exists(keys.UNNAMED.event(f"undo-{event_id}"))


def test_an_event_that_is_not_on_record_is_one_line(desk: Desk) -> None:
    result = desk("undo", "nowhere")

    assert (result.exit_code, result.stderr) == (
        1,
        "nowhere is not on record: mistyped, or older than HOOKWORK_RETENTION\n",
    )


def test_what_it_waits_for_is_told(desk: Desk) -> None:
    event_id = desk.works()
    no_worker = desk("undo", event_id, "--wait", "0").stderr
    desk.sandbox.faults.add("rate_limit", "DELETE")
    desk.one.clock.forward(seconds=1)
    desk.one.work()

    busy = desk("undo", event_id, "--wait", "0").stderr

    assert no_worker.startswith(f"{event_id} is not undone yet: no worker runs. It goes on by ")
    assert busy.startswith(f"{event_id} is not undone yet: target-busy: DELETE /tasks/")


def test_a_run_that_was_undone_says_so(desk: Desk) -> None:
    event_id = desk.works()
    undone(desk.one, event_id)

    lines = desk("failed", event_id).stdout.splitlines()

    assert f"undone by undo-{event_id}" in lines
    assert "ways on" not in lines


def test_a_worker_of_an_older_version_has_removed_nothing(desk: Desk) -> None:
    event_id = desk.works()
    desk("undo", event_id, "--wait", "0")
    run = rest(desk.one)
    desk.one.deps.redis.hset(
        keys.UNNAMED.event(run.event_id),
        "run",
        json.dumps(
            {"event_id": run.event_id, "kind": "undo", "entity_id": "", "outcome": "no-rule"}
        ),
    )

    result = desk("undo", event_id, "--wait", "0")

    assert result.exit_code == 1
    assert result.stderr == (
        f"nothing was removed: a worker of an older version took undo-{event_id}. Once all are new:"
        f" hookwork replay undo-{event_id}\n"
    )
