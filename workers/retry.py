"""Whether to try again, and when. Pure.

The arithmetic of the waiting is Celery's; what is retried and for how long is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from celery.utils.time import get_exponential_backoff_interval

from webhooks.errors import BudgetSpent, HookworkError, RunHeld, TargetBusy, TargetUnknown

LONGEST_WAIT_S = 15 * 60
#: after a day of trying, a person has to look at it
GIVE_UP_AFTER_S = 24 * 3600
#: an error nobody foresaw is more likely ours than passing
UNFORESEEN_TRIES = 5
#: seconds between two looks for an effect of ours: a read may not show a write at once
LOOK_APART_S = 5.0


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
    return not isinstance(error, RunHeld | BudgetSpent)


def decide(
    error: Exception,
    *,
    attempt: int,
    tried_for_s: float,
    jitter: Callable[[float], float],
) -> RetryIn | GiveUp:
    """What to do after a try that did not succeed.

    attempt: tries before this one. tried_for_s: seconds since the first of them.
    jitter: picks a wait up to the given seconds; `random.uniform(0, s)` outside of tests.
    """
    reason = error.reason if isinstance(error, HookworkError) else "internal-error"
    if isinstance(error, RunHeld):
        # Held by a person or by the rule's own limit: its events wait until it is resumed.
        return RetryIn(error.retry_in_s)
    if isinstance(error, BudgetSpent):
        # Those who wait have each their own place in line: no jitter.
        return RetryIn(error.retry_after_s or 0.0)
    seconds = _seconds(error, attempt, jitter)
    if seconds is None or tried_for_s >= GIVE_UP_AFTER_S:
        return GiveUp(reason)
    return RetryIn(seconds)


def _seconds(error: Exception, attempt: int, jitter: Callable[[float], float]) -> float | None:
    """Seconds until the next try; None when trying again cannot help."""
    match error:
        case TargetBusy():
            return _wait(error.retry_after_s, attempt, jitter)
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
