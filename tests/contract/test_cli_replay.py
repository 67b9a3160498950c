"""`hookwork replay`: one, a filter, all; once for each, and nothing is written twice."""

from __future__ import annotations

import threading

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.commanding import REFUSED, Desk, hookwork, rules
from tests.contract.conftest import Make
from tests.contract.test_flow import comments, work_all
from tests.contract.test_undo_mishaps import TWO
from tests.contract.undoing import undo
from tests.worker import outcomes, with_rules
from tests.writes import CASES
from webhooks.store import keys, records
from webhooks.store.replays import Replays


@pytest.fixture
def desk(make: Make, sandbox: Sandbox) -> Desk:
    return Desk(make(rules()), sandbox)


def replays(desk: Desk, *events: str) -> list[int]:
    """How often each was judged once more."""
    found = [desk.one.deps.redis.hget(keys.UNNAMED.event(one), "replays") for one in events]
    return [int(one or 0) for one in found]


def test_one_event_is_judged_once_more(desk: Desk) -> None:
    event_id = desk.fails()

    result = desk("replay", event_id)
    run = desk.one.work()

    assert (result.exit_code, result.stdout) == (0, f"{event_id} is judged once more\n")
    assert run.outcome == "done"


def test_turns_go_along_with_their_event(make: Make, sandbox: Sandbox) -> None:
    desk = Desk(make(rules("{key: entity.projectId}")), sandbox)
    event_id = desk.works(outcome="handed-on")
    work_all(desk.one)

    result = desk("replay", event_id)

    assert result.stdout.splitlines() == [
        f"{event_id} is judged once more",
        f"{event_id}.tell is judged once more",
    ]


def test_what_cannot_be_judged_once_more_is_named_with_the_reason(desk: Desk) -> None:
    waiting = desk.fails()
    desk("replay", waiting)

    result = desk("replay", waiting, "nowhere")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{waiting} is left, not settled yet: tried again without this command",
        "nowhere is left, not on record: mistyped, or older than HOOKWORK_RETENTION",
    ]


def test_all_that_failed_is_judged_once_more_and_nothing_else(desk: Desk) -> None:
    failed = [desk.fails("a"), desk.fails("b")]
    done = desk.works("c")

    result = desk("replay", "--failed")

    assert (result.exit_code, result.stdout) == (0, "2 events are judged once more\n")
    assert replays(desk, *failed, done) == [1, 1, 0]
    assert desk("replay", "--failed").stdout == "0 events are judged once more\n"


def test_a_filter_chooses_by_rule_and_reason(desk: Desk) -> None:
    first = desk.fails("a")
    desk.one = with_rules(desk.one, rules().replace("id: tell", "id: other"))
    second = desk.fails("b")

    desk("replay", "--failed", "--rule", "other", "--reason", REFUSED)
    desk("replay", "--failed", "--rule", "tell", "--reason", "gone")

    assert replays(desk, first, second) == [0, 1]


def test_since_takes_every_event_that_arrived_since_then(desk: Desk) -> None:
    event_id = desk.works()

    # The events of these tests have arrived a second after 1970 began.
    late = desk("replay", "--since", "1970-01-01T00:00:02Z")
    dry = desk("replay", "--since", "1970-01-01", "--rule", "tell", "--dry-run")
    other = desk("replay", "--since", "1970-01-01", "--rule", "other")
    all_ = desk("replay", "--since", "1970-01-01", "--rule", "tell")

    assert late.stdout == other.stdout == "0 events are judged once more\n"
    assert dry.stdout.splitlines()[-1] == "1 event would be judged once more"
    assert all_.stdout == "1 event is judged once more\n"
    assert replays(desk, event_id) == [1]


def test_since_counts_the_turns_of_an_event_with_it(make: Make, sandbox: Sandbox) -> None:
    desk = Desk(make(rules("{key: entity.projectId}")), sandbox)
    desk.works(outcome="handed-on")
    work_all(desk.one)

    result = desk("replay", "--since", "1970-01-01")

    assert result.stdout == "1 event is judged once more, and 1 turn of theirs\n"


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    event_id = desk.fails()

    result = desk("replay", "--failed", "--dry-run")
    named = desk("replay", event_id, "--dry-run")

    assert result.stdout.startswith(event_id)
    assert result.stdout.endswith("1 event would be judged once more\n")
    assert named.stdout == f"{event_id} would be judged once more\n"
    assert replays(desk, event_id) == [0]


def test_a_limit_takes_the_oldest(desk: Desk) -> None:
    events = [desk.fails(name) for name in "abc"]
    moments = {one: float(number) for number, one in enumerate(events, start=1_000)}
    desk.one.deps.redis.zadd(keys.UNNAMED.failed, moments)

    desk("replay", "--failed", "--limit", "2")

    assert replays(desk, *events) == [1, 1, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--rule", "tell"),
        ("event-1", "--failed"),
        ("event-1", "--since", "2h"),
        ("event-1", "--rule", "tell"),
        ("event-1", "--limit", "1"),
        ("--since", "soon"),
        ("--failed", "--limit", "-1"),
    ],
)
def test_a_wish_that_is_not_clear_is_wrong_usage(desk: Desk, arguments: tuple[str, ...]) -> None:
    event_id = desk.fails()

    assert desk("replay", *arguments).exit_code == 2
    assert replays(desk, event_id) == [0]


def test_two_people_at_once_make_one_more_try_of_each(desk: Desk) -> None:
    events = [desk.fails(f"{number}") for number in range(20)]
    told: list[str] = []
    at_once = threading.Barrier(4)

    def replay() -> None:
        at_once.wait()
        told.append(hookwork_in_thread(desk))

    threads = [threading.Thread(target=replay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(map(int, told)) == 20
    assert replays(desk, *events) == [1] * 20


def hookwork_in_thread(desk: Desk) -> str:
    """How many a replay of the failed list has taken. Without the runner of commands, which is
    for one thread."""
    client = desk.one.deps.redis
    asked_ms = records.now_ms(client)
    span = records.Span(None, asked_ms)
    found = [one.id for one in records.walk(client, keys.UNNAMED.failed, span, page=3)]
    done = [Replays(client).replay(one, asked_ms=asked_ms) for one in found]
    return str(sum(len(one.again) for one in done))


def test_what_fails_again_meanwhile_is_not_taken_a_second_time(desk: Desk) -> None:
    """Somebody who asked before it was judged once more meant the failure before that."""
    event_id = desk.fails()
    client = desk.one.deps.redis
    asked_ms = records.now_ms(client)
    Replays(client).replay(event_id, asked_ms=asked_ms)
    desk.sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)
    desk.one.work()
    client.hset(keys.UNNAMED.event(event_id), "settled_ms", asked_ms + 1)

    late = Replays(client).replay(event_id, asked_ms=asked_ms)
    would = Replays(client).would(event_id, asked_ms=asked_ms)

    assert (late.again, late.left) == ((), {event_id: "since"})
    assert would == late
    assert replays(desk, event_id) == [1]


def test_of_writes_that_are_partly_done_only_the_missing_ones_are_made(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(TWO)
    event_id = one.deliver(CASES[-1].event())
    sandbox.faults.add("refuse", "POST", body={"message": "two"}, status=401, code="unauthorized")
    failed = one.work()

    hookwork(one, "replay", "--failed")
    run = one.work()

    assert (failed.outcome, run.outcome, run.event_id) == ("failed", "done", event_id)
    assert outcomes(run) == ["repeated-nothing", "done"]
    assert [comment["message"] for comment in sandbox.world.comments.values()] == ["one", "two"]


def test_the_rules_of_today_judge_it(desk: Desk) -> None:
    desk.fails()
    desk.one = with_rules(desk.one, rules(text="new ${entity.name}"))

    desk("replay", "--failed")
    desk.one.work()

    assert comments(desk.sandbox) == ["new Logo"]


def test_what_was_undone_or_dropped_is_left_and_counted(desk: Desk) -> None:
    undone, dropped, done = desk.works("a"), desk.fails("b"), desk.works("c")
    undo(desk.one, undone)
    desk("drop", dropped, "--reason", "enough")

    result = desk("replay", "--since", "1970-01-01")
    named = desk("replay", undone)

    assert result.exit_code == 0
    assert sorted(result.stdout.splitlines()) == [
        "1 event is judged once more",
        "1 left, dropped from the failed list: replay it by its id",
        "1 left, undone: what it made was removed, and is not made again",
    ]
    assert replays(desk, undone, dropped, done, f"undo-{undone}") == [0, 0, 1, 0]
    assert (named.exit_code, named.stderr) == (
        1,
        f"{undone} is left, undone: what it made was removed, and is not made again\n",
    )


def test_a_damaged_record_stops_no_other(desk: Desk) -> None:
    damaged, sound = desk.fails("a"), desk.fails("b")
    desk.one.deps.redis.hset(keys.UNNAMED.event(damaged), "head", "{")

    result = desk("replay", "--failed")

    assert result.stdout.splitlines() == [
        "1 event is judged once more",
        "1 left, damaged, or written by a newer version",
    ]
    assert replays(desk, damaged, sound) == [0, 1]
