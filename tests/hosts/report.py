"""What is printed at the end of a run on many hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.findings import Finding, Told
from tests.chaos.house import Member
from tests.chaos.report import Report
from tests.hosts import logs
from tests.hosts.balancer import Ask
from tests.hosts.cuts import LOOKS_S, Cut

if TYPE_CHECKING:
    from tests.hosts.run import ManyHosts

_ACCEPTED = 202
#: seconds after which what waits has met trouble
_LATE_S = 20
_SHOWN = 20


def lines(run: ManyHosts, report: Report) -> Iterator[str]:
    """The report of the run, and what each cut did."""
    *before, effects = [line for line in report.lines() if not line.startswith("  ")]
    yield from before
    yield "hosts       one kernel, so one clock; cables in or out, no bad lines"
    for cut in sorted(run.cuts, key=lambda one: one.begins_s):
        yield f"cut         {cut}"
        yield f"  acks      {_acks(run.balancer.asks, cut, run)}"
        for worker in run.hosts.workers_on(cut.host):
            yield f"  {worker.name} {_again(worker, cut)}"
    yield f"settled     {_settled(report.told)}"
    yield effects
    yield from report.wrong()[:_SHOWN]


def deaf(run: ManyHosts) -> Iterator[Finding]:
    """Workers that hear no bells though their cables are back. Nothing is missing for it: the
    others hear them."""
    for cut in run.cuts:
        for worker in run.hosts.workers_on(cut.host):
            if _heard(worker, cut) == 0:
                yield Finding("else", "*", "", worker.name, f"deaf; {cut}")


def worked_again_s(log: Path, cut: Cut) -> float | None:
    """Seconds from the return of its cables until a worker settled an event; None before."""
    done = (line for line in logs.read(log) if line.event == "event_settled")
    return next(
        (o.at - cut.plugged_at for o in done if o.outcome == "done" and o.at > cut.plugged_at), None
    )


def _again(worker: Member, cut: Cut) -> str:
    took_s, heard = worked_again_s(worker.log, cut), _heard(worker, cut)
    again = "never worked again" if took_s is None else f"worked again {took_s:.1f} s after it"
    looked_s = LOOKS_S[-1] - LOOKS_S[0]
    return again + ("" if heard is None else f", heard {heard} bells in {looked_s:.0f} s")


def _heard(worker: Member, cut: Cut) -> int | None:
    """Bells it heard between the two looks; None when nobody looked."""
    if not cut.heard:
        return None
    assert worker.process is not None
    first, last = (look.get(worker.process.pid, 0) for look in cut.heard)
    return last - first


def _acks(asks: Sequence[Ask], cut: Cut, run: ManyHosts) -> str:
    """How deliveries did meanwhile at edges that were there, and the longest anybody waited."""
    during = [ask for ask in asks if cut.pulled <= ask.at <= cut.plugged]
    others = Counter(ask.status for ask in during if ask.status != _ACCEPTED)
    taken = [ask for ask in during if ask.status == _ACCEPTED]
    ms = [1000 * ask.took_s for ask in taken if not _is_cut_off(ask, run)]
    waited_s = max((ask.since_first_s for ask in taken), default=0.0)
    return (
        f"{len(ms)} at the other edge, {_spread(ms, 'ms')}; not 202: {dict(others)}; at the "
        f"longest {waited_s:.1f} s from the first try until it was acknowledged"
    )


def _is_cut_off(ask: Ask, run: ManyHosts) -> bool:
    """Whether an edge was away when it was asked."""
    return any(
        ask.url.startswith(run.hosts.origin(cut.host)) and cut.pulled <= ask.at <= cut.plugged
        for cut in run.cuts
    )


def _settled(told: Sequence[Told]) -> str:
    took_s = [(one.run.settled_ms - one.run.received_ms) / 1000 for one in told]
    late = sum(one > _LATE_S for one in took_s)
    return f"{_spread(took_s, 's')} after they came, {late} after more than {_LATE_S} s"


def _spread(values: Sequence[float], unit: str) -> str:
    if not values:
        return "none"
    found = sorted(values)
    at = [found[len(found) * part // 100] for part in (50, 99)]
    return f"p50 {at[0]:.1f} {unit}, p99 {at[1]:.1f} {unit}, max {found[-1]:.1f} {unit}"
