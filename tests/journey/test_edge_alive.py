"""`python -m webhooks.alive`, which containers ask for the health of their edge."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.journey.conftest import free_port
from tests.journey.stack import Stack
from tests.listener import Reply, listening
from webhooks import alive


def asked(**environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "webhooks.alive"]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_edge_that_serves_is_alive_and_who_asks_loads_next_to_nothing(idle: Stack) -> None:
    done = asked(PORT=str(idle.port))

    assert done.returncode == 0, done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not {"pydantic", "redis", "starlette", "http.client", "structlog"} & loaded
    assert "socket" in loaded


def test_one_that_is_not_there_is_not() -> None:
    port = free_port()

    done = asked(PORT=str(port))

    assert done.returncode == 1
    told = f"the edge on 127.0.0.1:{port} does not answer: [Errno 111] Connection refused\n"
    assert done.stderr.endswith(told)


def test_one_that_is_frozen_is_not(idle: Stack) -> None:
    (edge,) = idle.parts
    edge.process.send_signal(signal.SIGSTOP)

    told = alive.missing("127.0.0.1", idle.port, patience_s=0.2)

    edge.process.send_signal(signal.SIGCONT)
    assert told == f"the edge on 127.0.0.1:{idle.port} does not answer: timed out"


def test_somebody_else_on_its_port_is_no_edge() -> None:
    with listening() as somebody:
        somebody.replies.append(Reply(500))

        told = alive.missing("127.0.0.1", somebody.port)

    assert told.startswith(f"the edge on 127.0.0.1:{somebody.port} answers b'HTTP/1.1 50")


def test_it_is_asked_where_it_listens(idle: Stack) -> None:
    for host in ("", "0.0.0.0", "127.0.0.1", "localhost"):
        assert alive.main({"HOST": host, "PORT": str(idle.port)}) == ""
    # An edge that listens on IPv4 alone is not where this one is said to listen.
    assert f"the edge on ::1:{idle.port}" in alive.main({"HOST": "::", "PORT": str(idle.port)})
