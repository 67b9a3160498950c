"""A Redis that answers, and takes no writes: workers wait for it, as for one that is away."""

from __future__ import annotations

from pathlib import Path

from deploy.sandbox.server import Sandbox
from tests.journey.conftest import free_port
from tests.journey.sentinels import running, server
from tests.journey.stack import SECRET, Stack, until
from tests.writes import ALL_RULES
from webhooks.store import keys
from webhooks.store.client import Client


def test_a_worker_that_finds_redis_without_its_replicas_listens_when_they_are_there(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(ALL_RULES, encoding="utf-8")
    with running(server(tmp_path, free_port(), "--min-replicas-to-write", "1")) as lonely:
        environ = {
            "REDIS_URL": f"redis://127.0.0.1:{lonely.port}",
            "AWORK_API_URL": sandbox.url,
            "AWORK_API_TOKEN": sandbox.token,
            "AWORK_WEBHOOK_SECRET": SECRET,
            "HOOKWORK_RULES": str(tmp_path / "rules.yaml"),
        }
        client = Client.at(environ["REDIS_URL"])
        stack = Stack(environ, client, tmp_path, free_port())
        worker = stack._part("worker", ["-m", "workers"])
        try:
            until(lambda: "bells_unheard" in worker.log.read_text(), f"see {worker.log}")

            client.config_set("min-replicas-to-write", 0)
            until(lambda: "bells_heard_again" in worker.log.read_text(), f"see {worker.log}")

            until(lambda: client.zcard(keys.WORKERS) == 1, f"see {worker.log}")
            assert worker.log.read_text().count("NOREPLICAS") < 5
            assert worker.stop() == 0
        finally:
            worker.end()
            client.close()
