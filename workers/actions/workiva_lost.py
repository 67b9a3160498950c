"""Looking for a write to Workiva whose answer was lost, where Workiva does not let us look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from webhooks.errors import TargetRefused, TargetUnknown
from workers.targets.workiva import NAME as WORKIVA


@contextmanager
def looking(what: str) -> Iterator[None]:
    """Around the look. what: was sent, such as `POST /tasks`.

    Raises TargetUnknown when the look is refused: it may have been made, so nobody makes it again
    before it can be looked for.
    """
    try:
        yield
    except TargetRefused as refused:
        unknown = TargetUnknown(
            f"no answer came to {what}, and whether it was done cannot be looked for: {refused}",
            code=refused.code,
            trace_id=refused.trace_id,
            status=refused.status,
        )
        unknown.target = WORKIVA
        raise unknown from refused
