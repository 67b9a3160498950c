"""People who add tasks all the time, and awork that repeats each delivery until it has a 202; and
what is left of that in awork."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.test_sandbox_answers import TASK
from tests.contract.unheard import People
from tests.journey.stack import HEADERS, PATIENCE_S, until

#: four writes for each task: two found again by a marker, two by what they are
RULES = """
version: 1
defaults: {timezone: Europe/Berlin}
rules:
  - id: four
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: "Seen ${entity.name}"}
      - log_time: {user: Timo Brandt, task: "${entity.id}", duration: 5m, note: "Look"}
      - create_schedule:
          task: "${entity.id}"
          user: Timo Brandt
          start: "2026-11-23T09:00"
          end: "2026-11-23T12:30"
      - create_task: {name: "After ${entity.name}", project: "${entity.projectId}"}
    limits: {writes_per_hour: 100000}
"""
#: what the rule makes for each task, by the sandbox's tables
EFFECTS = ("comments", "timeentries", "taskschedules", "tasks")
AFTER = "After "
#: between two tasks of one person
_PAUSE_S = 0.08


@dataclass
class Adding:
    """The load, from the start on. senders: how many people there are."""

    url: str
    sandbox: Sandbox
    senders: int = 2
    #: entity ids of those that got a 202, and when
    acknowledged: dict[str, float] = field(default_factory=dict)
    #: what other tries came to: a status, or the name of an error -> how often
    others: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._people, self._mark = People(self.sandbox), secrets.token_hex(4)
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(self.senders)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int) -> None:
        """Wait until so many more are acknowledged."""
        wanted = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= wanted, f"{wanted} tasks: {self.others}")

    def stop(self) -> None:
        """No more after those that are on their way."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def silence_s(self) -> float:
        """The longest time in which nothing was acknowledged."""
        times = sorted(self.acknowledged.values())
        return max(b - a for a, b in pairwise(times))

    def _run(self, sender: int) -> None:
        number = 0
        with httpx.Client(headers=HEADERS, timeout=PATIENCE_S) as awork:
            while not self._over.is_set():
                number += 1
                event = self._people.add(TASK, name=f"Task {self._mark}-{sender}-{number}")
                while (told := _deliver(awork, self.url, event)) != "202":
                    self.others[told] += 1
                    self._over.wait(_PAUSE_S)
                self.acknowledged[event["entityId"]] = time.monotonic()
                self._over.wait(_PAUSE_S)


def _deliver(awork: httpx.Client, url: str, event: dict[str, Any]) -> str:
    try:
        return str(awork.post(url, content=samples.raw(event)).status_code)
    except httpx.TransportError as error:
        # Taken or not, the same is sent again.
        return type(error).__name__


def made(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """What our writes have left: the entity and what was made for it -> how often."""
    world = sandbox.world
    with world.lock:
        names = {task["name"]: ident for ident, task in world.tasks.items()}
        after = [one for one in world.tasks.values() if one["name"].startswith(AFTER)]
        return Counter(
            [
                *((one["entityId"], "comments") for one in world.comments.values()),
                *((one["taskId"], "timeentries") for one in world.entries.values()),
                *((one["taskId"], "taskschedules") for one in world.schedules.values()),
                *((names[one["name"].removeprefix(AFTER)], "tasks") for one in after),
            ]
        )
