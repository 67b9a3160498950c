"""awork's sample events, as they are and made new."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "deploy" / "sandbox" / "samples" / "events.json"


@cache
def _file() -> str:
    return FILE.read_text(encoding="utf-8")


def every() -> list[dict[str, Any]]:
    """All samples: event, variant, payload and what is known of them."""
    read: list[dict[str, Any]] = json.loads(_file())["samples"]
    return read


def sample(event: str, variant: str | None = None) -> dict[str, Any]:
    """The payload of one sample."""
    return next(
        one["payload"]
        for one in every()
        if one["event"] == event and variant in (None, one["variant"])
    )


def fresh(event: str, variant: str | None = None, **entity: Any) -> dict[str, Any]:
    """A sample as a new event: other timestamp and trace id, and the given fields of its entity."""
    payload = sample(event, variant)
    payload["entity"] |= entity
    payload["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")
    payload["traceId"] = uuid.uuid4().hex
    return payload


def raw(payload: Any) -> bytes:
    """As sent."""
    return json.dumps(payload).encode()
