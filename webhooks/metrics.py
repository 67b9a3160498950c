"""What Prometheus is told. Counters live in Redis, so any edge can answer for all processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import ResponseError

from webhooks import health
from webhooks.store import scripts
from webhooks.store.client import AsyncClient
from webhooks.store.reply import text, texts
from webhooks.store.trouble import trouble

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
    #: what is counted is NaN where it cannot be read
    waiting: float
    #: lanes with an event that is due now and that nobody works on
    due: float
    failed: float
    #: seconds the oldest unsettled event waits
    age_s: float
    #: of every rule set that some worker has
    rule_sets: frozenset[str]
    #: why the newest rule files are not in force; empty when they are
    rules_problem: str
    #: requests to awork that work for which a person waits could send right now
    budget_left: float
    #: writes whose answer should have come by now
    unanswered: float
    #: causes of what is wrong now
    problems: Sequence[str]


#: name, help, and what is shown of a reading
_GAUGES: Sequence[tuple[str, str, Callable[[Reading], float]]] = (
    ("hookwork_queue_depth", "Events not settled yet", lambda one: one.waiting),
    ("hookwork_queue_age_seconds", "Age of the oldest of them", lambda one: one.age_s),
    (
        "hookwork_api_budget_remaining",
        "Requests that may be sent to awork right now; 0 before the first was sent",
        lambda one: one.budget_left,
    ),
    (
        "hookwork_unknown_outcomes",
        "Writes that were begun more than 20 s ago and whose answer is not known",
        lambda one: one.unanswered,
    ),
    ("hookwork_failed_runs", "Events in the failed list", lambda one: one.failed),
    (
        "hookwork_rule_set_rejected",
        "1 while the newest rule files cannot be loaded and older ones are in force",
        lambda one: int(bool(one.rules_problem)),
    ),
)
#: name, help, label, and the values of it for which there is a 1
_ONES: Sequence[tuple[str, str, str, Callable[[Reading], Iterable[str]]]] = (
    (
        "hookwork_problems",
        "What is wrong now; the console says more",
        "cause",
        lambda one: one.problems,
    ),
    ("hookwork_rule_set_info", "Rule sets in force", "hash", lambda one: sorted(one.rule_sets)),
)


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

    async def answer(self, clients: Sequence[AsyncClient], now_ms: int) -> bytes:
        """The metrics page. clients: one for each workspace. now_ms: ms since 1970 UTC."""
        registry = CollectorRegistry()
        ready = await health.look(clients)
        readings = await _read_all(clients, now_ms, ready.of_redis)
        registry.register(_Stored(readings))
        return generate_latest(self._own) + generate_latest(registry)


async def _read_all(
    clients: Sequence[AsyncClient], now_ms: int, unready: Iterable[str]
) -> dict[str, Reading]:
    """Of each workspace, by its name. What somebody has overwritten in one hides no other; raises
    what Redis refuses when it is so in all."""
    found, refused = {}, []
    for one in clients:
        try:
            found[one.key.workspace] = await _read(one, now_ms, unready)
        except ResponseError as refusal:
            refused.append(refusal)
            found[one.key.workspace] = _unknown(trouble(refusal).cause)
    if len(refused) == len(clients):
        raise refused[0]
    return found


def _unknown(cause: str) -> Reading:
    """Of a workspace that cannot be read. cause: why."""
    return Reading({}, nan, nan, nan, nan, frozenset(), "", nan, nan, (cause,))


async def _read(client: AsyncClient, now_ms: int, unready: Iterable[str]) -> Reading:
    async with client.pipeline(transaction=False) as pipe:
        pipe.hgetall(client.key.counts)
        pipe.zcard(client.key.waiting)
        pipe.zcount(client.key.due, "-inf", now_ms)
        pipe.zcard(client.key.failed)
        pipe.zrange(client.key.waiting, 0, 0, withscores=True)
        pipe.hvals(client.key.rule_workers)
        pipe.hget(client.key.rules, "problem")
        pipe.eval(scripts.text("spend"), 1, client.key.prefix, "", "", "", 0, "", 0)
        pipe.zcount(client.key.unanswered, "-inf", now_ms - _ANSWERED_MS)
        pipe.hkeys(client.key.problems)
        read = await pipe.execute()
    counts, waiting, due, failed, oldest, rule_sets, problem, budget, unanswered, problems = read
    return Reading(
        counts=texts(counts),
        waiting=waiting,
        due=due,
        failed=failed,
        age_s=max(0.0, (now_ms - oldest[0][1]) / 1000) if oldest else 0.0,
        rule_sets=frozenset(text(one) for one in rule_sets),
        rules_problem=text(problem),
        budget_left=budget[1],
        unanswered=unanswered,
        problems=sorted({*map(text, problems), *unready}),
    )


class _Stored(Collector):
    """Redis's numbers in Prometheus's form. Where workspaces have names, each sample has that of
    its own as a label."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings
        self._label = ["workspace"] if any(readings) else []

    def collect(self) -> Iterable[Metric]:
        for key, (name, about, labels) in _COUNTERS.items():
            counter = CounterMetricFamily(name, about, labels=[*self._label, *labels])
            for of, one in self._by_label():
                for values, many in _counted(one.counts, key, len(labels)):
                    counter.add_metric([*of, *values], many)
            yield counter
        for name, about, read in _GAUGES:
            gauge = GaugeMetricFamily(name, about, labels=self._label)
            for of, one in self._by_label():
                gauge.add_metric(of, read(one))
            yield gauge
        yield from (self._ones(*told) for told in _ONES)
        yield self._backlog()

    def _backlog(self) -> Metric:
        """Without a label, whatever workspaces there are: what adds workers takes one number, and
        each worker works for all of them."""
        about = "Entities with an event that is due now and that nobody works on, of all workspaces"
        due = (one.due for one in self._readings.values() if not isnan(one.due))
        return GaugeMetricFamily("hookwork_backlog", about, sum(due))

    def _ones(
        self, name: str, about: str, label: str, present: Callable[[Reading], Iterable[str]]
    ) -> Metric:
        gauge = GaugeMetricFamily(name, about, labels=[*self._label, label])
        for of, one in self._by_label():
            for value in present(one):
                gauge.add_metric([*of, value], 1)
        return gauge

    def _by_label(self) -> Iterator[tuple[list[str], Reading]]:
        """Each workspace's reading, with what it is labelled by."""
        for workspace, reading in self._readings.items():
            yield ([workspace] if self._label else []), reading


def _counted(
    counts: Mapping[str, str], key: str, labels: int
) -> Iterator[tuple[Sequence[str], float]]:
    """The counters of one kind: the values of their labels, and how many."""
    for field, value in sorted(counts.items()):
        kind, *values = field.split(":")
        if kind == key and len(values) == labels:
            yield values, float(value)
