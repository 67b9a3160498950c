"""The real processes, started and asked as the manifests say: commands, variables, probes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.local import redis_server
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.deploy import kube_files
from tests.deploy.kube_container import Container
from tests.deploy.kube_files import of_kind, one
from tests.journey.conftest import free_port
from tests.journey.stack import HEADERS, SECRET, Part, until
from webhooks.settings import Settings
from webhooks.store.client import Client


@dataclass
class Here:
    """Edge and worker of the overlay `local`, as processes here."""

    edge: Container
    worker: Container
    #: what is not as in a cluster
    others: dict[str, str]
    parts: list[Part] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.others['PORT']}"

    @property
    def sign(self) -> Path:
        """The file of the worker's signs of life."""
        return self.worker.inside("/run/hookwork") / "alive"

    def start(self, container: Container, **others: str) -> Part:
        log = container.root / f"{container.name}-{len(self.parts)}.log"
        told = container.environ(**self.others, **others)
        self.parts.append(Part(container.command()[1:], told, log))
        return self.parts[-1]

    def get(self, probe: str) -> int:
        """What the edge answers to a probe; 0 when it does not."""
        asked = self.edge.spec[f"{probe}Probe"]["httpGet"]
        ports = {port["name"]: port["containerPort"] for port in self.edge.spec["ports"]}
        assert ports[asked["port"]] == Settings.model_fields["port"].default
        try:
            return httpx.get(self.origin + asked["path"], timeout=5).status_code
        except httpx.TransportError:
            return 0

    def ask(self, probe: str) -> tuple[int, str]:
        """What becomes of a probe that is a command in the worker's container."""
        return self.worker.run(self.worker.spec[f"{probe}Probe"]["exec"]["command"], {})


@pytest.fixture
def here(server: redis_server.RedisServer, client: Client, tmp_path: Path) -> Iterator[Here]:
    client.flushall()
    found = kube_files.kept("local")
    edge = Container(found, "hookwork-edge", "edge", tmp_path / "edge")
    worker = Container(found, "hookwork-worker", "worker", tmp_path / "worker")
    with Sandbox.start() as sandbox:
        secrets = {
            "REDIS_URL": server.url,
            "AWORK_API_TOKEN": sandbox.token,
            "AWORK_WEBHOOK_SECRET": SECRET,
            "HOOKWORK_CONSOLE_PASSWORD": "password-of-the-tests",
        }
        for container in (edge, worker):
            container.mount(secrets)
        others = {"AWORK_API_URL": sandbox.url, "HOST": "127.0.0.1", "PORT": str(free_port())}
        running = Here(edge, worker, {**others, "HOOKWORK_WATCH": "off"})
        yield running
        for part in running.parts:
            part.end()


def test_edge_and_worker_come_up_as_their_probes_say_and_end_when_told(here: Here) -> None:
    before = [here.get("startup"), here.ask("startup")[0]]
    edge = here.start(here.edge)
    until(lambda: here.get("startup") == 200, f"the edge: see {edge.log}")
    without_rules = [here.get("liveness"), here.get("readiness")]

    worker = here.start(here.worker)
    until(lambda: here.ask("readiness")[0] == 0, f"the worker: see {worker.log}")
    until(lambda: here.get("readiness") == 200, f"the edge: see {edge.log}")
    here.sign.unlink()
    until(here.sign.exists, f"another sign of life: see {worker.log}")
    asked = [here.ask("startup"), here.ask("liveness")]

    assert before == [0, 1]
    # No deliveries before there is somebody who has rules for them; but no restart either.
    assert without_rules == [200, 503]
    assert asked == [(0, ""), (0, "")]
    deliver_and_measure(here)
    assert [worker.stop(), edge.stop()] == [0, 0]


def deliver_and_measure(here: Here) -> None:
    """The way in, and what KEDA and Prometheus ask for, are routes that there are."""
    found = kube_files.kept("everything")
    (ingress,) = of_kind(found, "Ingress")
    way_in = ingress["spec"]["rules"][0]["http"]["paths"][0]["path"]
    raw_body = samples.raw(samples.fresh("task_added"))
    taken = httpx.post(here.origin + way_in, content=raw_body, headers=HEADERS)
    assert taken.status_code == 202

    trigger = one(found, "ScaledObject", "hookwork-worker")["spec"]["triggers"][0]["metadata"]
    (monitor,) = of_kind(found, "ServiceMonitor")
    host, _, path = trigger["url"].removeprefix("http://").partition("/")
    service, namespace, _ = host.split(".")
    assert one(found, "Service", service)["metadata"]["namespace"] == namespace
    assert monitor["spec"]["endpoints"][0]["path"] == f"/{path}"
    assert f"\n{trigger['valueLocation']} " in httpx.get(f"{here.origin}/{path}").text


@pytest.mark.nightly
def test_a_worker_without_redis_lives_and_is_not_ready(here: Here, tmp_path: Path) -> None:
    gone = str(tmp_path / "there-is-no-redis")
    worker = here.start(here.worker, REDIS_URL=f"unix://{gone}")

    until(lambda: here.ask("startup")[0] == 0, f"the worker: see {worker.log}")
    here.sign.unlink()
    until(here.sign.exists, f"another sign of life: see {worker.log}")

    assert here.ask("liveness") == (0, "")
    assert here.ask("readiness")[0] == 1
    assert worker.process.poll() is None


@pytest.mark.nightly
def test_doctor_in_the_workers_container_names_what_is_broken(here: Here) -> None:
    doctor = ["hookwork", "doctor"]
    told = here.worker.environ(**here.others)
    secrets = here.worker.inside("/etc/hookwork/secrets")

    right = here.worker.run(doctor, told)[1]
    (secrets / "AWORK_API_TOKEN").resolve().write_text("another")
    wrong = here.worker.run(doctor, told)
    (secrets / "AWORK_WEBHOOK_SECRET").unlink()
    missing = here.worker.run(doctor, told)

    assert "ok  awork: the token works" in right
    assert wrong[0] == missing[0] == 1
    assert "BAD awork: " in wrong[1]
    assert "BAD settings: AWORK_WEBHOOK_SECRET_FILE: cannot read" in missing[1]


def test_the_redis_that_comes_along_keeps_what_it_takes_and_lets_nobody_in(
    tmp_path: Path,
) -> None:
    spec = Container(kube_files.kept("local"), "hookwork-redis", "redis", tmp_path).spec
    (tmp_path / "data").mkdir()
    moved = {"/data": str(tmp_path / "data"), "$(REDISCLI_AUTH)": "password"}
    given = [moved.get(word, word) for word in spec["args"]]
    try:
        program = str(redis_server.find_server())
    except redis_server.NoServer as missing:
        pytest.skip(str(missing))
    place = tmp_path / "redis.sock"
    command = [program, *given, "--port", "0", "--unixsocket", str(place)]

    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(place.exists, "Redis")
        with redis.Redis(unix_socket_path=str(place), password="password") as known:
            set_to = {
                name: known.config_get(name)[name]
                for name in ("appendonly", "appendfsync", "maxmemory-policy", "maxmemory", "save")
            }
        stranger = redis.Redis(unix_socket_path=str(place), retry=Retry(NoBackoff(), 0))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    finally:
        running.terminate()
        running.wait()

    assert set_to == {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "maxmemory": str(512 << 20),
        "save": "",
    }
    assert spec["command"] == ["redis-server"]
    # It may need all of that twice while it writes its file anew.
    assert int(spec["resources"]["limits"]["memory"].removesuffix("Mi")) > 2 * 512
    assert running.returncode == 0
