"""A worker's signs of life, over a Redis that is there or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisAway

from webhooks.errors import SettingsRejected
from webhooks.store.client import Client
from webhooks.workspaces import read_all
from workers.alive import main
from workers.runtime import Runtime

Worker = Callable[..., Runtime]


@pytest.fixture
def worker(environ: dict[str, str], tmp_path: Path) -> Worker:
    """Makes a worker's parts; its signs go into the test's folder."""

    def made(**others: str) -> Runtime:
        return Runtime(read_all({**environ, "HOOKWORK_ALIVE": str(tmp_path), **others}))

    return made


def signs(folder: Path) -> list[str]:
    return [name for name in ("alive", "ready") if not main([str(folder), name])]


def test_a_worker_is_ready_once_redis_knows_of_it(
    worker: Worker, client: Client, tmp_path: Path
) -> None:
    one = worker()
    before = signs(tmp_path)

    one._enlist()

    assert client.ping()
    assert before == ["alive"]
    assert signs(tmp_path) == ["alive", "ready"]


def test_a_worker_whose_redis_is_away_lives_and_is_not_ready(
    worker: Worker, tmp_path: Path
) -> None:
    one = worker(REDIS_URL=f"unix://{tmp_path}/no-redis")

    with pytest.raises(RedisAway):
        one._enlist()

    assert signs(tmp_path) == ["alive"]


def test_rules_that_cannot_be_loaded_give_no_sign(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no such file or folder"):
        worker(HOOKWORK_RULES=str(tmp_path / "no-rules"))

    assert signs(tmp_path) == []


def test_a_folder_that_is_not_there_is_a_mistake_in_the_settings(
    worker: Worker, tmp_path: Path
) -> None:
    with pytest.raises(SettingsRejected, match="HOOKWORK_ALIVE: cannot write into"):
        worker(HOOKWORK_ALIVE=str(tmp_path / "not-mounted"))
