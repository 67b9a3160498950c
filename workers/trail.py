"""What finding a write of ours again goes by, after its answer was lost. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Trail:
    """Where to look for a write of ours whose answer was lost."""

    #: the body as it was sent
    body: Any
    #: nothing of ours can be older: when it was begun, less what clocks may differ
    since: datetime
    #: True when an object is on record as made by another write of ours
    is_taken: Callable[[str], bool]
    #: True when it is sent again, should it not be found this time
    is_last: bool


#: looks for a write's effect; the object found, or None when it certainly is not there
Finder = Callable[[Trail], dict[str, Any] | None]
