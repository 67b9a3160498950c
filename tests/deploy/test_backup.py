"""A copy that is taken under load holds all that was acknowledged before it, whole and once."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local import backup, redis_server
from deploy.local.backup import NoBackup
from deploy.local.redis_server import NoServer, RedisServer
from tests import stored

#: a step of several writes, as ours are
STEP = """
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('SET', KEYS[1] .. ':last', ARGV[1])
redis.call('SET', KEYS[1] .. ':' .. ARGV[1] % 500, string.rep('x', 300))
"""
LINES = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    running = redis_server.start(tmp_path / "redis")
    yield running
    running.stop()


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    with closing(redis.Redis.from_url(server.url)) as client:
        yield client


class Load:
    """Steps that are acknowledged, in several lines at once."""

    def __init__(self, server: RedisServer) -> None:
        #: how many of each line
        self.acknowledged = [0] * LINES
        self._url = server.url
        self._over = threading.Event()
        self._reached = threading.Condition()

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._write, args=(n,)) for n in range(LINES)]
        for thread in threads:
            thread.start()
        yield
        self._over.set()
        for thread in threads:
            thread.join()

    def wait_for(self, more: int) -> list[int]:
        """Until so many more were acknowledged. Returns how many are."""
        least = sum(self.acknowledged) + more
        with self._reached:
            self._reached.wait_for(lambda: sum(self.acknowledged) >= least)
        return list(self.acknowledged)

    def _write(self, line: int) -> None:
        with closing(redis.Redis.from_url(self._url)) as client:
            while not self._over.is_set():
                number = self.acknowledged[line] + 1
                client.eval(STEP, 1, f"line{line}", number)
                with self._reached:
                    self.acknowledged[line] = number
                    self._reached.notify_all()


def appended_to(server: RedisServer) -> Path:
    """The file that Redis appends to."""
    return [file for file in backup._files(server.data) if file.suffix == ".aof"][-1]


def found_in(copy: Path) -> list[int]:
    """How many steps of each line are in a copy; each whole, once and in order."""
    restored = redis_server.start(copy)
    with closing(redis.Redis.from_url(restored.url)) as client:
        lines = [[int(n) for n in client.lrange(f"line{n}", 0, -1)] for n in range(LINES)]
        last = [int(client.get(f"line{n}:last") or 0) for n in range(LINES)]
    restored.stop()
    for line, end in zip(lines, last, strict=True):
        assert line == list(range(1, len(line) + 1))
        assert end == len(line)
    return [len(line) for line in lines]


def test_all_that_was_acknowledged_before_is_in_the_copy_and_nothing_twice(
    server: RedisServer, client: redis.Redis, tmp_path: Path
) -> None:
    # It begins its file anew all the time, as it does now and then.
    client.config_set("auto-aof-rewrite-min-size", "64kb")
    client.config_set("auto-aof-rewrite-percentage", "1")
    load = Load(server)

    with load.running():
        for turn in range(3):
            before = load.wait_for(500)
            backup.take(server.data, tmp_path / f"copy{turn}")

            found = found_in(tmp_path / f"copy{turn}")
            assert all(has >= had for has, had in zip(found, before, strict=True))


def test_wherever_a_copy_ends_each_step_is_in_it_whole_or_not_at_all(
    server: RedisServer, client: redis.Redis, tmp_path: Path
) -> None:
    for number in range(1, 4):
        client.eval(STEP, 1, "line0", number)
    server.stop()
    file = appended_to(server)
    whole = file.read_bytes()
    begin = whole.rindex(b"MULTI")

    for end in range(begin, len(whole), 41):
        copy = shutil.copytree(server.data, tmp_path / "cut" / str(end))
        (copy / file.relative_to(server.data)).write_bytes(whole[:end])
        assert found_in(copy)[0] in (2, 3)


def test_a_copy_says_what_it_holds(server: RedisServer, tmp_path: Path) -> None:
    stored.accept(server.url, stored.event("one"), stored.event("two"))

    copy = backup.take(server.data, tmp_path / "copy")

    assert (copy.settled, copy.waiting) == (0, 2)
    assert copy.size > 0
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700


def test_what_is_not_running_can_be_copied_too(server: RedisServer, tmp_path: Path) -> None:
    stored.accept(server.url, stored.event("one"))
    server.stop()

    assert backup.take(server.data, tmp_path / "copy").waiting == 1


def test_a_copy_that_cannot_be_loaded_is_none(server: RedisServer, tmp_path: Path) -> None:
    stored.accept(server.url, stored.event("one"))
    server.stop()
    file = appended_to(server)
    # Not its end, which a cut may have left: its middle.
    damaged = bytearray(file.read_bytes())
    damaged[10:20] = b"#" * 10
    file.write_bytes(damaged)

    with pytest.raises(NoServer, match="Bad file format"):
        backup.take(server.data, tmp_path / "copy")

    assert not list(tmp_path.glob("copy*"))


def test_nothing_is_written_over(server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()

    with pytest.raises(NoBackup, match="is there already"):
        backup.take(server.data, tmp_path / "copy")


def test_a_folder_without_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="holds nothing that a Redis of ours has kept"):
        backup.take(tmp_path, tmp_path / "copy")


def test_the_command_tells_what_was_copied(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.accept(server.url, stored.event("one"))
    shutil.copytree(server.data, tmp_path / ".hookwork" / "redis")
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, ["backup", "copy"])
    again = CliRunner().invoke(app, ["backup", "copy"])

    assert (done.exit_code, done.stdout) == (0, "copy: 0.0 MiB, 0 events settled, 1 waiting\n")
    assert (again.exit_code, again.stderr) == (
        1,
        "copy is there already; name a folder that is not\n",
    )


def test_an_older_redis_does_not_begin_with_nothing_beside_a_newer_ones_data(
    tmp_path: Path,
) -> None:
    """Redis 6.2 does not look into appendonlydir, in which Redis 7 keeps all it has."""
    (tmp_path / "appendonlydir").mkdir()
    server = redis_server.find_server()
    if b"v=6." not in subprocess.check_output([server, "--version"]):
        pytest.skip("the Redis here is 7 or newer: it reads appendonlydir")

    with pytest.raises(NoServer, match="would begin with nothing; put the newer redis-server"):
        redis_server.start(tmp_path)
