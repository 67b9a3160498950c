"""What a process has said, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec


@dataclass(frozen=True)
class Line:
    """One thing it said."""

    event: str
    #: seconds since 1970
    at: float
    #: of an event that was settled
    outcome: str


def read(log: Path) -> Iterator[Line]:
    """What is complete of a log that is still written; what is no JSON is passed over."""
    for raw in log.read_bytes().splitlines(keepends=True):
        if raw.startswith(b"{") and raw.endswith(b"}\n"):
            told = msgspec.json.decode(raw)
            at = datetime.fromisoformat(told["timestamp"]).timestamp()
            yield Line(told["event"], at, told.get("outcome", ""))
