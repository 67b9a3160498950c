"""Events that come late, doubled and after a delete: what is too old for which rule, and why."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.test_console import browser
from tests.contract.test_flow import work_all
from tests.stored import RETENTION_S, accept, event
from tests.worker import Worker
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.handled import Handled
from webhooks.store.inbox import Inbox
from webhooks.store.journal import Run

#: beyond what a double tells apart
BASE = 639_000_000_000_000_000
RULES = """
version: 1
rules:
  - {id: both, when: [task_added, task_updated], do: [SAY both]}
  - {id: adds, when: task_added, do: [SAY adds]}
  - {id: deletes, when: task_deleted, do: [SAY deletes]}
"""
TASK = samples.sample("task_updated")["entity"]["id"]


def rules(text: str = RULES) -> str:
    """The rules; each writes to a task that is there, whatever the event is about."""
    said = rf'{{add_comment: {{task: {TASK}, message: "\1 ${{entity.name}}"}}}}'
    return re.sub(r"SAY (\w+)", said, text)


def of(kind: str, version: int, **envelope: Any) -> dict[str, Any]:
    """A new event of the one task, which is called as its version then."""
    name = f"v{version}"
    return samples.fresh(kind, name=name, resourceVersion=BASE + version) | envelope


def said(sandbox: Sandbox) -> list[str]:
    return [call.body["message"] for call in sandbox.writes("/tasks/.*/comments")]


def worked(one: Worker, payload: dict[str, Any]) -> Run:
    """Deliver an event and work on all there is."""
    one.deliver(payload)
    return work_all(one)[0]


def by_rule(run: Run) -> dict[str, str]:
    return {rule.rule: rule.outcome for rule in run.rules}


def test_an_older_event_is_stale_for_what_listens_to_both_and_runs_for_what_does_not(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    worked(one, of("task_updated", 2))

    run = worked(one, of("task_added", 1))

    assert by_rule(run) == {"both": "stale", "adds": "done"}
    assert said(sandbox) == ["both v2", "adds v1"]
    assert run.outcome == "done"
    assert run.rules[0].verdict == "stale"
    assert run.rules[0].reason == "overtaken"
    assert run.rules[0].message == (
        f"task_updated with resourceVersion {BASE + 2} was handled before; this event is older,"
        f" it has resourceVersion {BASE + 1}"
    )


def test_an_event_whose_rules_are_all_stale_is_stale_and_reads_and_writes_nothing(
    make: Make, sandbox: Sandbox
) -> None:
    reading = rules(RULES.replace("when: [", "if: [{project.timeBudget: {exists: true}}], when: ["))
    one = make(reading)
    worked(one, of("task_updated", 2))
    before = len(sandbox.calls)

    run = worked(one, of("task_updated", 1))

    assert (run.outcome, run.reason) == ("stale", "overtaken")
    assert len(sandbox.calls) == before
    assert one.deps.redis.hget(keys.UNNAMED.counts, "settled:stale") == b"1"


def test_events_of_one_version_are_all_handled(make: Make, sandbox: Sandbox) -> None:
    one = make(rules())

    runs = [worked(one, of("task_updated", 1)) for _ in range(3)]

    assert [run.outcome for run in runs] == ["done"] * 3
    assert said(sandbox) == ["both v1"] * 3


def test_an_event_no_rule_listens_to_is_no_rule_however_old_and_counts_as_handled(
    make: Make,
) -> None:
    one = make(rules())
    worked(one, of("task_status_changed", 2))

    late = worked(one, of("task_status_changed", 1))

    assert late.outcome == "no-rule"
    assert worked(one, of("task_updated", 1)).outcome == "done"


def test_what_a_rule_left_out_as_our_own_makes_no_persons_edit_too_old_for_it(
    make: Make, sandbox: Sandbox
) -> None:
    ignores = "  - {id: adds, when: task_updated, do:"
    handles = RULES.replace("id: both,", "id: both, own_events: handle,")
    one = make(rules(handles.replace("  - {id: adds, when: task_added, do:", ignores)))
    own = of("task_updated", 2, triggeredBy={"id": sandbox.world.api_user_id})

    runs = [worked(one, payload) for payload in (own, of("task_updated", 1))]

    assert [by_rule(run) for run in runs] == [
        {"both": "done", "adds": "own-event"},
        {"both": "stale", "adds": "done"},
    ]


def test_what_was_handled_is_never_lowered(make: Make) -> None:
    one = make(rules())
    worked(one, of("task_updated", 3))
    event_id = one.deliver(of("task_updated", 1))
    assert work_all(one)[0].outcome == "stale"

    one.deps.turns.replay(event_id)
    replayed = work_all(one)[0]

    assert replayed.outcome == "done"
    assert worked(one, of("task_updated", 2)).outcome == "stale"


def test_after_a_delete_everything_but_a_delete_is_stale_for_every_rule(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    worked(one, of("task_deleted", 5))

    late = worked(one, of("task_updated", 6))
    added = worked(one, of("task_added", 6))
    again = worked(one, of("task_deleted", 4))

    assert (late.outcome, late.reason) == ("stale", "deleted")
    assert by_rule(added) == {"both": "stale", "adds": "stale"}
    assert again.outcome == "done"
    assert said(sandbox) == ["deletes v5", "deletes v4"]


@pytest.mark.parametrize(("later", "outcome"), [("08:40:00.000001", "done"), ("08:40:00", "stale")])
def test_what_is_told_ten_minutes_after_a_delete_is_of_an_object_that_is_there_again(
    make: Make, later: str, outcome: str
) -> None:
    one = make(rules())
    worked(one, of("task_deleted", 5, timestamp="2026-11-20T08:30:00+00:00"))

    run = worked(one, of("task_updated", 6, timestamp=f"2026-11-20T{later}+00:00"))

    assert run.outcome == outcome


def test_who_leaves_a_task_deletes_it_not(make: Make) -> None:
    one = make(rules())
    worked(one, of("taskassignment_deleted", 1))

    assert worked(one, of("task_updated", 2)).outcome == "done"


def test_a_delete_is_never_too_old(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(RULES.replace("when: task_deleted", "when: [task_deleted, task_updated]")))
    worked(one, of("task_updated", 5))

    run = worked(one, of("task_deleted", 1))

    assert run.outcome == "done"
    assert said(sandbox)[-1] == "deletes v1"


@pytest.mark.parametrize("kind", ["task_updated", "task_deleted"])
def test_the_same_event_with_another_timestamp_is_a_repetition(
    make: Make, sandbox: Sandbox, kind: str
) -> None:
    one = make(rules())
    first, second = of(kind, 1), of(kind, 1)
    later = {"timestamp": "2030-01-01T00:00:00.0000000+00:00"}
    for payload in (first, second):
        worked(one, payload)

    # Not the last alone: awork raises several events of one version, and repeats each.
    repeated = [worked(one, payload | later) for payload in (first, second)]

    assert [(run.outcome, run.reason) for run in repeated] == [("stale", "repeated")] * 2
    assert len(said(sandbox)) == 2


def test_a_repetition_is_known_without_a_version_by_its_trace(make: Make) -> None:
    one = make(rules())
    payload = of("task_updated", 1)
    payload["entity"] = {"id": TASK, "name": "Logo"}
    later = {"timestamp": "2030-01-01T00:00:00.0000000+00:00"}

    outcomes = [
        worked(one, event).outcome
        for event in (payload, payload | later, payload | later | {"traceId": "another"})
    ]

    assert outcomes == ["done", "stale", "done"]


def test_what_we_did_ourselves_makes_no_edit_of_a_person_stale(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    ours = {"triggeredBy": {"id": sandbox.world.api_user_id}}
    own = worked(one, of("task_updated", 2, **ours))

    run = worked(one, of("task_updated", 1))

    assert (own.outcome, run.outcome) == ("own-event", "done")
    assert said(sandbox) == ["both v1"]


def test_what_we_did_ourselves_counts_as_that_where_its_rules_conditions_were_not_met(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(
        rules(
            RULES.replace("[task_added, task_updated],", "task_updated, if: [{NAME}],").replace(
                "NAME", "entity.name: v1"
            )
        )
    )
    ours = {"triggeredBy": {"id": sandbox.world.api_user_id}}
    own = worked(one, of("task_updated", 2, **ours))

    run = worked(one, of("task_updated", 1))

    assert (own.outcome, run.outcome) == ("no-rule", "done")
    assert said(sandbox) == ["both v1"]


def test_a_comment_on_a_task_says_nothing_about_the_tasks_version(make: Make) -> None:
    one = make(rules())
    comment = samples.fresh("task_comment_added", resourceVersion=BASE + 9) | {"entityId": TASK}
    worked(one, comment)

    assert worked(one, of("task_updated", 1)).outcome == "done"


def test_versions_are_of_one_form_or_not_compared(make: Make) -> None:
    one = make(rules())
    worked(one, of("task_updated", 2))
    payload = of("task_updated", 1)
    del payload["entity"]["resourceVersion"]

    by_moment = worked(one, payload)
    earlier = samples.fresh("task_updated", updatedOn="2020-01-01T00:00:00Z")
    del earlier["entity"]["resourceVersion"]

    assert by_moment.outcome == "done"
    assert worked(one, earlier).outcome == "stale"
    assert worked(one, of("task_updated", 1)).outcome == "stale"


def test_a_person_who_asks_for_a_stale_event_gets_it(make: Make, sandbox: Sandbox) -> None:
    one = make(rules())
    worked(one, of("task_updated", 2))
    event_id = one.deliver(of("task_updated", 1))
    stale = work_all(one)[0]

    one.deps.turns.replay(event_id)
    replayed = work_all(one)[0]

    assert (stale.outcome, replayed.outcome) == ("stale", "done")
    assert said(sandbox) == ["both v2", "both v1"]


def test_a_try_that_was_begun_goes_on_whatever_has_become_known(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules())
    sandbox.faults.add("drop_after", "POST", "/tasks/.*/comments")
    one.deliver(of("task_updated", 1))
    one.work()
    # Nothing of the lane can be settled meanwhile; what is on record may be another's doing.
    field, value = "r:task_updated", f"r{BASE + 9:020} {'0' * 16}"
    one.deps.redis.hset(keys.UNNAMED.handled(f"awork:{TASK}"), field, value)
    one.clock.forward(seconds=10)

    run = one.work()

    assert run.outcome == "done"
    assert said(sandbox) == ["both v1"]


def test_a_stale_event_is_not_handed_on(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(RULES.replace("id: both,", "id: both, flow: {key: entity.projectId},")))
    worked(one, of("task_updated", 2))

    one.deliver(of("task_updated", 1))
    runs = work_all(one)

    assert [run.outcome for run in runs] == ["stale"]
    assert said(sandbox) == ["both v2"]


def test_what_an_older_event_shows_is_not_remembered_as_seen(make: Make, sandbox: Sandbox) -> None:
    changed = (
        "\n  - {id: c, when: task_updated, if: [{changed: name}], do: [{add_comment: {TOLD}}]}"
    )
    told = f'task: {TASK}, message: "changed ${{entity.name}}"'
    one = make(rules() + changed.replace("TOLD", told))
    for kind, version in (("task_updated", 2), ("task_added", 1), ("task_updated", 2)):
        payload = of(kind, version)
        payload.pop("changes", None)
        worked(one, payload)

    assert [text for text in said(sandbox) if text.startswith("changed")] == []


def test_the_console_shows_what_overtook_it(make: Make, settings: Settings) -> None:
    one = make(rules())
    worked(one, of("task_updated", 2))
    event_id = worked(one, of("task_updated", 1)).event_id

    with browser(settings) as console:
        today, shown = console.get("/").text, console.get(f"/events/{event_id}").text

    told = f"task_updated with resourceVersion {BASE + 2} was handled before"
    assert f"both: {told}" in today
    assert told in shown


@pytest.mark.parametrize("lie", ["a string", "a list", "an odd value"])
def test_whatever_stands_under_our_key_events_go_on(make: Make, lie: str) -> None:
    one = make(rules())
    key = keys.UNNAMED.handled(f"awork:{TASK}")
    if lie == "a string":
        one.deps.redis.set(key, "x")
    elif lie == "a list":
        one.deps.redis.lpush(key, "x")
    else:
        one.deps.redis.hset(key, mapping={"r:task_updated": "", "deleted": ""})

    assert worked(one, of("task_updated", 1)).outcome == "done"


def test_it_is_kept_with_the_settling_and_given_with_the_claim(
    server: RedisServer, client: Client
) -> None:
    inbox, now_ms = Inbox(client, retention_s=RETENTION_S), 4_000_000_000_000
    accept(server.url, event("a", at_us=1), replace(event("b", at_us=2), kind="task_deleted"))
    (first,) = inbox.claim(9, now_ms=now_ms)
    told = Handled("task_updated", f"r{BASE:020}", "d" * 16)
    inbox.finish(first, outcome="done", run=b"{}", handled=told, now_ms=now_ms)

    (second,) = inbox.claim(9, now_ms=now_ms)

    assert first.handled == {}
    assert second.handled == {"r:task_updated": f"r{BASE:020} {'d' * 16}"}
    assert 0 < client.ttl(keys.UNNAMED.handled(second.lane)) <= RETENTION_S
