"""An app on Heroku, on this machine: Redis as the add-on gives it, dynos, the sandbox as awork."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import redis

from deploy.local import redis_server
from deploy.local.ports import free
from deploy.sandbox.day import fetch_day
from deploy.sandbox.server import Sandbox
from tests.journey.heroku_dyno import Dyno
from tests.journey.heroku_load import Deliveries
from tests.journey.heroku_slug import Slug, compiled, config_vars, procfile
from tests.journey.stack import until
from tests.journey.tls_front import HOST, self_signed, tls_front

#: of heroku-redis:premium-0, which app.json asks for
CONNECTIONS = 40
#: seconds until Redis hangs up on who says nothing: sooner than Heroku's 300, so that it happens
IDLE_S = 1
#: so that writes are under way whenever something ends
CALL_S = 0.05
_PASSWORD = "p3f1c"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: beside the rules of the sample day: one task for each delivery of the load, known by its name
_LOAD_RULE = """version: 1
rules:
  - id: load
    when: task_updated
    limits: {writes_per_run: 5, writes_per_hour: 1000000}
    do:
      - create_task: {name: "${entity.name}", project: "${entity.projectId}"}
"""


@dataclass
class App:
    """The app."""

    slug: Slug
    environ: dict[str, str]
    sandbox: Sandbox
    dynos: list[Dyno] = field(default_factory=list)
    loads: list[Deliveries] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.environ['PORT']}"

    @property
    def secret(self) -> str:
        return self.environ["AWORK_WEBHOOK_SECRET"]

    def dyno(self, process: str, **environ: str) -> Dyno:
        """Start a dyno of a process type."""
        one = Dyno(f"{process}.1", procfile()[process], self.slug, {**self.environ, **environ})
        one.start()
        self.dynos.append(one)
        return one

    def up(self) -> tuple[Dyno, Dyno]:
        """Start web.1 and worker.1; both work when this returns."""
        web, worker = self.dyno("web"), self.dyno("worker")
        worker.said("worker_ready")
        until(lambda: _status(f"{self.url}/health/ready") == httpx.codes.OK, web.name)
        return web, worker

    def deliveries(self, **shape: Any) -> Deliveries:
        """Begin to deliver. shape: as Deliveries has it."""
        self.loads.append(Deliveries(f"{self.url}/webhooks/awork", self.secret, **shape))
        return self.loads[-1]

    def running(self) -> tuple[Dyno, Dyno]:
        """web.1 and worker.1, those that were started last."""
        last = {dyno.name: dyno for dyno in self.dynos}
        return last["web.1"], last["worker.1"]

    def cycled(self) -> list[int]:
        """End both at once, and start them again. Returns their exit codes."""
        dynos = self.running()
        for dyno in dynos:
            dyno.tell_to_end()
        codes = [dyno.ended() for dyno in dynos]
        self.up()
        return codes

    def hold_redis(self, seconds: float) -> None:
        """Let Redis answer nobody for so long."""
        with self.redis() as client:
            client.client_pause(int(seconds * 1000))

    def redis(self) -> redis.Redis:
        """A client of its Redis."""
        url = f"{self.environ['REDIS_URL']}?ssl_cert_reqs=none&ssl_check_hostname=false"
        return redis.Redis.from_url(url)

    def play_day(self) -> None:
        """Subscribe the app at awork, and have the sample day sent."""
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        with httpx.Client(headers=headers, timeout=30) as awork:
            awork.post(f"{self.sandbox.url}/webhooks", json=self._subscription()).raise_for_status()
            for delivery in fetch_day(self.sandbox.origin, awork):
                for _ in range(delivery.times):
                    self.sandbox.sender.send_raw(delivery.body, event=_kind(delivery.body))

    def is_settled(self) -> bool:
        """True when nothing waits, for anything."""
        return self.metric("hookwork_queue_depth") == 0

    def metric(self, name: str) -> float:
        """The sum of a metric of the app."""
        page = httpx.get(f"{self.url}/metrics", timeout=30).raise_for_status().text
        lines = [line.rpartition(" ") for line in page.splitlines() if line.startswith(name)]
        assert lines, f"no {name} in {page}"
        return sum(float(value) for _, _, value in lines)

    def written(self) -> Counter[str]:
        """What was written to awork: path without ids -> how often."""
        return Counter(_ID.sub("ID", call.path) for call in self.sandbox.writes("(?!/webhooks).*"))

    def tasks(self) -> Counter[str]:
        """The tasks that awork has: name -> how often."""
        with self.sandbox.world.lock:
            return Counter(task["name"] for task in self.sandbox.world.tasks.values())

    def _subscription(self) -> dict[str, Any]:
        header = self.environ["AWORK_WEBHOOK_HEADER"]
        return {
            "name": "hookwork",
            "uri": f"{self.url}/webhooks/awork",
            "events": "taskassignment_added,task_status_changed,project_status_changed,"
            "project_added,company_updated,user_added,task_added",
            "isActive": True,
            "authenticationType": "header",
            "authentication": f"{header}={self.secret}",
            "onlyTriggerForMainEntityChanges": True,
        }


@contextmanager
def heroku_app(folder: Path, **config: str) -> Iterator[App]:
    """An app made from app.json, that no dyno runs of yet. config: what differs from app.json."""
    slug = compiled(folder)
    with (
        Sandbox.start(per_minute=1_000_000, per_second=100_000) as sandbox,
        heroku_redis(folder) as redis_url,
    ):
        sandbox.faults.latency_s = (CALL_S, CALL_S)
        typed = {
            "AWORK_API_TOKEN": sandbox.token,
            "AWORK_API_URL": sandbox.url,
            "AWORK_RATE_PER_MINUTE": "100000",
            "HOOKWORK_RULES": "deploy/sandbox/rules",
            "HOOKWORK_WATCH": "off",
        }
        ours = {"REDIS_URL": redis_url, "PORT": str(free())}
        app = App(slug, {**config_vars(typed), **ours, **config}, sandbox)
        rules = slug.folder / app.environ["HOOKWORK_RULES"]
        (rules / "load.yaml").write_text(_LOAD_RULE, encoding="utf-8")
        try:
            yield app
        finally:
            for load in app.loads:
                load.give_up()
            for dyno in app.dynos:
                dyno.kill()


@contextmanager
def heroku_redis(folder: Path) -> Iterator[str]:
    """Redis as the add-on gives it: by TLS, with a password, without CONFIG, with only so many
    connections, of which idle ones are closed. Gives its URL."""
    server = redis_server.start(folder / "redis")
    try:
        with redis.Redis.from_url(server.url) as owner:
            owner.config_set("maxclients", CONNECTIONS)
            owner.config_set("timeout", IDLE_S)
            owner.execute_command("ACL", "SETUSER", "default", f">{_PASSWORD}", "-config")
        with tls_front(server.socket, self_signed(folder)) as port:
            yield f"rediss://:{_PASSWORD}@{HOST}:{port}"
    finally:
        server.stop()


def _kind(body: bytes) -> str:
    """As awork knows it when it sends; what is no event goes to all."""
    head, _, rest = body.partition(b'"eventType": "')
    return rest.partition(b'"')[0].decode() if head != body else ""


def _status(page: str) -> int:
    try:
        return httpx.get(page, timeout=5).status_code
    except httpx.TransportError:
        # It does not listen yet.
        return 0
