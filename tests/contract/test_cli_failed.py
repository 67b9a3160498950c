"""`hookwork failed` and `hookwork drop`: what could not be done, all about it, and out of sight."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.commanding import REFUSED, Desk, rules
from tests.contract.conftest import Make
from tests.contract.test_console import browser
from tests.worker import with_rules
from webhooks.settings import Settings
from webhooks.store import keys, records


@pytest.fixture
def desk(make: Make, sandbox: Sandbox) -> Desk:
    return Desk(make(rules()), sandbox)


def listed(desk: Desk, *arguments: str) -> list[dict[str, Any]]:
    result = desk("failed", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def ids(desk: Desk, *arguments: str) -> list[str]:
    return [one["event"] for one in listed(desk, *arguments)]


def test_nothing_failed_is_said(desk: Desk) -> None:
    desk.works()

    result = desk("failed")

    assert (result.exit_code, result.stdout) == (0, "nothing failed\n")


def test_what_failed_is_listed_newest_first_with_the_reason(desk: Desk) -> None:
    first, second = desk.fails("Logo"), desk.fails("Poster")

    result = desk("failed")

    head, why, other, *_, last = result.stdout.splitlines()
    assert head.split("  ")[0] == second
    assert head.endswith("Z  task_updated  Poster")
    assert why.startswith("    tell, add_comment: target-refused: POST /tasks/")
    assert other.startswith(first)
    assert last == f"2 failed. All about one: hookwork failed {second}"


def test_machines_get_every_key(desk: Desk) -> None:
    event_id = desk.fails()

    (one,) = listed(desk)

    assert one.pop("at").endswith("Z")
    assert one.pop("message").startswith("POST /tasks/")
    assert one == {
        "event": event_id,
        "outcome": "failed",
        "kind": "task_updated",
        "title": "Logo",
        "rule": "tell",
        "action": "add_comment",
        "reason": REFUSED,
    }


def test_filters_choose_by_rule_reason_and_time(desk: Desk) -> None:
    first = desk.fails()
    desk.one = with_rules(desk.one, rules().replace("id: tell", "id: other"))
    second = desk.fails("Poster")
    desk.one.deps.redis.zadd(keys.UNNAMED.failed, {first: 1_000})

    assert ids(desk) == [second, first]
    assert ids(desk, "--rule", "tell") == [first]
    assert ids(desk, "--reason", REFUSED) == [second, first]
    assert ids(desk, "--reason", "gone") == []
    assert ids(desk, "--since", "2h") == [second]
    assert ids(desk, "--since", "1970-01-01") == [second, first]
    assert ids(desk, "--limit", "1") == [second]


def test_a_list_that_is_cut_says_so(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.fails(name)

    result = desk("failed", "--limit", "1")

    assert result.stdout.splitlines()[-1].startswith("the newest 1; --limit 0 shows all")


@pytest.mark.parametrize("since", ["yesterday", "2x", "2026-13-01", "2199-01-01"])
def test_a_time_that_is_none_is_wrong_usage(desk: Desk, since: str) -> None:
    result = desk("failed", "--since", since)

    assert result.exit_code == 2
    assert result.stderr.startswith("--since ")
    assert len(result.stderr.splitlines()) == 1


def test_all_about_one_event_has_its_tries_writes_and_ways_on(desk: Desk) -> None:
    desk.sandbox.faults.add("rate_limit", "POST", "/tasks/.*/comments")
    event_id = desk.works(outcome="later")
    desk.one.clock.forward(seconds=10)
    desk.sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)
    desk.one.work()

    lines = desk("failed", event_id).stdout.splitlines()

    tries = lines[lines.index("tries") + 1 :]
    assert lines[0] == f"{event_id}  task_updated  Logo"
    assert "target-busy  (429 " in tries[0]
    assert "trace " in tries[0]
    assert "again in " in tries[0]
    assert f"{REFUSED}  (401 unauthorized)  trace " in tries[1]
    assert "given up" in tries[1]
    assert any(line.startswith("        refused: comment 'Logo'  POST /tasks/") for line in lines)
    assert lines[-3:] == [
        "ways on",
        f"    hookwork replay {event_id}",
        f'    hookwork drop {event_id} --reason "..."',
    ]


def test_all_about_one_event_is_data_too(desk: Desk) -> None:
    event_id = desk.fails()

    one = json.loads(desk("failed", event_id, "--json").stdout)

    assert (one["event"], one["state"], one["dropped"], one["undone"]) == (
        event_id,
        "settled",
        None,
        None,
    )
    (attempt,) = one["attempts"]
    assert (attempt["status"], attempt["code"], bool(attempt["trace_id"])) == (
        401,
        "unauthorized",
        True,
    )
    assert one["rules"][0]["actions"][0]["writes"][0]["outcome"] == "refused"


def test_an_event_that_did_not_fail_can_be_shown_and_undone(desk: Desk) -> None:
    event_id = desk.works()

    lines = desk("failed", event_id).stdout.splitlines()

    assert lines[-2:] == [f"    hookwork replay {event_id}", f"    hookwork undo {event_id}"]


def test_an_event_that_is_not_on_record_is_one_line(desk: Desk) -> None:
    result = desk("failed", "nowhere")

    assert (result.exit_code, result.stderr) == (
        1,
        "nowhere is not on record: mistyped, or older than HOOKWORK_RETENTION\n",
    )


def test_other_peoples_text_does_not_steer_the_terminal(desk: Desk) -> None:
    event_id = desk.fails("\x1b[2JLogo\nfailed")

    assert "\x1b" not in desk("failed").stdout
    assert desk("failed", event_id).stdout.splitlines()[0].endswith("task_updated   [2JLogo failed")


def test_a_long_list_is_walked_whole(desk: Desk) -> None:
    like = desk.fails()
    client = desk.one.deps.redis
    stored: Any = client.hgetall(keys.UNNAMED.event(like))
    for number in range(records.PAGE + 5):
        client.hset(keys.UNNAMED.event(f"like-{number}"), mapping=stored)
        # Many of one moment, more than a page; and some of others.
        client.zadd(keys.UNNAMED.failed, {f"like-{number}": 1_000 if number else 2_000})

    found = ids(desk, "--limit", "0")

    assert len(found) == len(set(found)) == records.PAGE + 6


def test_dropped_events_leave_the_list_and_say_why(desk: Desk, settings: Settings) -> None:
    event_id = desk.fails()

    result = desk("drop", event_id, "--reason", "booked by <hand>")

    assert (result.exit_code, result.stdout) == (0, f"{event_id} is out of the failed list\n")
    assert ids(desk) == []
    (told,) = (
        line
        for line in desk("failed", event_id).stdout.splitlines()
        if line.startswith("dropped: booked by <hand> (")
    )
    assert told.endswith("Z)")
    with browser(settings) as console:
        page = console.get(f"/events/{event_id}").text
    assert "dropped: booked by &lt;hand&gt;" in page


def test_only_what_failed_can_be_dropped(desk: Desk) -> None:
    done, failed = desk.works(), desk.fails("Poster")

    result = desk("drop", done, "nowhere", failed, "--reason", "enough")

    assert result.exit_code == 1
    assert result.stdout == f"{failed} is out of the failed list\n"
    assert result.stderr.splitlines() == [
        f"{done} is not in the failed list",
        "nowhere is not on record: mistyped, or older than HOOKWORK_RETENTION",
    ]
    assert desk("drop", failed, "--reason", "again").exit_code == 1


@pytest.mark.parametrize("arguments", [(), ("--reason", " ")])
def test_a_drop_without_a_reason_is_wrong_usage(desk: Desk, arguments: tuple[str, ...]) -> None:
    event_id = desk.fails()

    assert desk("drop", event_id, *arguments).exit_code == 2
    assert ids(desk) == [event_id]


def test_a_dropped_event_that_is_replayed_and_fails_is_in_the_list_again(desk: Desk) -> None:
    event_id = desk.fails()
    desk("drop", event_id, "--reason", "enough")
    desk.sandbox.faults.deny("POST", "/tasks/.*/comments", times=1)

    assert desk("replay", event_id).exit_code == 0
    desk.one.work()

    assert ids(desk) == [event_id]
    assert "dropped" not in desk("failed", event_id).stdout
