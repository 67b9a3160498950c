"""The results, as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from statistics import median

from tests.bench.load import Load
from tests.bench.servers import Server

_HEADS = (
    *("", "req/s median", "(min / max)", "x bare", "x usual", "CPU us/req", "server CPU"),
    *("core lost", "Redis+load CPU", "threads", "errors"),
)


def rates(servers: Sequence[Server], loads: Sequence[Sequence[Load]]) -> list[str]:
    """Accepted requests a second. servers: the bare route first, the usual design last."""
    middles = [median(map(_rate, each)) for each in loads]
    rows = [
        _rate_row(server, each, middle / middles[0], middle / middles[-1])
        for server, each, middle in zip(servers, loads, middles, strict=True)
    ]
    return _aligned([_HEADS, *rows])


def _rate_row(server: Server, loads: Sequence[Load], bare: float, usual: float) -> tuple[str, ...]:
    every = sorted(map(_rate, loads))
    threads = max(load.threads for load in loads)
    return (
        server.design.name,
        f"{median(every):,.0f}",
        f"({every[0]:,.0f} / {every[-1]:,.0f})",
        f"{bare:.2f}",
        f"{usual:.1f}",
        f"{_middle(loads, lambda load: load.server_cpu_s / load.answers * 1e6):.0f}",
        f"{_middle(loads, lambda load: load.server_cpu_s / load.seconds):.0%}",
        f"{_middle(loads, lambda load: load.core_lost_s / load.seconds):.0%}",
        f"{_middle(loads, lambda load: load.others_cpu_s / load.seconds):.0%}",
        f"{server.threads} -> {threads}",
        f"{sum(load.errors for load in loads)}",
    )


def _rate(load: Load) -> float:
    return load.answers / load.seconds


def _middle(loads: Sequence[Load], of: Callable[[Load], float]) -> float:
    return median(map(of, loads))


def latencies(servers: Sequence[Server], loads: Sequence[Sequence[Load]]) -> list[str]:
    """Milliseconds from when a request was due to its 202: median of the rounds, least and most."""
    rows = [
        (
            server.design.name,
            *chain.from_iterable(_of_rounds(each, part) for part in (0.5, 0.99)),
            f"{sum(len(load.latencies_s) for load in each):,}",
        )
        for server, each in zip(servers, loads, strict=True)
    ]
    heads = ("", "p50 ms", "(min / max)", "p99 ms", "(min / max)", "requests")
    return _aligned([heads, *rows])


def _of_rounds(loads: Sequence[Load], part: float) -> tuple[str, str]:
    every = sorted(_percentile_ms(load.latencies_s, part) for load in loads)
    return f"{median(every):.2f}", f"({every[0]:.2f} / {every[-1]:.2f})"


def _percentile_ms(latencies_s: Sequence[float], part: float) -> float:
    return sorted(latencies_s)[int(len(latencies_s) * part)] * 1000


def commands(server: Server, seen: Counter[str], number: int) -> str:
    """What a server sends to Redis for one delivery."""
    each = ", ".join(f"{count / number:g} {name}" for name, count in seen.most_common())
    return f"{server.design.name}: {each}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns: the first to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
