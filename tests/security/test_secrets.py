"""No secret in a log, a page, an error, a process list or the store, whatever goes wrong."""

from __future__ import annotations

import base64
import hmac
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.conftest import free_port
from tests.journey.stack import Part, Stack, until
from tests.listener import Reply as Said
from tests.listener import listening
from tests.security.hushed import (
    IN_ADDRESS,
    REDIS_PASSWORD,
    SECRETS,
    environ,
    forms,
    guarded_redis,
    leaked,
)
from tests.security.walking import everything
from tests.security.wire import Reply, delivery, head, say
from webhooks.store import keys
from webhooks.store.client import Client

RULES = """
version: 1
rules:
  - id: tell
    when: task_added
    do:
      - add_comment: {{task: "${{entity.id}}", message: "It is new"}}
      - notify: {{url: "{url}/{path}", text: "It is new", secret_env: NOTIFY_SECRET_CHAT}}
"""
ALL = environ("127.0.0.1:1")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Client]]:
    """A Redis with a password."""
    with guarded_redis(tmp_path_factory.mktemp("guarded")) as found:
        yield found


class House:
    """Edge and worker with every secret set, and all that they ever said."""

    def __init__(self, folder: Path, place: str, store: Client, **more: str) -> None:
        store.flushall()
        told = {**environ(place), "LOG_LEVEL": "debug", "HOOKWORK_NOTIFY_ALLOW": "127.0.0.1"}
        self.stack = Stack({**told, **more}, store, folder, free_port())

    def post(self, raw_body: bytes) -> Reply:
        key = SECRETS["AWORK_WEBHOOK_SIGNING_KEY"].encode()
        signature = hmac.digest(key, raw_body, "sha256").hex().encode()
        secret = b"X-Webhook-Secret: " + SECRETS["AWORK_WEBHOOK_SECRET"].encode()
        signed = b"X-Awork-Signature: sha256=" + signature
        return say(self.stack.port, delivery(raw_body, secret, signed))

    def pages(self, *paths: str) -> bytes:
        password = f"anyone:{SECRETS['HOOKWORK_CONSOLE_PASSWORD']}".encode()
        header = b"Authorization: Basic " + base64.b64encode(password)
        return b"".join(
            say(self.stack.port, head(header, start=f"GET {path} HTTP/1.1".encode())).body
            for path in paths
        )

    def printed(self) -> bytes:
        return b"".join(part.log.read_bytes() for part in self.stack.parts)

    def commands(self) -> bytes:
        """What a process list shows of them."""
        return b"".join(
            Path(f"/proc/{part.process.pid}/cmdline").read_bytes() for part in self.stack.parts
        )

    def end(self) -> None:
        for part in self.stack.parts:
            part.end()


@pytest.mark.parametrize("form", ["json", "console"])
def test_good_days_and_bad_days_tell_no_secret(
    tmp_path: Path, guarded: tuple[str, Client], form: str
) -> None:
    place, store = guarded
    replies = [Said(410), Said(500), Said(301, {"Location": f"/{IN_ADDRESS}"})]
    (tmp_path / "rules.yaml").write_text("")
    with (
        Sandbox.start(token=SECRETS["AWORK_API_TOKEN"]) as sandbox,
        listening() as listener,
    ):
        listener.replies.extend(replies)
        rules = RULES.format(url=listener.url, path=IN_ADDRESS)
        (tmp_path / "rules.yaml").write_text(rules)
        house = House(
            tmp_path,
            place,
            store,
            AWORK_API_URL=sandbox.url,
            HOOKWORK_RULES=str(tmp_path / "rules.yaml"),
            LOG_FORMAT=form,
        )
        try:
            house.stack.start_edge()
            house.stack.start_worker()
            ids = [event_of(house.post(body)) for body in days(house)]
            until(lambda: listener.heard, "the notification")
            pages = house.pages(
                "/", *(f"/events/{one}" for one in ids), "/metrics", "/health/ready"
            )
            seen = house.printed() + pages + house.commands()
        finally:
            house.end()
        kept = everything(store)

    assert listener.heard
    assert b"tell" in pages
    assert leaked(seen, IN_ADDRESS) == []
    # The ledger keeps whole addresses, to repeat a request; nothing else of it is a secret.
    assert leaked(kept.replace(IN_ADDRESS.encode(), b"")) == []


def days(house: House) -> Iterator[bytes]:
    """Deliveries, each after the one before has been settled or put off."""
    for kind in ("task_added", "task_added", "project_added"):
        yield settled_after(house, samples.raw(samples.fresh(kind, id=f"{kind}-1")))
    # What nobody foresaw: a traceback is printed.
    house.stack.client.set(keys.UNNAMED.paused, "a lie")
    yield samples.raw(samples.fresh("task_added"))
    house.stack.client.delete(keys.UNNAMED.paused)
    yield b"not json"


def settled_after(house: House, raw_body: bytes) -> bytes:
    with house.stack.watching() as settled:
        settled.wait_for(event_of(house.post(raw_body)))
    return raw_body


def event_of(reply: Reply) -> str:
    assert reply.status == 202, reply
    return reply.body.split(b'"')[3].decode()


@pytest.mark.parametrize("password", ["hush-wrong", f"{REDIS_PASSWORD}x"])
def test_a_redis_that_refuses_the_password_tells_none(
    tmp_path: Path, guarded: tuple[str, Client], password: str
) -> None:
    place, store = guarded
    wrong = environ(place, password)["REDIS_URL"]
    house = House(tmp_path, place, store, REDIS_URL=wrong)
    try:
        house.stack.start_edge()
        worker = house.stack._part("worker", ["-m", "workers"])
        pages = house.pages("/", "/events/none", "/metrics", "/health/ready")
        said_so(worker, b"redis")
        seen = house.printed() + pages + house.commands()
    finally:
        house.end()

    assert b"WRONGPASS" in seen or b"invalid username-password" in seen
    assert leaked(seen, password) == []
    assert leaked(everything(store)) == []


def said_so(part: Part, word: bytes) -> None:
    """Wait until a process has said a word; its end says it too."""

    until(lambda: word in part.log.read_bytes().lower() or part.process.poll() is not None, "it")


@pytest.mark.parametrize(
    "added",
    [
        {"HOST": "256.1.1.1"},
        {"PORT": "x"},
        {"HOOKWORK_RULES": "/nonexistent"},
        {"LOG_LEVEL": "hush"},
        {"AWORK_WEBHOOK_HEADER": "X Y"},
    ],
    ids=lambda added: next(iter(added)),
)
@pytest.mark.parametrize("module", ["webhooks", "workers"])
def test_a_process_that_cannot_start_tells_no_secret(added: dict[str, str], module: str) -> None:
    if (module, next(iter(added))) in (("workers", "HOST"), ("webhooks", "HOOKWORK_RULES")):
        pytest.skip("that is the other one's")
    clean = {"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])}

    ended = subprocess.run(
        [sys.executable, "-m", module],
        env={**clean, **ALL, **added},
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode != 0
    assert leaked(ended.stdout + ended.stderr) == []


def test_a_traceback_shows_no_variables(tmp_path: Path) -> None:
    """Some loggers print the variables of each frame; here is one with a secret in it."""
    code = (
        "import os, structlog\nfrom webhooks import logs\nfrom webhooks.settings import read\n"
        "settings = read(os.environ)\nlogs.configure(settings)\n"
        "def fail(token):\n    raise RuntimeError('no')\n"
        "try:\n    fail(settings.awork_api_token.get_secret_value())\n"
        "except RuntimeError:\n    structlog.get_logger().exception('unforeseen_error')\n"
    )
    script = tmp_path / "fails.py"
    script.write_text(code)
    for form in ("json", "console"):
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", str(script)],
            env={
                "PATH": "",
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **ALL,
                "LOG_FORMAT": form,
            },
            capture_output=True,
            timeout=30,
            check=True,
        )

        assert b"RuntimeError" in ended.stdout + ended.stderr
        assert leaked(ended.stdout + ended.stderr) == []


def test_what_is_looked_for_is_found() -> None:
    """Were it told in any of these ways, the tests above would see it."""
    token = SECRETS["AWORK_API_TOKEN"]

    for form in (token.encode(), base64.b64encode(token.encode()), *forms(token)):
        assert "AWORK_API_TOKEN" in leaked(b"some text " + form + b" more")
    assert httpx.Headers({"a": "hush-"})["a"] == "hush-"
    assert leaked(b"hush-") == ["a part"]
