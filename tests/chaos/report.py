"""What is printed at the end of a chaos run."""

from __future__ import annotations

import platform
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from tests.chaos.findings import Told, Verdict

if TYPE_CHECKING:
    from tests.chaos.run import Chaos

_PACKAGES = ("celery", "kombu", "redis")
_SHOWN, _LONGEST = 20, 1000


@dataclass(frozen=True)
class Report:
    """A run that is over."""

    chaos: Chaos
    verdict: Verdict
    told: Sequence[Told]
    drained_s: float
    unknown: Mapping[str, int]
    inversions: tuple[int, int]
    redis_version: str

    @property
    def is_good(self) -> bool:
        return not self.verdict.findings

    def lines(self) -> Iterator[str]:
        chaos, verdict = self.chaos, self.verdict
        driver = chaos.driver
        faults = Counter[str]()
        for fault in chaos.faults:
            faults[fault.kind] += fault.taken
        outcomes = Counter(one.run.outcome for one in self.told)
        packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
        yield (
            f"versions    Python {platform.python_version()}, Redis server {self.redis_version}, "
            f"{packages}, commit {commit()}"
        )
        yield (
            f"seed        {chaos.seed}, {chaos.seconds:g} s of {chaos.rate:g} edits a second, "
            f"drained {self.drained_s:.1f} s later"
        )
        yield f"mishaps     {_told(chaos.house.mishaps)}"
        yield f"own ends    {_told(chaos.house.own_ends)}"
        yield (
            f"faults      {_told(faults)}, of {len(chaos.sandbox.calls)} calls to "
            f"awork and {len(chaos.sandbox.workiva.calls)} to Workiva, which gave "
            f"{chaos.sandbox.workiva.tokens_given} tokens; lists lag "
            f"{chaos.list_lag_s:g} s; rules written {chaos.rules.written} times"
        )
        yield (
            f"deliveries  {sum(driver.answers.values())}: {_told(driver.answers)}; "
            f"{_told(driver.counts)}; blocks moved by people {chaos.people.moved}"
        )
        yield f"outcomes    {_told(outcomes)}, own {len(driver.sent) - len(self.told)}"
        yield "in keys     {} of {} neighbours written in another order than they came in".format(
            *self.inversions
        )
        yield (
            f"events {len(self.told)}, effects expected {verdict.expected}, "
            f"missing {verdict.count('missing')}, doubled {verdict.count('doubled')}, "
            f"out of order {verdict.count('out of order')}, "
            f"unknown settled {sum(self.unknown.values())} ({_told(self.unknown)})"
        )
        yield from (line[:_LONGEST] for line in self.wrong()[:_SHOWN])

    def wrong(self) -> list[str]:
        """Everything that is wrong, the worst first."""
        order = ("missing", "doubled", "else", "out of order")
        found = sorted(self.verdict.findings, key=lambda one: order.index(one.wrong))
        return [
            f"  {one.wrong}: rule {one.rule}, {one.name}, hookwork:event:{one.event_id or '?'}; "
            f"{one.message}"
            for one in found
        ]


def commit() -> str:
    """The commit that is checked out; with a + when files differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def _told(counts: Mapping[str, int] | Mapping[int, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "none"
