"""Changes of a Workiva task that it does not take as it is: 409, tried again for a minute only.

A conflict with another request passes at once. One with the task itself, such as an approval that
nobody has asked for, stays until people do something, and later events of the same object wait
behind the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from webhooks.errors import RunFailed, TargetBusy
from workers.effects import Effects

_CONFLICT = 409
_PASSES_WITHIN_MS = 60_000


@contextmanager
def told_apart(item: str, effects: Effects) -> Iterator[None]:
    """Around one write. item: names it within its action.

    Raises RunFailed for a conflict that does not pass, and what comes otherwise as it is.
    """
    try:
        yield
    except TargetBusy as busy:
        if busy.status != _CONFLICT:
            raise
        first_ms = effects.decided(f"{item}.conflict", effects.now_ms)
        if effects.now_ms() - first_ms < _PASSES_WITHIN_MS:
            raise
        way_out = "change the task there or the rule, and replay the event"
        raise RunFailed(
            "conflict", f"Workiva does not take it as it is: {busy}; {way_out}"
        ) from busy
