"""What a process tells of each of its workspaces, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.contract.spacesof import BAD, Make, good, look, making, put, spaces
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.keys import Keys
from webhooks.store.problems import Problems
from webhooks.store.reply import text
from workers.space import NO_RULES, Space


@pytest.fixture
def make(environ: dict[str, str], client: Client, tmp_path: Path) -> Iterator[Make]:
    assert client.ping()
    with making(environ, tmp_path) as new:
        yield new


def test_what_is_wrong_with_the_rules_of_one_is_told_there_until_it_is_put_right(
    make: Make, client: Client, tmp_path: Path
) -> None:
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    runtime = make("acme", "globex")

    for _ in range(3):
        runtime._enlist()
        runtime._tidy()
    (problem,) = [one for one in Problems(client.of("acme")).all() if one.cause == NO_RULES]
    told = text(client.hget(Keys("acme").rules, "problem"))
    put(tmp_path, "acme", good("a"))
    look(runtime)
    runtime._enlist()
    runtime._tidy()

    assert "rules.yaml:2:8: " in problem.message
    assert problem.times == 1  # told now and then, not at each turn
    assert told == problem.message
    assert NO_RULES not in [one.cause for one in Problems(client.of("acme")).all()]
    assert text(client.hget(Keys("acme").rules, "problem")) == ""
    assert NO_RULES not in [one.cause for one in Problems(client.of("globex")).all()]


def test_what_no_worker_tells_any_more_is_forgotten(
    make: Make, client: Client, tmp_path: Path
) -> None:
    """The worker that could not load them is gone; another has had them all along."""
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    runtime = make("acme", "globex")
    runtime._tidy()
    seconds, micros = client.time()
    now_ms = seconds * 1000 + micros // 1000

    def left(after_s: int) -> int:
        client.delete(keys.HOUSEKEEPER)
        runtime._rounds.sweep("w", worker_silent_s=10, now_ms=now_ms + after_s * 1000)
        return client.hexists(Keys("acme").problems, NO_RULES)

    assert [left(60), left(95)] == [1, 0]


def test_the_log_says_of_which_workspace_it_speaks(make: Make, tmp_path: Path) -> None:
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    seen: list[tuple[str, str]] = []

    def note(_logger: object, _method: str, line: Any) -> Any:
        if line["event"].startswith("rules_"):
            seen.append((line["event"], line.get("workspace", "")))
        return line

    with capture_logs(processors=[merge_contextvars, note]):
        runtime = make("acme", "globex")
        put(tmp_path, "globex", BAD)
        look(runtime)

    assert seen == [
        ("rules_not_loaded", "acme"),
        ("rules_loaded", "globex"),
        ("rules_not_loaded", "globex"),
    ]


def test_a_look_at_awork_waits_for_rules(make: Make, client: Client, tmp_path: Path) -> None:
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    runtime = make("acme", "globex", HOOKWORK_WATCH="on")
    watcher = spaces(runtime)["acme"]._watcher
    assert watcher is not None

    assert watcher.turn() is False
    assert not client.exists(Keys("acme").watcher)  # another worker may have rules, and look


def test_a_process_that_ends_closes_everything_and_leaves_no_thread(
    make: Make, client: Client, tmp_path: Path
) -> None:
    for name in ("acme", "globex", "initech"):
        put(tmp_path, name, good(name))
    runtime = make("acme", "globex", "initech", HOOKWORK_WATCH="on")

    runtime._start()
    watchers = [space._watcher for space in runtime._spaces if space._watcher]
    runtime._end()
    threads = [runtime._watch._thread, runtime._housekeeper._thread]
    for thread in threads + [one._thread for one in watchers]:
        thread.join(10)

    assert len(watchers) == 3
    assert not any(thread.is_alive() for thread in threads + [one._thread for one in watchers])
    assert all(space.deps.connection.http.is_closed for space in runtime._spaces)
    assert all(space.deps.workiva.http.is_closed for space in runtime._spaces)
    assert client.zcard(keys.WORKERS) == 0
    assert not client.exists(*(Keys(name).rule_workers for name in ("acme", "globex", "initech")))


def test_looks_at_awork_are_spread_over_the_time_between_two(make: Make, tmp_path: Path) -> None:
    """All at one moment, each would open a connection to Redis of its own, and keep it."""
    names = [f"w{number}" for number in range(4)]
    for name in names:
        put(tmp_path, name, good(name))
    runtime = make(*names, HOOKWORK_WATCH="on")

    runtime._start()
    found = [space._watcher._after_s for space in runtime._spaces if space._watcher]
    runtime._end()

    assert found == [0.0, 5.0, 10.0, 15.0]


def test_problems_of_one_that_cannot_be_told_keep_those_of_no_other_from_being_told(
    make: Make, client: Client, tmp_path: Path
) -> None:
    """Redis was emptied, and in one workspace nothing can be told: its key is overwritten."""
    for name in ("acme", "globex"):
        put(tmp_path, name, good(name))
    runtime = make("acme", "globex")
    runtime._enlist()
    client.flushall()
    client.set(Keys("acme").problems, "somebody else's")

    with pytest.raises(Exception, match="WRONGTYPE"):
        runtime._enlist()

    assert [one.cause for one in Problems(client.of("globex")).all()] == ["redis:emptied"]


def test_nonsense_in_the_keys_of_one_keeps_the_clock_of_no_other_from_going(
    make: Make, client: Client, tmp_path: Path
) -> None:
    for name in ("acme", "globex"):
        cron = good(name).replace("task_added", '{cron: "0 18 * * *"}\n    for_each: {tasks: {}}')
        put(tmp_path, name, cron)
    runtime = make("acme", "globex")
    client.hset(Keys("acme").clock, "acme 0 18 * * * UTC", "nonsense")

    with capture_logs() as logs:
        runtime._each(Space.look_at_clock)

    assert client.hlen(Keys("globex").clock) == 1
    assert [(one["event"], one["workspace"]) for one in logs if one["log_level"] == "error"] == [
        ("unforeseen_error", "acme")
    ]


def test_a_workspace_that_was_just_added_raises_no_alarm(
    make: Make, client: Client, tmp_path: Path
) -> None:
    """Its store knows of no sign of life before the first, which is no loss."""
    for name in ("acme", "globex"):
        put(tmp_path, name, good(name))
    before = make("acme")
    before._enlist()
    after = make("acme", "globex")

    for _ in range(3):
        before._enlist()
        after._enlist()

    assert [
        one.cause for name in ("acme", "globex") for one in Problems(client.of(name)).all()
    ] == []
    assert Inbox(client.of("globex"), retention_s=1).rule_sets() == 1
