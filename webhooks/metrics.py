"""What Prometheus is told. Counters live in Redis, so any edge can answer for all processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import redis.asyncio
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from webhooks import health
from webhooks.store import keys, scripts
from webhooks.store.reply import text, texts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: longer than a request takes: what is on its way is no unknown outcome
_ANSWERED_MS = 20_000

#: counter in Redis, `name:label:label` -> metric, its help, its labels
_COUNTERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "received": ("hookwork_events_received", "Deliveries taken", ("type", "status")),
    "handed_on": ("hookwork_turns", "Runs that wait their turn", ("rule",)),
    "rules": ("hookwork_rules_evaluated", "Rules considered", ("rule", "outcome")),
    "writes": ("hookwork_writes", "Writes to other systems", ("action", "outcome")),
    "api": ("hookwork_api_requests", "Requests to other systems", ("target", "status")),
}


@dataclass(frozen=True)
class Reading:
    """What is read from Redis for one answer."""

    counts: Mapping[str, str]
    waiting: int
    failed: int
    #: seconds the oldest unsettled event waits
    age_s: float
    #: of every rule set that some worker has
    rule_sets: frozenset[str]
    #: why the newest rule files are not in force; empty when they are
    rules_problem: str
    #: requests to awork that work for which a person waits could send right now
    budget_left: int
    #: writes whose answer should have come by now
    unanswered: int
    #: causes of what is wrong now
    problems: Sequence[str]


class Meter:
    """The edge's own measurements, and the answer to /metrics."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self.ack = Histogram(
            "hookwork_ack_seconds",
            "Time from request to acknowledgement",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10),
            registry=self._own,
        )

    async def answer(self, client: redis.asyncio.Redis, now_ms: int) -> bytes:
        """The metrics page. now_ms: milliseconds since 1970 UTC."""
        registry = CollectorRegistry()
        ready = await health.look(client)
        registry.register(_Stored(await _read(client, now_ms, ready.of_redis)))
        return generate_latest(self._own) + generate_latest(registry)


async def _read(client: redis.asyncio.Redis, now_ms: int, unready: Iterable[str]) -> Reading:
    async with client.pipeline(transaction=False) as pipe:
        pipe.hgetall(keys.COUNTS)
        pipe.zcard(keys.WAITING)
        pipe.zcard(keys.FAILED)
        pipe.zrange(keys.WAITING, 0, 0, withscores=True)
        pipe.hvals(keys.RULE_WORKERS)
        pipe.hget(keys.RULES, "problem")
        pipe.eval(scripts.text("spend"), 0, "", "", "", 0, "", 0)
        pipe.zcount(keys.UNANSWERED, "-inf", now_ms - _ANSWERED_MS)
        pipe.hkeys(keys.PROBLEMS)
        read = await pipe.execute()
    counts, waiting, failed, oldest, rule_sets, problem, budget, unanswered, problems = read
    return Reading(
        counts=texts(counts),
        waiting=waiting,
        failed=failed,
        age_s=max(0.0, (now_ms - oldest[0][1]) / 1000) if oldest else 0.0,
        rule_sets=frozenset(text(one) for one in rule_sets),
        rules_problem=text(problem),
        budget_left=budget[1],
        unanswered=unanswered,
        problems=sorted({*map(text, problems), *unready}),
    )


class _Stored(Collector):
    """Redis's numbers in Prometheus's form."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        yield from _counters(self._reading.counts)
        for name, about, value in (
            ("hookwork_queue_depth", "Events not settled yet", self._reading.waiting),
            ("hookwork_queue_age_seconds", "Age of the oldest of them", self._reading.age_s),
            (
                "hookwork_api_budget_remaining",
                "Requests that may be sent to awork right now; 0 before the first was sent",
                self._reading.budget_left,
            ),
            (
                "hookwork_unknown_outcomes",
                "Writes that were begun more than 20 s ago and whose answer is not known",
                self._reading.unanswered,
            ),
            ("hookwork_failed_runs", "Events in the failed list", self._reading.failed),
            (
                "hookwork_rule_set_rejected",
                "1 while the newest rule files cannot be loaded and older ones are in force",
                int(bool(self._reading.rules_problem)),
            ),
        ):
            yield GaugeMetricFamily(name, about, value)
        about = "What is wrong now; the console says more"
        yield _ones("hookwork_problems", about, "cause", self._reading.problems)
        rule_sets = sorted(self._reading.rule_sets)
        yield _ones("hookwork_rule_set_info", "Rule sets in force", "hash", rule_sets)


def _ones(name: str, about: str, label: str, values: Iterable[str]) -> GaugeMetricFamily:
    """1 for each value that is there."""
    family = GaugeMetricFamily(name, about, labels=[label])
    for value in values:
        family.add_metric([value], 1)
    return family


def _counters(counts: Mapping[str, str]) -> Iterator[Metric]:
    families = {
        key: CounterMetricFamily(name, about, labels=labels)
        for key, (name, about, labels) in _COUNTERS.items()
    }
    for field, value in sorted(counts.items()):
        key, *labels = field.split(":")
        if key in families and len(labels) == len(_COUNTERS[key][2]):
            families[key].add_metric(labels, float(value))
    yield from families.values()
