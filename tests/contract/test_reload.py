"""Reload under load: while files change, each event is judged by exactly one whole good set."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.conftest import Make
from tests.stored import accept
from tests.worker import Worker
from webhooks.sources import awork
from webhooks.store.journal import Run
from workers.actions import VOCABULARY
from workers.drain import work_on
from workers.rulebook import RuleBook

EVENTS, CHANGES = 1_000, 50
RULE = """
version: 1
rules:
  - id: {name}
    mode: shadow
    when: task_added
    do: [{{add_comment: {{task: "${{entity.id}}", message: "version {version}"}}}}]
"""


def write(folder: Path, version: int, *, broken: bool = False) -> None:
    """A set of two files, one after the other, as an editor or a checkout leaves them."""
    for name in ("left", "right"):
        text = RULE.format(name=name, version=version)
        damaged = text.replace("add_comment", "ad_coment") if broken and name == "right" else text
        (folder / f"{name}.yaml").write_text(damaged)


def deliver(server: RedisServer) -> None:
    payload = samples.sample("task_added")
    events = []
    for number in range(EVENTS):
        one = copy.deepcopy(payload)
        one["entityId"] = one["entity"]["id"] = f"00000000-0000-0000-0000-{number:012}"
        one["traceId"] = f"{number:032x}"
        events.append(awork.parse(samples.raw(one), event_id=f"event-{number}", now_ms=1_000))
    accept(server.url, *events)


def told(run: Run) -> tuple[str, set[str]]:
    """Which set judged an event, and what each of its rules said."""
    writes = [write for rule in run.rules for action in rule.actions for write in action.writes]
    assert [rule.rule for rule in run.rules] == ["left", "right"]
    return run.rules_hash, {write.body["message"] for write in writes}


def test_every_event_is_judged_by_one_whole_good_set_while_the_files_change(
    make: Make, server: RedisServer, tmp_path: Path
) -> None:
    write(tmp_path, 0)
    book = RuleBook(tmp_path, VOCABULARY)
    one: Worker = make(RULE.format(name="unused", version=0))
    one.deps = replace(one.deps, rules=book.rules)
    deliver(server)
    good = {book.rules().hash: "version 0"}
    problems = 0

    with ThreadPoolExecutor(4) as threads:
        for change in range(1, CHANGES + 1):
            claims = one.deps.inbox.claim(EVENTS // CHANGES, now_ms=one.clock.ms)
            at_work = [threads.submit(work_on, claim, one.deps) for claim in claims]
            write(tmp_path, change, broken=change % 2 == 0)
            book.look()
            book.look()
            problems += bool(book.problem)
            good.setdefault(book.rules().hash, f"version {change}")
            for work in at_work:
                work.result()

    judged = [told(one.run(f"event-{number}")) for number in range(EVENTS)]
    assert {message for _, messages in judged for message in messages} > {"version 0", "version 1"}
    assert all(messages == {good[rules_hash]} for rules_hash, messages in judged)
    assert len(good) == 1 + CHANGES // 2
    assert problems == CHANGES // 2
