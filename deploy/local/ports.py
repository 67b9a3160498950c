"""Ports of this machine that nobody listens on."""

from __future__ import annotations

import socket

_TRIED = 50


def is_free(port: int) -> bool:
    """True when nobody listens there; False too for what is no port."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except (OSError, OverflowError):
        return False


def free() -> int:
    """Any that is free."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def free_from(wanted: int) -> int:
    """The next one that is free; any, where there is none nearby."""
    nearby = range(wanted, wanted + _TRIED)
    return next((port for port in nearby if is_free(port)), None) or free()
