"""Deliveries as awork sends them, as the bytes of HTTP requests. No two are the same event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from itertools import count

from tests import samples
from webhooks.settings import Settings

#: tasks that the deliveries are about
ENTITIES = 512
_STAMP = "@STAMP@"
_TRACE = "@TRACE@"


def requests(settings: Settings, path: str) -> Iterator[bytes]:
    """POST requests without end, each for a new event of one of some hundred tasks."""
    run = uuid.uuid4().hex[:20]
    pieces = [_pieces(settings, path) for _ in range(ENTITIES)]
    for number in count():
        before, between, after = pieces[number % ENTITIES]
        minutes, us = divmod(number, 60_000_000)
        stamp = f"2026-11-20T{minutes // 60:02}:{minutes % 60:02}:{us // 10**6:02}.{us % 10**6:06}"
        yield b"".join(
            (before, stamp.encode(), b"0+00:00", between, f"{run}{number:012x}".encode(), after)
        )


def body_bytes() -> int:
    """Size of one body."""
    return sum(map(len, _body("0" * 36))) + len("2026-11-20T00:00:00.0000000+00:00") + 32


def _pieces(settings: Settings, path: str) -> tuple[bytes, bytes, bytes]:
    """A request, cut where the timestamp and the trace id go."""
    before, between, after = _body(str(uuid.uuid4()))
    head = (
        f"POST {path} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: bench\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"{settings.awork_webhook_header}: {settings.awork_webhook_secret.get_secret_value()}\r\n"
        f"Content-Length: {body_bytes()}\r\n"
        "\r\n"
    )
    return head.encode() + before, between, after


def _body(entity_id: str) -> tuple[bytes, bytes, bytes]:
    payload = samples.sample("task_status_changed")
    payload |= {"entityId": entity_id, "timestamp": _STAMP, "traceId": _TRACE}
    payload["entity"]["id"] = entity_id
    text = json.dumps(payload, separators=(",", ":"))
    before, _, rest = text.partition(_STAMP)
    between, _, after = rest.partition(_TRACE)
    return before.encode(), between.encode(), after.encode()
