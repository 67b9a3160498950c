"""Telling systemd how it goes, where it has started us (`Type=notify`). Elsewhere nobody is told.

Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

READY = "READY=1"
STOPPING = "STOPPING=1"


def status(text: str) -> str:
    """What `systemctl status` shows."""
    return f"STATUS={' '.join(text.split())}"


def tell(environ: Mapping[str, str], *what: str) -> None:
    """Tell systemd something, if it asks for it."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, suppress(OSError):
        # It is being restarted, say: nothing of ours depends on it.
        channel.sendto("\n".join(what).encode(), address)
