"""What is tried again, when, and for how long."""

from __future__ import annotations

from math import inf

import pytest

from webhooks.errors import (
    BudgetSpent,
    LeaseLost,
    RunFailed,
    RunHeld,
    StorageUnavailable,
    TargetAway,
    TargetBusy,
    TargetFailed,
    TargetGone,
    TargetRefused,
    TargetUnknown,
)
from workers.retry import GIVE_UP_AFTER_S, LONGEST_WAIT_S, GiveUp, RetryIn, decide, is_failure

DAY_S = 24 * 3600


def longest(seconds: float) -> float:
    return seconds


def shortest(_seconds: float) -> float:
    return 0.0


def decided(
    error: Exception,
    *,
    attempt: int = 0,
    tried_for_s: float = 0.0,
    late: bool = True,
    answering_for_s: float = inf,
) -> RetryIn | GiveUp:
    return decide(
        error,
        attempt=attempt,
        tried_for_s=tried_for_s,
        jitter=longest if late else shortest,
        answering_for_s=answering_for_s,
    )


def during_an_outage(error: TargetFailed, probe_in_s: float) -> TargetFailed:
    error.probe_in_s = probe_in_s
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TargetBusy("x"), RetryIn(1)),
        (TargetBusy("x", retry_after_s=30.0), RetryIn(31)),  # 30 asked + up to 1
        (TargetBusy("x", retry_after_s=0.0), RetryIn(1)),  # 0 asked + up to 1
        (TargetUnknown("x"), RetryIn(6)),  # 5 between two looks + up to 1
        (RunHeld("rule-paused", "x", 60.0), RetryIn(60)),
        (BudgetSpent("x", retry_after_s=30.0), RetryIn(30)),  # its own place in line: no jitter
        (TargetAway("x", retry_after_s=30.0), RetryIn(32)),  # until the probe + up to 2
        (during_an_outage(TargetBusy("x"), 16.0), RetryIn(18)),  # with the others
        (during_an_outage(TargetBusy("x", retry_after_s=30.0), 16.0), RetryIn(32)),
        (during_an_outage(TargetUnknown("x"), 16.0), RetryIn(18)),
        (during_an_outage(TargetUnknown("x"), 1.0), RetryIn(7)),  # 5 between two looks + up to 2
        (RuntimeError("x"), RetryIn(1)),
        (TargetRefused("x"), GiveUp("target-refused")),
        (TargetGone("x"), GiveUp("gone")),
        (RunFailed("unknown-name", "x"), GiveUp("unknown-name")),
        (LeaseLost("x"), GiveUp("lease-lost")),
        (StorageUnavailable("x"), GiveUp("storage-unavailable")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_is_tried_again_or_given_up(
    error: Exception, expected: RetryIn | GiveUp
) -> None:
    assert decided(error) == expected


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [
        (0, 1),  # 2^0
        (1, 2),
        (5, 32),  # 2^5
        (9, 512),  # 2^9
        (10, 900),  # 2^10 = 1024, more than 15 minutes
        (16, 900),
        (10_000, 900),  # no number grows out of hand
    ],
)
def test_waits_double_up_to_a_quarter_of_an_hour(attempt: int, seconds: float) -> None:
    assert decided(TargetBusy("x"), attempt=attempt) == RetryIn(seconds)
    assert decided(TargetUnknown("x"), attempt=attempt) == RetryIn(seconds + 5)


@pytest.mark.parametrize("attempt", [0, 3, 12])
def test_jitter_picks_anything_from_nothing_to_the_whole_wait(attempt: int) -> None:
    asked: list[float] = []

    def jitter(longest_s: float) -> float:
        asked.append(longest_s)
        return 0.25 * longest_s

    wait = decide(TargetBusy("x"), attempt=attempt, tried_for_s=0, jitter=jitter)

    assert asked == [min(2**attempt, LONGEST_WAIT_S)]
    assert wait == RetryIn(0.25 * asked[0])
    assert decided(TargetBusy("x"), attempt=attempt, late=False) == RetryIn(0)


@pytest.mark.parametrize(("asked_s", "least_s", "most_s"), [(7.0, 7, 8), (3600.0, 3600, 3601)])
def test_what_the_target_asked_for_is_never_shortened(
    asked_s: float, least_s: float, most_s: float
) -> None:
    error = TargetBusy("x", retry_after_s=asked_s)

    assert decided(error, attempt=9, late=False) == RetryIn(least_s)
    assert decided(error, attempt=9, late=True) == RetryIn(most_s)


@pytest.mark.parametrize("asked_s", [DAY_S + 1.0, 1e12, float("inf")])
def test_nobody_can_ask_for_more_than_a_day(asked_s: float) -> None:
    assert decided(TargetBusy("x", retry_after_s=asked_s)) == RetryIn(DAY_S)


def test_two_looks_are_apart_whatever_the_jitter() -> None:
    assert decided(TargetUnknown("x"), late=False) == RetryIn(5)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TargetBusy("x"), "target-busy"),
        (TargetBusy("x", retry_after_s=1.0), "target-busy"),
        (TargetUnknown("x"), "outcome-unknown"),
        (RuntimeError("x"), "internal-error"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_after_a_day_a_person_looks_at_it(error: Exception, reason: str) -> None:
    assert isinstance(decided(error, tried_for_s=GIVE_UP_AFTER_S - 1), RetryIn)
    assert decided(error, tried_for_s=GIVE_UP_AFTER_S) == GiveUp(reason)


@pytest.mark.parametrize(
    ("tried_days", "answering_days", "gives_up"),
    [
        (0.99, inf, False),
        (1, inf, True),  # it was there all the while
        (1, 0, False),  # it answers nobody: not the event's fault
        (6.99, 0, False),
        (7, 0, True),  # nobody waits for ever
        (3, 0.5, False),  # back for half a day, in which it was tried
        (3, 0.99, False),
        (3, 1, True),
        (7, 0.5, True),
        (0.5, 2, False),  # it came back before the first try
    ],
)
@pytest.mark.parametrize("error", [TargetBusy("x"), TargetUnknown("x")])
def test_a_day_is_one_in_which_the_target_answered_others(
    error: Exception, tried_days: float, answering_days: float, gives_up: bool
) -> None:
    decision = decided(
        error, tried_for_s=tried_days * DAY_S, answering_for_s=answering_days * DAY_S
    )

    assert isinstance(decision, GiveUp) is gives_up


@pytest.mark.parametrize(
    "wait",
    [
        RunHeld("rule-paused", "x", 60.0),
        BudgetSpent("x", retry_after_s=60.0),
        TargetAway("x", retry_after_s=60.0),
    ],
)
def test_what_nobody_is_at_fault_for_is_waited_for_without_end(wait: Exception) -> None:
    """A paused rule's events go on when it is resumed; others when the budget has come back, or
    the target."""
    decision = decided(wait, attempt=100, tried_for_s=30 * DAY_S, late=False, answering_for_s=0)

    assert (decision, is_failure(wait)) == (RetryIn(60), False)


@pytest.mark.parametrize("error", [TargetBusy("x"), TargetUnknown("x"), KeyError("x")])
def test_all_other_errors_count_as_tries(error: Exception) -> None:
    assert is_failure(error)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (0, RetryIn(1)),
        (3, RetryIn(8)),
        (4, GiveUp("internal-error")),  # the fifth try
        (9, GiveUp("internal-error")),
    ],
)
def test_an_error_nobody_foresaw_has_five_tries(attempt: int, expected: RetryIn | GiveUp) -> None:
    assert decided(KeyError("x"), attempt=attempt) == expected
