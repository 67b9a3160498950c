"""The embedded Redis: the real server, on a unix socket that only this user can open.

For one machine. It has no TCP port, keeps an append-only file that is on disk before an
acknowledgement (appendfsync always), and never evicts.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from deploy.local.folder import lock, sign
from deploy.local.processes import last_lines
from webhooks.store.client import Client

_NAMES = ("redis-server", "valkey-server")
_HELP = """hookwork found no Redis server on this machine. Any one of these will do:
  - set REDIS_URL to a Redis you have, like redis://localhost:6379/0
  - install one: 'apt install redis-server', 'brew install redis' or 'dnf install valkey'
  - on Linux on x86-64, 'make setup' brings one along"""
#: seconds until it has to say something, be it that it still loads; and to end
_PATIENCE_S = 10.0
#: Redis from here on keeps its append-only file in a folder of its own
_FOLDER = "appendonlydir"
_SINCE = 7
_LOADING = "it loads its data"


class NoServer(Exception):
    """No Redis server was found, or it does not start; the message says what to do."""


@dataclass
class RedisServer:
    """A server of ours."""

    socket: Path
    data: Path
    #: Redis's appendfsync
    fsync: str
    #: whether the data outlive it
    keep: bool
    process: subprocess.Popen[bytes] = field(init=False)
    name: str = "Redis"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        """What it says; begun anew with each start."""
        return self.data / "redis.log"

    def start(self) -> None:
        """Start it on its data and socket. Raises OSError, NoServer or Taken."""
        _refuse_newer_data(self.data)
        self.process = _spawn(self)

    def start_again(self) -> None:
        """Start it on its data and socket, and wait until it answers."""
        self.start()
        _wait_until_it_answers(self)

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self.process.poll()

    def last_words(self) -> str:
        """The end of its log."""
        return last_lines(self.log, 5)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it in order: it writes what it has to disk. One that does not end, because it is
        frozen, say, is killed: what it has acknowledged is on disk."""
        self.process.terminate()
        try:
            self.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
        shutil.rmtree(self.socket.parent, ignore_errors=True)
        if not self.keep:
            shutil.rmtree(self.data, ignore_errors=True)


def find_server() -> Path:
    """The server binary: on PATH, beside this Python, or where `make setup` puts it.

    Raises NoServer.
    """
    beside = (Path(sys.prefix) / "bin", Path(sys.prefix) / "redis" / "bin")
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, beside)])
    for name in _NAMES:
        if found := shutil.which(name, path=path):
            return Path(found)
    raise NoServer(_HELP)


def start(
    data: Path, *, socket: Path | None = None, fsync: str = "always", keep: bool = True
) -> RedisServer:
    """Start a server that has its data in a folder, and wait until it answers.

    socket: where to listen; by default in a fresh folder with a short path, because the path of
    a unix socket may not be longer than about 100 characters.
    fsync: Redis's appendfsync. keep: False to begin with nothing and to leave nothing.
    Raises NoServer, or Taken when another server uses the data.
    """
    find_server()
    if not keep:
        shutil.rmtree(data, ignore_errors=True)
    socket = socket or Path(tempfile.mkdtemp(prefix="hookwork-")) / "redis.sock"
    server = RedisServer(socket, data, fsync, keep)
    server.start_again()
    return server


def _spawn(server: RedisServer) -> subprocess.Popen[bytes]:
    # One server only writes to a folder: two would spoil each other's file. The lock lives as
    # long as the server, also when whoever started it was killed.
    with lock(server.data) as held, server.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  the binary found above, and arguments of our own
            [
                str(find_server()),
                *("--port", "0", "--unixsocket", str(server.socket), "--unixsocketperm", "700"),
                *("--appendonly", "yes", "--appendfsync", server.fsync, "--save", ""),
                *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
            ],
            cwd=server.data,
            stdout=log,
            pass_fds=[held.fileno()],
            # Ctrl-C goes to the whole group; this one ends last, when it is told to.
            start_new_session=True,
        )
        sign(held, process.pid)
    return process


def _refuse_newer_data(data: Path) -> None:
    """An older Redis does not see what a newer one has kept, and would begin with nothing.

    Raises NoServer.
    """
    if not (data / _FOLDER).exists():
        return
    server = find_server()
    told = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"v=(\d+)\.", told.stdout)
    if found and int(found[1]) < _SINCE:
        raise NoServer(
            f"{data.resolve()} was written by Redis {_SINCE} or newer, and {server} is Redis "
            f"{found[1]}, which would begin with nothing; put the newer redis-server on PATH"
        )


def _wait_until_it_answers(server: RedisServer) -> None:
    """Wait as long as it takes to load its data, which for a large file are minutes."""
    client = Client(unix_socket_path=str(server.socket), retry=Retry(NoBackoff(), 0))
    deadline = time.monotonic() + _PATIENCE_S
    with closing(client):
        while why := _why_silent(client):
            if server.ended() is not None or time.monotonic() > deadline:
                server.process.kill()
                told = server.last_words() or why
                raise NoServer(f"the embedded Redis did not start: {told}")
            if why == _LOADING:
                deadline = time.monotonic() + _PATIENCE_S
            time.sleep(0.02)


def _why_silent(client: Client) -> str:
    """Empty when it answers."""
    try:
        client.ping()
    except BusyLoadingError:
        return _LOADING
    except (RedisConnectionError, OSError) as error:
        return str(error)
    return ""
