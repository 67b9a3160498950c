"""REDIS_TLS_VERIFY: what it lets through and what not, for both clients of Redis and for each
process; a provider's certificate (Heroku's is one) may be vouched for by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis
from kombu.exceptions import OperationalError

from deploy.local.ports import free
from deploy.local.redis_server import RedisServer
from tests.journey.heroku_dyno import Dyno
from tests.journey.heroku_slug import Slug, compiled, config_vars, procfile
from tests.journey.stack import until
from tests.journey.tls_front import HOST, self_signed, tls_front
from webhooks.settings import Settings, read
from webhooks.store.connection import sync_client
from workers import app as worker_app

NOT_TRUSTED = "certificate verify failed"
WAY_OUT = "REDIS_TLS_VERIFY=none where the provider signs its certificate itself"


def by_redis_py(settings: Settings) -> None:
    """Connect as edge, worker and commands do."""
    with sync_client(settings) as client:
        client.ping()


def by_kombu(settings: Settings) -> None:
    """Connect as Celery does for its bells."""
    with worker_app.create(settings, lambda: None).connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)


Connect = Callable[[Settings], None]
REFUSED = (redis.ConnectionError, OperationalError)
both_clients = pytest.mark.parametrize("connect", [by_redis_py, by_kombu])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the name of another host, vouched for by nobody."""
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def port(server: RedisServer, certificate: Path) -> Iterator[int]:
    """Of a Redis that has this certificate."""
    with tls_front(server.socket, certificate) as port:
        yield port


def settings_for(url: str, verify: str) -> Settings:
    return read(
        {
            "REDIS_URL": url,
            "REDIS_TLS_VERIFY": verify,
            "AWORK_API_TOKEN": "token",
            "AWORK_WEBHOOK_SECRET": "secret",
        }
    )


@both_clients
def test_none_takes_any_certificate(connect: Connect, port: int) -> None:
    connect(settings_for(f"rediss://{HOST}:{port}", "none"))


@both_clients
def test_required_refuses_what_nobody_vouches_for(connect: Connect, port: int) -> None:
    with pytest.raises(REFUSED, match=NOT_TRUSTED):
        connect(settings_for(f"rediss://{HOST}:{port}", "required"))


@both_clients
def test_required_refuses_the_certificate_of_another_host(
    connect: Connect, port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with pytest.raises(REFUSED, match=f"{HOST}|IP address mismatch"):
        connect(settings_for(f"rediss://{HOST}:{port}", "required"))


@both_clients
def test_required_takes_the_certificate_of_this_host_by_somebody_trusted(
    connect: Connect, server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = self_signed(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    with tls_front(server.socket, trusted) as port:
        connect(settings_for(f"rediss://localhost:{port}", "required"))


@pytest.fixture(scope="module")
def broken(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Dyno]]:
    """All that runs in an app whose REDIS_TLS_VERIFY is not what app.json says."""
    slug = compiled(tmp_path_factory.mktemp("heroku"))
    vars_ = config_vars({"AWORK_API_TOKEN": "t", "AWORK_API_URL": "http://127.0.0.1:1/api/v1"})
    environ = vars_ | {
        "REDIS_TLS_VERIFY": "required",
        "REDIS_URL": f"rediss://{HOST}:{port}",
        "PORT": str(free()),
    }
    commands = {**procfile(), "doctor": "exec python -m deploy.cli doctor"}
    dynos = {name: dyno_of(slug, name, commands[name], environ) for name in ("web", "worker")}
    dynos["doctor"] = dyno_of(slug, "doctor", commands["doctor"], environ)
    yield dynos
    for dyno in dynos.values():
        dyno.kill()


def dyno_of(slug: Slug, name: str, command: str, environ: dict[str, str]) -> Dyno:
    dyno = Dyno(f"{name}.1", command, slug, environ)
    dyno.start()
    return dyno


def test_the_edge_is_not_ready_and_says_why(broken: dict[str, Dyno]) -> None:
    page = f"http://{HOST}:{broken['web'].environ['PORT']}/health/ready"
    answers: list[httpx.Response] = []

    until(lambda: is_answered(page, answers), "the edge")

    assert answers[0].status_code == 503
    assert NOT_TRUSTED in answers[0].text
    assert WAY_OUT in answers[0].text


def test_the_worker_does_not_start_and_says_why(broken: dict[str, Dyno]) -> None:
    code = broken["worker"].ended()

    assert code == 1
    assert WAY_OUT in broken["worker"].said(NOT_TRUSTED)


def test_doctor_says_why(broken: dict[str, Dyno]) -> None:
    code = broken["doctor"].ended()

    assert code == 1
    assert NOT_TRUSTED in broken["doctor"].said("BAD redis: ")
    assert broken["doctor"].said(WAY_OUT)


def is_answered(page: str, answers: list[httpx.Response]) -> bool:
    try:
        answers.append(httpx.get(page, timeout=10))
    except httpx.TransportError:
        # It does not listen yet.
        return False
    return True
