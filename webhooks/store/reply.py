"""Reading Redis's replies: redis-py types them for every setting it has; ours are bytes."""

from __future__ import annotations

from typing import Any


def text(reply: Any) -> str:
    """A reply as text; an absent one as empty text."""
    return reply.decode() if isinstance(reply, bytes) else str(reply or "")


def raw(reply: Any) -> bytes:
    """A reply as it came; an absent one as no bytes."""
    return reply if isinstance(reply, bytes) else str(reply or "").encode()


def texts(reply: Any) -> dict[str, str]:
    """A hash as text."""
    return {text(name): text(value) for name, value in dict(reply).items()}
