"""The embedded Redis: the real server, on a unix socket that only this user can open.

For one machine. It has no TCP port, keeps an append-only file that is on disk before an
acknowledgement (appendfsync always), and never evicts.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from deploy.local.folder import lock

_NAMES = ("redis-server", "valkey-server")
_HELP = """hookwork found no Redis server on this machine. Any one of these will do:
  - set REDIS_URL to a Redis you have, like redis://localhost:6379/0
  - install one: 'apt install redis-server', 'brew install redis' or 'dnf install valkey'
  - on Linux on x86-64, 'make setup' brings one along"""


class NoServer(Exception):
    """No Redis server was found; the message says what to do."""


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

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start_again(self) -> None:
        """Start it on its data and socket, and wait until it answers."""
        self.process = _spawn(self)
        _wait_until_it_answers(self.process, self.socket)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it in order: it writes what it has to disk."""
        self.process.terminate()
        self.process.wait()
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
    held = lock(server.data)
    process = subprocess.Popen(  # noqa: S603  the binary found above, and arguments of our own
        [
            str(find_server()),
            *("--port", "0", "--unixsocket", str(server.socket), "--unixsocketperm", "700"),
            *("--appendonly", "yes", "--appendfsync", server.fsync, "--save", ""),
            *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
        ],
        cwd=server.data,
        stdout=subprocess.DEVNULL,
        pass_fds=[held.fileno()],
        # Ctrl-C goes to the whole group; this one ends last, when it is told to.
        start_new_session=True,
    )
    held.close()
    return process


def _wait_until_it_answers(process: subprocess.Popen[bytes], socket: Path) -> None:
    retry = Retry(ConstantBackoff(0.02), 500)  # 10 s; a large file takes a while to load
    client = redis.Redis(unix_socket_path=str(socket), retry=retry)
    try:
        client.ping()
    except (RedisConnectionError, OSError) as error:
        process.kill()
        raise NoServer(f"the embedded Redis did not start: {error}") from error
    finally:
        client.close()
