"""What stops a rule, and that nothing is lost by it. Real Redis, sandbox, own clock."""

from __future__ import annotations

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import Worker
from webhooks.store import keys

COMMENTS = "/tasks/.*/comments"


def rule(*messages: str, limits: str = "{}", id: str = "chat") -> str:  # noqa: A002  as in a file
    """A rule that writes these comments."""
    do = "".join(
        f'      - add_comment: {{task: "${{entity.id}}", message: "{message}"}}\n'
        f"        id: c{number}\n"
        for number, message in enumerate(messages)
    )
    return f"  - id: {id}\n    when: task_added\n    limits: {limits}\n    do:\n{do}"


def rules(*texts: str) -> str:
    return "version: 1\nrules:\n" + "".join(texts)


def said(sandbox: Sandbox) -> list[str]:
    return [call.body["message"] for call in sandbox.writes(COMMENTS)]


def state(one: Worker, event_id: str) -> object:
    return one.deps.redis.hget(keys.UNNAMED.event(event_id), "state")


def test_a_rule_past_its_hour_pauses_itself_and_its_event_waits(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules(rule("hello", limits="{writes_per_hour: 2}")))
    runs = []
    for _ in range(3):
        event_id = one.deliver(samples.fresh("task_added"))
        runs.append(one.work())

    assert [run.outcome for run in runs] == ["done", "done", "later"]
    assert (runs[2].reason, len(said(sandbox))) == ("rule-paused", 2)
    assert runs[2].message == ("rule chat paused itself: 2 writes in one hour (writes_per_hour)")
    assert one.deps.redis.hgetall(keys.UNNAMED.paused) == {
        b"chat": b"2 writes in one hour (writes_per_hour)"
    }
    assert state(one, event_id) == b"due"


def test_resumed_in_the_next_hour_it_goes_on_where_it_was(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(rule("hello", limits="{writes_per_hour: 1}")))
    one.deliver(samples.fresh("task_added"))
    one.work()
    one.deliver(samples.fresh("task_added"))
    one.work()

    still = one.work()
    one.deps.redis.hdel(keys.UNNAMED.paused, "chat")
    one.clock.forward(hours=1)
    run = one.work()

    assert (still.outcome, still.message) == (
        "later",
        "rule chat is paused: 1 writes in one hour (writes_per_hour)",
    )
    assert (run.outcome, len(said(sandbox))) == ("done", 2)


def test_resumed_within_the_hour_it_pauses_again(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(rule("hello", limits="{writes_per_hour: 1}")))
    one.clock.now = one.clock.now.replace(minute=0)
    one.deliver(samples.fresh("task_added"))
    one.work()
    one.deliver(samples.fresh("task_added"))
    one.work()

    one.deps.redis.hdel(keys.UNNAMED.paused, "chat")
    run = one.work()

    assert (run.outcome, run.reason, len(said(sandbox))) == ("later", "rule-paused", 1)


def test_writes_that_were_certainly_not_made_do_not_count(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(rule("hello", limits="{writes_per_hour: 1}")))
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add(
        "refuse", "POST", COMMENTS, status=400, code="concurrency-violation", times=3
    )

    outcomes = [one.work().outcome for _ in range(4)]

    assert outcomes == ["later", "later", "later", "done"]
    assert said(sandbox) == ["hello"]


def test_more_writes_than_a_run_may_make_pause_the_rule_and_none_is_lost(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules(rule("a", "b", "c", limits="{writes_per_run: 2}")))
    one.deliver(samples.fresh("task_added"))

    first = one.work()
    before = said(sandbox)
    one.deps.redis.hdel(keys.UNNAMED.paused, "chat")
    second = one.work()

    assert (first.outcome, before) == ("later", ["a", "b"])
    assert first.message == (
        "rule chat paused itself: more writes in one run than writes_per_run allows"
    )
    assert [action.outcome for action in first.rules[0].actions] == ["done", "done", "later"]
    assert (second.outcome, said(sandbox)) == ("done", ["a", "b", "c"])


def test_a_paused_rule_does_not_hold_up_the_others(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(rule("a", id="first"), rule("b", id="second")))
    one.deps.redis.hset(keys.UNNAMED.paused, "first", "by hand")
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert [each.outcome for each in run.rules] == ["later", "done"]
    assert said(sandbox) == ["b"]


def test_a_write_whose_answer_was_lost_is_settled_though_its_rule_is_paused(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules(rule("hello")))
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_after", "POST", COMMENTS)
    one.work()

    one.deps.redis.hset(keys.UNNAMED.paused, "chat", "by hand")
    run = one.work()

    assert run.outcome == "done"
    assert run.rules[0].actions[0].writes[0].outcome == "adopted"
    assert len(said(sandbox)) == 1
