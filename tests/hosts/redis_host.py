"""The Redis of many hosts: as the embedded one, and reached by TCP."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from deploy.local.redis_server import RedisServer, find_server

_PORT = 6379


@dataclass
class RedisHost(RedisServer):
    """A server that hosts of its network reach."""

    #: where it listens
    address: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"redis://{self.address}:{_PORT}/0"

    def start_again(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [
                str(find_server()),
                *("--bind", self.address, "--port", str(_PORT), "--protected-mode", "no"),
                *("--appendonly", "yes", "--appendfsync", self.fsync, "--save", ""),
                *("--maxmemory-policy", "noeviction", "--loglevel", "warning"),
            ],
            cwd=self.data,
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.02), 500)) as client:
            client.ping()
