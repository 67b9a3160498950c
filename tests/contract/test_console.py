"""The console: who may see it, what it shows, and that it shows text as text."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.testclient import TestClient

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.worker import Clock, Worker, worker
from webhooks import app as edge
from webhooks.settings import Settings, read
from webhooks.store import keys
from webhooks.store.client import AsyncClient, Client
from webhooks.store.connection import async_client

SCRIPT = "<script>alert('x')</script>"
SHOWN = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"
RULES = """
version: 1
rules:
  - id: big-ones
    when: task_added
    if:
      - entity.plannedDuration: {at_least: 1h}
      - any:
          - entity.isPrio: true
          - entity.name: {starts_with: "<script"}
    do:
      - add_comment: {task: "${entity.id}", message: "About ${entity.name}"}
  - id: not-this-one
    when: task_added
    if:
      - entity.plannedDuration: {at_least: 100h}
      - entity.noSuchThing: 1
      - entity.isPrio: true
    do:
      - add_comment: {task: "${entity.id}", message: never}
"""
PAGES = pytest.mark.parametrize("page", ["/", "/events/none"])


@contextmanager
def browser(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    base_url: str = "http://localhost",
    store: AsyncClient | None = None,
) -> Iterator[TestClient]:
    """A browser at an address, on the console of an edge."""
    app = edge.build({"": settings}, store or async_client(settings))
    with TestClient(app, base_url=base_url, client=(host, 5)) as testing:
        yield testing


@pytest.fixture
def locked(environ: dict[str, str]) -> Settings:
    return read(environ | {"HOOKWORK_CONSOLE_PASSWORD": "größer"})


@pytest.fixture
def one(client: Client, server: RedisServer) -> Iterator[Worker]:
    with Sandbox.start() as sandbox:
        made = worker(client, server, RULES, sandbox, Clock())
        yield made
        made.deps.connection.close()


def basic(password: str, encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"anyone:{password}".encode(encoding)).decode()


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1"])
@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_without_a_password_this_machine_may_look(settings: Settings, host: str, name: str) -> None:
    with browser(settings, host=host) as testing:
        assert testing.get("/", headers={"host": name}).status_code == 200


@PAGES
@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("10.0.0.9", {}),
        ("203.0.113.7", {}),
        ("2001:db8::1", {}),
        ("not-an-address", {}),
        ("", {}),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.7"}),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", {"forwarded": "for=203.0.113.7"}),
        ("127.0.0.1", {"host": "evil.example"}),  # its name may point to this machine
        ("127.0.0.1", {"host": "localhost.evil.example"}),
        ("127.0.0.1", {"host": "127.0.0.1.evil.example"}),
        ("10.0.0.9", {"host": "localhost"}),
        ("10.0.0.9", {"authorization": basic("")}),
    ],
)
def test_without_a_password_nobody_else_may(
    settings: Settings, page: str, host: str, headers: dict[str, str]
) -> None:
    with browser(settings, host=host) as testing:
        answer = testing.get(page, headers=headers)

    assert answer.status_code == 403
    assert "HOOKWORK_CONSOLE_PASSWORD" in answer.text


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("name", ["evil.example:80000", "evil.example:x"])
def test_a_host_that_cannot_be_read_is_not_this_machine(settings: Settings, name: str) -> None:
    with browser(settings) as testing:
        assert testing.get("/", headers={"host": name}).status_code == 403


@PAGES
@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    "header",
    [
        "",
        basic("wrong"),
        basic(""),
        basic("größer", "latin-1"),
        "Bearer größer",
        "Basic",
        "Basic !!!",
        "Basic Z3LDtsOfZXI",
    ],
)
def test_with_a_password_even_this_machine_needs_it(
    locked: Settings, page: str, header: str
) -> None:
    with browser(locked) as testing:
        headers = [(b"authorization", header.encode("latin-1"))] if header else []
        answer = testing.get(page, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_password_opens_it_from_anywhere(locked: Settings, scheme: str) -> None:
    header = basic("größer").replace("Basic", scheme)

    with browser(locked, host="203.0.113.7", base_url="https://hooks.example") as testing:
        assert testing.get("/", headers={"authorization": header}).status_code == 200


def test_other_peoples_text_is_shown_as_text(one: Worker, settings: Settings) -> None:
    event_id = one.deliver(samples.fresh("task_added", name=SCRIPT))
    run = one.work()

    with browser(settings) as testing:
        pages = [testing.get("/").text, testing.get(f"/events/{event_id}").text]

    assert run.outcome == "done"
    for page in pages:
        assert SHOWN in page
        assert "<script" not in page


def test_a_paused_rule_and_its_reason_are_shown_as_text(client: Client, settings: Settings) -> None:
    client.hset(keys.UNNAMED.paused, "greet", SCRIPT)

    with browser(settings) as testing:
        page = testing.get("/").text

    assert f"Rule greet is paused: {SHOWN}." in page
    assert "<code>hookwork resume greet</code>" in page


def test_a_script_in_an_address_is_text(client: Client, settings: Settings) -> None:
    assert client.ping()
    with browser(settings) as testing:
        answer = testing.get("/events/%3Cscript%3Ealert(1)%3C%2Fscript%3E")

    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_every_page_forbids_scripts_frames_and_keeping(one: Worker, settings: Settings) -> None:
    event_id = one.deliver(samples.fresh("task_added"))
    one.work()

    with browser(settings) as testing:
        answers = [testing.get(page) for page in ("/", f"/events/{event_id}", "/events/none")]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_an_event_shows_each_rule_and_each_conditions_verdict(
    one: Worker, settings: Settings
) -> None:
    event_id = one.deliver(samples.fresh("task_added", name=SCRIPT))
    one.work()

    with browser(settings) as testing:
        page = " ".join(testing.get(f"/events/{event_id}").text.split())

    assert '<h2>big-ones: <span class="done">done</span></h2>' in page
    assert "at_least 1h — met (was 21600)" in page
    assert '<li class="met">any — met<ul>' in page
    assert "entity.isPrio is true — not met (was false)" in page
    assert f"entity.name starts_with &lt;script — met (was {SHOWN})" in page
    assert '<h2>not-this-one: <span class="not-matched">not-matched</span></h2>' in page
    assert "at_least 100h — not met (was 21600)" in page
    assert "entity.noSuchThing is 1 — not evaluated</li>" in page
    assert "<code>POST /tasks/" in page


def test_a_missing_event_says_so(client: Client, settings: Settings) -> None:
    assert client.ping()
    with browser(settings) as testing:
        answer = testing.get("/events/none")

    assert answer.status_code == 404
    assert "There is no event none here" in answer.text


@PAGES
def test_with_redis_away_the_console_says_so(settings: Settings, page: str) -> None:
    nowhere = AsyncClient(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))

    with browser(settings, store=nowhere) as testing:
        answer = testing.get(page)

    assert answer.status_code == 503
    assert "Redis does not answer" in answer.text
    assert "content-security-policy" in answer.headers


def test_what_was_quarantined_is_listed_with_its_reason(client: Client, settings: Settings) -> None:
    assert client.ping()
    with browser(settings) as testing:
        secret = {"x-webhook-secret": "secret-of-the-tests"}
        event_id = testing.post("/webhooks/awork", content=SCRIPT, headers=secret).json()["id"]
        pages = [testing.get("/").text, testing.get(f"/events/{event_id}").text]

    for page in pages:
        assert "not-json" in page
        assert "<script" not in page
    assert SHOWN in pages[1]
