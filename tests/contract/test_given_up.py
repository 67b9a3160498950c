"""A request that was given up on, over a real connection: nothing of it arrives later."""

from __future__ import annotations

import socket

import httpx
import pytest

from webhooks.errors import TargetUnknown
from workers.targets.http import Request, client, exchange


def test_what_a_given_up_write_has_not_delivered_is_never_delivered() -> None:
    """Left to the kernel, it arrives when the line is back, after others have made the write."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with client(url, {}, connections=1) as http:
            http.timeout = httpx.Timeout(0.2)
            with pytest.raises(TargetUnknown):
                exchange(http, Request("POST", "/timeentries", {"duration": 900}))
        taken, _ = server.accept()

        with taken:
            # An ordinary end would follow once all had been delivered.
            assert _is_cut_off(taken)


def _is_cut_off(connection: socket.socket) -> bool:
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        return True
    return False
