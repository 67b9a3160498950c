"""A Redis, its replica and the three sentinels that watch them, as real processes on loopback."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from deploy.local.redis_server import find_server
from tests.journey.stack import until

NAME = "pair"
#: a Redis that is silent for so long is down for the sentinels
DOWN_AFTER_MS = 1000
#: bytes; what the system keeps of a connection on either side is less
_MORE_THAN_IS_ON_ITS_WAY = 32 * 2**20


@dataclass
class Server:
    """One process: a Redis, or a sentinel."""

    port: int
    folder: Path
    #: of redis-server
    arguments: list[str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it, or start it again on what it has on disk; it answers when this returns."""
        log = self.folder / f"{self.port}.log"
        self.process = subprocess.Popen(
            [str(find_server()), *self.arguments, "--logfile", str(log)], cwd=self.folder
        )
        with self.client() as one:
            until(lambda: _answers(one), f"see {log}")

    def client(self) -> redis.Redis:
        """A client of this one, whatever it is."""
        return redis.Redis(
            "127.0.0.1", self.port, socket_timeout=5, retry=Retry(ConstantBackoff(0.05), 2)
        )

    def freeze(self) -> None:
        """It does nothing, and keeps its connections."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()


@dataclass
class Pair:
    """A Redis and one that began as its replica."""

    servers: list[Server]

    def other(self, than: Server) -> Server:
        """The one beside this one."""
        return next(one for one in self.servers if one is not than)

    def cut_off(self, primary: Server) -> None:
        """From now on the replica takes nothing, until it is thawed; nor will it have anything
        then of what comes meanwhile: what is on its way to it is full of something else."""
        self.other(primary).freeze()
        with primary.client() as one:
            one.set("in-the-way", b"x" * _MORE_THAN_IS_ON_ITS_WAY)


@dataclass
class Watched(Pair):
    """The pair, and who watches it."""

    sentinels: list[Server]

    @property
    def url(self) -> str:
        """REDIS_URL."""
        return url_of(*self.sentinels)

    def primary(self) -> Server:
        """Which of the two the sentinels name now."""
        with self.sentinels[0].client() as asked:
            _, port = asked.execute_command("SENTINEL", "get-master-addr-by-name", NAME)
        return next(one for one in self.servers if one.port == int(port))

    def until_in_step(self) -> None:
        """Wait until there is a primary with a replica, and all sentinels know of it."""

        def in_step() -> bool:
            knows_all = all(_knows(one) for one in self.sentinels)
            return has_replica(self.primary()) and knows_all

        until(in_step, f"a replica in step: see {self.servers[0].folder}")

    def comes_back(self, server: Server) -> None:
        """Start one again as whoever looks after it does: as a replica of today's primary."""
        server.arguments += ["--replicaof", "127.0.0.1", str(self.primary().port)]
        server.start()

    def until_failed_over(self, from_: Server) -> Server:
        """Wait until the other one is the primary, and says so; returns it."""
        after = self.other(from_)

        def is_primary() -> bool:
            with after.client() as one:
                return self.primary() is after and one.info("replication")["role"] == "master"

        until(is_primary, f"a failover: see {after.folder}")
        return after


@contextmanager
def paired(folder: Path, *options: str) -> Iterator[Pair]:
    """Two, the second a replica of the first. options: more arguments of each redis-server, such
    as --min-replicas-to-write 1."""
    ports = free_ports(2)
    first, second = (server(folder, port, *options) for port in ports)
    second.arguments += ["--replicaof", "127.0.0.1", str(first.port)]
    with ExitStack() as stack:
        for one in (first, second):
            stack.enter_context(running(one))
        until(lambda: has_replica(first), f"a replica: see {folder}")
        yield Pair([first, second])


@contextmanager
def watched(folder: Path, *options: str) -> Iterator[Watched]:
    """The same, with three sentinels."""
    with paired(folder, *options) as pair, ExitStack() as stack:
        ports = [one.port for one in pair.servers]
        sentinels = [stack.enter_context(running(one)) for one in _sentinels(folder, ports)]
        all_five = Watched(pair.servers, sentinels)
        all_five.until_in_step()
        yield all_five


def url_of(*sentinels: Server, login: str = "") -> str:
    """REDIS_URL for these. login: what stands before the hosts."""
    hosts = ",".join(f"127.0.0.1:{one.port}" for one in sentinels)
    return f"redis+sentinel://{login}{hosts}/0?master={NAME}"


@contextmanager
def running(one: Server) -> Iterator[Server]:
    """Start one, and end it, whatever became of it."""
    try:
        one.start()
        yield one
    finally:
        if one.process.poll() is None:
            one.kill()


def has_replica(one: Server) -> bool:
    """Whether a replica takes what it takes."""
    with one.client() as client:
        info = client.info("replication")
    state = info["slave0"]["state"] if info["connected_slaves"] else ""
    return bool(info["role"] == "master" and state == "online")


def server(folder: Path, port: int, *options: str) -> Server:
    """A Redis as it should be set, with data of its own."""
    own = folder / str(port)
    own.mkdir(parents=True)
    arguments = [
        *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(own), "--save", ""),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"),
        *("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", *options),
    ]
    return Server(port, folder, arguments)


def sentinel(folder: Path, port: int, *lines: str) -> Server:
    """A sentinel. lines: of its configuration, which it rewrites."""
    conf = folder / f"{port}.conf"
    own = (f"port {port}", "bind 127.0.0.1", f"dir {folder}")
    conf.write_text("\n".join([*own, *lines, ""]), encoding="utf-8")
    return Server(port, folder, [str(conf), "--sentinel"])


def _sentinels(folder: Path, ports: list[int]) -> Iterator[Server]:
    """They learn of each other every other second; so they are told."""
    first, second = ports
    ids = {port: secrets.token_hex(20) for port in free_ports(3)}
    for port, own in ids.items():
        known = [
            f"sentinel known-sentinel {NAME} 127.0.0.1 {other} {ident}"
            for other, ident in ids.items()
            if other != port
        ]
        yield sentinel(
            folder,
            port,
            f"sentinel myid {own}",
            f"sentinel monitor {NAME} 127.0.0.1 {first} 2",
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {NAME} 5000",
            f"sentinel known-replica {NAME} 127.0.0.1 {second}",
            *known,
        )


def _knows(sentinel: Server) -> bool:
    with sentinel.client() as one:
        state = one.sentinel_master(NAME)
    return bool(state["num-other-sentinels"] == 2 and state["num-slaves"] == 1)


def _answers(one: redis.Redis) -> bool:
    try:
        return bool(one.ping())
    except redis.AuthenticationError:
        return True
    except (redis.RedisError, OSError):
        return False


def free_ports(number: int) -> list[int]:
    """Ports nobody listens on."""
    with ExitStack() as stack:
        listening = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [int(one.getsockname()[1]) for one in listening]
