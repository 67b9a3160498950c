"""What one process keeps of its reads, and what an event outdates."""

from __future__ import annotations

import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests import samples
from tests.unit.workers.answering import Asked
from webhooks.errors import BudgetSpent, TargetBusy
from workers.targets.cache import HERE_S, Cache, Known
from workers.targets.directory import outdated

ME = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"


@pytest.mark.parametrize(
    ("keep_s", "after_s", "found"),
    [
        (300, HERE_S - 1, 1),
        (300, HERE_S, 2),  # other processes may keep it for longer, this one does not
        (3, 2, 1),
        (3, 3, 2),
    ],
)
def test_a_process_keeps_a_read_for_some_seconds(keep_s: float, after_s: float, found: int) -> None:
    now = 0.0
    cache, ask = Cache(clock=lambda: now), Asked()
    cache.read("a", ask, keep_s=keep_s)

    now = after_s

    assert cache.read("a", ask, keep_s=keep_s) == found


def test_what_many_threads_want_at_once_is_read_once() -> None:
    started = Barrier(8)
    cache, ask = Cache(), Asked()

    def read(_: int) -> Any:
        started.wait()
        return cache.read("a", ask, keep_s=300)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(read, range(8)))

    assert (found, ask.times) == ([1] * 8, 1)


def joined(cache: Cache, outcome: Known | Exception) -> None:
    """A thread reads `a` at this moment, and this will come of it."""
    flight: Future[Known] = Future()
    cache._flights["a"] = flight
    if isinstance(outcome, Known):
        flight.set_result(outcome)
    else:
        flight.set_exception(outcome)


def test_the_error_of_a_read_goes_to_all_who_wait_for_it() -> None:
    cache, ask = Cache(), Asked()
    joined(cache, TargetBusy("away"))

    with pytest.raises(TargetBusy, match="away"):
        cache.read("a", ask, keep_s=300)

    assert ask.times == 0


def test_who_waits_for_a_read_that_got_no_budget_asks_for_itself() -> None:
    """It may be more urgent, and it needs a place in line of its own."""
    cache, ask = Cache(), Asked()
    joined(cache, BudgetSpent("later", retry_after_s=200))

    assert cache.read("a", ask, keep_s=300) == 1


@pytest.mark.parametrize(
    ("at_us", "after_us", "found"),
    [
        (5, 5, "shared"),
        (5, 6, 1),  # answered too early for it
        (None, 1, 1),  # nobody knows when it was answered
    ],
)
def test_a_read_under_way_serves_those_it_is_late_enough_for(
    at_us: int | None, after_us: int, found: object
) -> None:
    cache, ask = Cache(), Asked()
    joined(cache, Known("shared", at_us))

    assert cache.since("a", after_us, ask, keep_s=60) == found


def test_a_read_that_failed_is_not_kept() -> None:
    cache, ask = Cache(), Asked()

    def fail() -> Known:
        raise TargetBusy("away")

    with pytest.raises(TargetBusy):
        cache.read("a", fail, keep_s=300)

    assert cache.read("a", ask, keep_s=300) == 1


@pytest.mark.parametrize(
    ("at_us", "happened_us", "found"),
    [
        (5, 6, 2),
        (5, 5, 1),  # answered after it, as far as awork's clock tells
        (None, 1, 2),
    ],
)
def test_an_event_outdates_what_was_answered_before_it(
    at_us: int | None, happened_us: int, found: int
) -> None:
    cache, ask = Cache(), Asked(at_us)
    cache.read("a", ask, keep_s=300)

    cache.outdate(["a", "b"], happened_us)

    assert cache.read("a", ask, keep_s=300) == found


def test_what_is_dropped_while_it_is_read_is_not_kept() -> None:
    cache = Cache()
    ask = Asked(meanwhile=lambda: cache.drop(["a"]))

    found = [cache.read("a", ask, keep_s=300) for _ in range(2)]

    assert found == [1, 2]


def test_without_redis_nothing_is_kept_that_must_be_forgotten_by_all() -> None:
    cache, ask = Cache(), Asked(at_us=9)

    found = [cache.since("a", 1, ask, keep_s=60) for _ in range(2)]

    assert found == [1, 2]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("user_updated", {"/me", "/users", "/users/ID", "/users/ID/capacity"}),
        ("user_status_changed", {"/me", "/users", "/users/ID", "/users/ID/capacity"}),
        ("absence_added", {"/workspaceabsences", f"/absences&filterby=userId eq guid'{ME}'"}),
        (
            "project_status_changed",
            {"/projects", "/projects/ID/taskstatuses", "/projects/ID/tasklists"},
        ),
        ("project_comment_added", set()),
        ("projectmember_added", set()),
        ("task_updated", set()),
        ("timetracking_updated", set()),
    ],
)
def test_each_kind_of_event_outdates_what_it_concerns(kind: str, names: set[str]) -> None:
    payload = {"entity": {"userId": ME}}

    assert set(outdated(kind, "ID", payload)) == names


def test_a_list_of_tasks_outdates_the_lists_of_its_project() -> None:
    payload = samples.sample("tasklist_added")
    project = payload["entity"]["projectId"]

    names = outdated("tasklist_added", payload["entityId"], payload)

    assert names == (f"/projects/{project}/tasklists",)


@pytest.mark.parametrize("entity", [None, [], "text", 7])
def test_an_event_without_an_entity_outdates_what_its_id_tells(entity: object) -> None:
    assert "/users/ID" in outdated("user_deleted", "ID", {"entity": entity})


def test_what_is_over_is_not_kept_in_memory() -> None:
    class Big:
        """Something whose end can be seen."""

    now = 0.0
    cache = Cache(clock=lambda: now)
    seen = weakref.ref(cache.read("a", lambda: Known(Big(), None), keep_s=300))

    now = HERE_S
    cache.read("b", Asked(), keep_s=300)

    assert seen() is None
