"""The page about growth says what its own figures say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import arithmetic
from tests.bench.arithmetic import Inputs

PAGE = Path(__file__).parents[2] / "docs" / "growth.md"
EVEN = Inputs(
    edge_us=500,
    worker_quiet_us=1_000,
    worker_writing_us=1_000,
    redis_quiet_us=100,
    redis_writing_us=100,
    waiting_bytes=1,
    quiet_bytes=1_000,
    writing_bytes=1_000,
)


def test_the_page_is_what_its_figures_make_of_it() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert arithmetic.page(*arithmetic.read(text)) in text


@pytest.mark.parametrize(
    ("workspaces", "rate", "edges", "workers", "redis"),
    [
        (1, 1, 1, 1, 1),  # never fewer than one
        (100, 10, 3, 3, 3),  # 1,000 a second: 86 GB a day, in Redis's of 32
        (1, 100, 1, 1, 1),  # 100 a second: a fifth of a worker at half its speed
    ],
)
def test_what_is_needed_is_the_most_that_any_limit_asks_for(
    workspaces: int, rate: int, edges: int, workers: int, redis: int
) -> None:
    one = arithmetic.need(EVEN, workspaces, rate)

    assert (one.edges, one.workers, one.redis) == (edges, workers, redis)


def test_cpu_counts_where_there_is_memory_enough() -> None:
    busy = Inputs(5_000, 10_000, 10_000, 5_000, 5_000, 1, 1, 1)

    one = arithmetic.need(busy, 100, 10)

    assert (one.edges, one.workers, one.redis) == (10, 20, 10)


def test_a_plan_of_awork_that_is_too_small_is_named() -> None:
    rows = arithmetic.page(EVEN, "nowhere").splitlines()[-9:]

    assert [row.rpartition("| ")[0].count("|") for row in rows] == [6] * 9
    assert rows[-1].endswith("| 1,200, Enterprise |")
