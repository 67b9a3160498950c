"""What rules cost: loading a set, and judging one event by it. No network, no Redis."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median

from deploy.sandbox.seed import sample
from workers.actions import VOCABULARY
from workers.rules.facts import EventFacts
from workers.rules.load import load_text
from workers.rules.match import match
from workers.rules.model import RuleSet

#: rules in the set, and those of them that listen to the event
ALL, LISTENING = 1_000, 10
KIND, OTHER = "task_updated", "project_updated"
#: what the issue allows for one event, in microseconds
ALLOWED_US = 50.0
_ROUNDS, _EACH = 30, 500


def results() -> Iterator[str]:
    """Measure, and give each line of the results."""
    text = rule_file()
    began = time.perf_counter()
    rules = load_text(text, VOCABULARY)
    loaded_s = time.perf_counter() - began
    yield f"Rules: {ALL:,} in the set ({len(text) // 1024} KiB), {LISTENING} listen to the event"
    yield f"  loading them           {loaded_s:.2f} s"
    payload = json.loads(json.dumps(sample(KIND)))
    for name, kind in (
        (f"{LISTENING} of them listen", KIND),
        ("none of them listens", "user_added"),
    ):
        best, middle = _measured(rules, kind, payload)
        yield f"  {name:20}   {middle:.1f} us an event (best {best:.1f}; allowed {ALLOWED_US:g})"


def rule_file() -> str:
    """A set in which every rule has three conditions, one of them with two parts."""
    return "version: 1\ndefaults: {timezone: Europe/Berlin}\nrules:\n" + "".join(
        _rule(number, KIND if number % (ALL // LISTENING) == 0 else OTHER) for number in range(ALL)
    )


def _rule(number: int, kind: str) -> str:
    site = f'{{starts_with: "Site {number}"}}'
    tasks = (
        "entity.plannedDuration: {at_least: 1h}",
        "entity.taskStatus.type: [todo, progress, review]",
        f"any: [{{entity.name: {site}}}, {{entity.dueOn: {{exists: true}}}}]",
    )
    projects = ("entity.tasksCount: {at_least: 1}", f"entity.name: {site}", "changed: name")
    listed = "".join(f"      - {one}\n" for one in (tasks if kind == KIND else projects))
    do = '    do: [{add_comment: {task: "${entity.id}", message: "Rule for ${entity.name}"}}]\n'
    return f"  - id: rule-{number}\n    when: {kind}\n    if:\n{listed}{do}"


def _judge(rules: RuleSet, kind: str, payload: dict[str, object]) -> None:
    # The facts are made anew for each event, so that nothing found for one serves the next.
    match(rules, kind, EventFacts(payload, datetime(2026, 11, 20, 9, 0, tzinfo=UTC)))


def _measured(rules: RuleSet, kind: str, payload: dict[str, object]) -> tuple[float, float]:
    """Best and median over rounds, in microseconds for one event."""
    each_us = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for _ in range(_EACH):
            _judge(rules, kind, payload)
        each_us.append((time.perf_counter() - began) / _EACH * 1e6)
    return min(each_us), median(each_us)
