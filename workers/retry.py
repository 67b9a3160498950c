"""Whether to try again, and when. Pure.

The arithmetic of the waiting is Celery's; what is retried and for how long is ours.

    never given up     a rule is held, the budget is spent, the target is away: these are no tries
    after a day        what passes: busy, no answer, unknown outcomes. A day in which the target
                       answered others: while it answers nobody, the fault is not the event's
    after a week       that, too
    at once            what the target refuses, and what is gone
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from celery.utils.time import get_exponential_backoff_interval

from webhooks.errors import (
    BudgetSpent,
    HookworkError,
    RunHeld,
    TargetAway,
    TargetBusy,
    TargetUnknown,
)

LONGEST_WAIT_S = 15 * 60
#: after a day of trying, a person has to look at it
GIVE_UP_AFTER_S = 24 * 3600
#: so long is waited for a target that answers nobody
LONGEST_S = 7 * 24 * 3600
#: an error nobody foresaw is more likely ours than passing
UNFORESEEN_TRIES = 5
#: seconds between two looks for an effect of ours: a read may not show a write at once
LOOK_APART_S = 5.0
#: target -> seconds for which it may be at a request that we have given up waiting for; awork's
#: pages do not say. Source: Workiva's developer documentation, "Limits"
STILL_AT_IT_S = {"workiva": 29.0}
#: seconds over which those who waited for a target come back, so that it is not all at one instant
SPREAD_S = 2.0


@dataclass(frozen=True)
class RetryIn:
    """Try again."""

    seconds: float


@dataclass(frozen=True)
class GiveUp:
    """Do not try again; a person looks at it."""

    #: slug for the failed list
    reason: str


def is_failure(error: Exception) -> bool:
    """False for a wait that nobody is at fault for: it is no try, it makes no later wait longer,
    and it is never given up."""
    return not isinstance(error, RunHeld | BudgetSpent | TargetAway)


def decide(
    error: Exception,
    *,
    attempt: int,
    tried_for_s: float,
    jitter: Callable[[float], float],
    answering_for_s: float = inf,
) -> RetryIn | GiveUp:
    """What to do after a try that did not succeed.

    attempt: tries before this one. tried_for_s: seconds since the first of them.
    jitter: picks a wait up to the given seconds; `random.uniform(0, s)` outside of tests.
    answering_for_s: seconds since the target answers again; 0 while it answers nobody, infinity
    when it was not away.
    """
    reason = error.reason if isinstance(error, HookworkError) else "internal-error"
    if isinstance(error, RunHeld):
        # Held by a person or by the rule's own limit: its events wait until it is resumed.
        return RetryIn(error.retry_in_s)
    if isinstance(error, BudgetSpent):
        # Those who wait have each their own place in line: no jitter.
        return RetryIn(error.retry_after_s or 0.0)
    if isinstance(error, TargetAway):
        return RetryIn((error.retry_after_s or 0.0) + jitter(SPREAD_S))
    seconds = _seconds(error, attempt, jitter)
    is_late = min(tried_for_s, answering_for_s) >= GIVE_UP_AFTER_S or tried_for_s >= LONGEST_S
    return GiveUp(reason) if seconds is None or is_late else RetryIn(seconds)


def _seconds(error: Exception, attempt: int, jitter: Callable[[float], float]) -> float | None:
    """Seconds until the next try; None when trying again cannot help."""
    match error:
        case TargetBusy(probe_in_s=float(probe_in_s)):
            # All who wait for it come back by one rhythm, and go on together.
            return max(probe_in_s, error.retry_after_s or 0.0) + jitter(SPREAD_S)
        case TargetBusy():
            return _wait(error.retry_after_s, attempt, jitter)
        case TargetUnknown(probe_in_s=float(probe_in_s)):
            return max(probe_in_s, LOOK_APART_S) + jitter(SPREAD_S)
        case TargetUnknown():
            return LOOK_APART_S + _wait(None, attempt, jitter)
        case HookworkError():
            return None
    return _wait(None, attempt, jitter) if attempt + 1 < UNFORESEEN_TRIES else None


def _wait(asked_s: float | None, attempt: int, jitter: Callable[[float], float]) -> float:
    """What the target asked for plus a little, so that not all come back at one instant; else
    full jitter over 1, 2, 4 ... seconds."""
    if asked_s is not None:
        return min(asked_s + jitter(1.0), float(GIVE_UP_AFTER_S))
    longest = get_exponential_backoff_interval(
        factor=1, retries=min(attempt, 16), maximum=LONGEST_WAIT_S
    )
    return jitter(float(longest))
