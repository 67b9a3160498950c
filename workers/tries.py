"""What to do after a try of an event that did not succeed, given the tries before it."""

from __future__ import annotations

from math import inf

from webhooks.errors import TargetFailed
from webhooks.store.inbox import Claim
from webhooks.store.journal import Attempt
from workers.deps import Means
from workers.retry import GIVE_UP_AFTER_S, GiveUp, RetryIn, decide


def judged(
    error: Exception, claim: Claim, attempts: tuple[Attempt, ...], means: Means
) -> RetryIn | GiveUp:
    """Whether to try again, and when. attempts: those before this one, the first of all first."""
    now_ms = means.now_ms()
    first_ms = attempts[0].at_ms if attempts else now_ms
    tried_for_s = (now_ms - first_ms) / 1000
    answering_for_s = inf
    if tried_for_s >= GIVE_UP_AFTER_S and isinstance(error, TargetFailed):
        # Only now does it matter whether the target was there all the while.
        answering_for_s = means.answering_for_s(error.target)
    return decide(
        error,
        attempt=claim.attempt,
        tried_for_s=tried_for_s,
        jitter=means.jitter,
        answering_for_s=answering_for_s,
    )
