"""An app on Heroku: started by the Procfile's commands with Heroku's variables, over a Redis by TLS
whose certificate nobody vouches for, and ended as Heroku ends dynos, while deliveries come."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journey.heroku_house import App, heroku_app
from tests.journey.stack import until
from tests.journey.tls_front import HOST

#: what the buildpack sets where nobody sets anything; app.json sets 1, which the long test has
BODY = b'{"what": "no event, which is taken and kept"}'
TWO_PROCESSES = {"WEB_CONCURRENCY": "2"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose dynos run."""
    with heroku_app(tmp_path_factory.mktemp("heroku"), **TWO_PROCESSES) as app:
        release = app.dyno("release")
        app.up()
        assert release.ended() == 0, release.printed
        yield app


def test_the_release_phase_looks_at_the_rules(app: App) -> None:
    release = app.dynos[0]

    assert "5 rules (5 live), no mistakes" in release.printed


def test_the_sample_day_is_taken_and_done(app: App) -> None:
    app.play_day()

    app.sandbox.sender.settle(30)
    until(app.is_settled, "the day is settled")
    assert app.written() == {
        "/tasks": 1,
        "/timeentries": 1,
        "/tasks/ID/comments": 1,
        "/projecttimebookings": 2,
        "/taskschedules": 3,
    }


def test_a_worker_is_cycled_while_deliveries_are_taken_and_nobody_notices(app: App) -> None:
    _, worker = app.running()
    load = app.deliveries()
    load.wait_for(20)

    worker.tell_to_end()
    app.dyno("worker").said("worker_ready")
    code = worker.ended()

    load.wait_for(20)
    names = load.stop()
    assert (code, load.others) == (0, Counter())
    is_done_once(app, names)


def test_all_dynos_end_in_time_under_load_and_nothing_is_lost(app: App) -> None:
    load = app.deliveries()
    load.wait_for(20)

    codes = app.cycled()

    load.wait_for(20)
    assert codes == [0, 0]
    is_done_once(app, load.stop())


def test_whoever_comes_while_it_ends_is_refused_and_who_is_inside_is_answered(app: App) -> None:
    web, _ = app.running()
    with inside(app) as sender:
        web.tell_to_end()
        until(lambda: is_refused(app), "the door is closed while somebody is inside")
        sender.sendall(BODY)
        answer = sender.recv(4096)

    assert answer.startswith(b"HTTP/1.1 202 ")
    assert web.ended() == 0


@pytest.mark.nightly
@pytest.mark.parametrize("processes", ["1", "2", "4"])
def test_dynos_may_end_whenever_heroku_likes(processes: str, tmp_path: Path) -> None:
    with heroku_app(tmp_path, WEB_CONCURRENCY=processes) as app:
        app.up()
        load = app.deliveries()
        codes = []
        for more, held_s in ((5, 0.0), (60, 0.0), (20, 3.0), (1, 9.0), (150, 0.5), (10, 0.0)):
            load.wait_for(more)
            if held_s:
                app.hold_redis(held_s)
            codes += app.cycled()
        load.wait_for(100)

        names = load.stop()

        assert codes == [0] * 12
        is_done_once(app, names)


@contextmanager
def inside(app: App) -> Iterator[socket.socket]:
    """A delivery whose secret was looked at, and whose body is still to come."""
    head = (
        f"POST /webhooks/awork HTTP/1.1\r\nHost: app\r\nX-Webhook-Secret: {app.secret}\r\n"
        f"Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((HOST, int(app.environ["PORT"])), timeout=30) as sender:
        sender.sendall(head.encode())
        assert sender.recv(4096).startswith(b"HTTP/1.1 100 ")
        yield sender


def is_refused(app: App) -> bool:
    """True when nobody gets in any more."""
    try:
        socket.create_connection((HOST, int(app.environ["PORT"])), timeout=30).close()
    except ConnectionRefusedError:
        return True
    except ConnectionError:
        # The system had let it in, and the edge was about to close.
        return False
    return False


def is_done_once(app: App, names: list[str]) -> None:
    """Each delivery that was acknowledged has its one effect, and nothing waits or has failed."""
    until(app.is_settled, "everything is settled", patience_s=60)
    made = app.tasks()
    assert {name: made[name] for name in names} == dict.fromkeys(names, 1)
    assert app.metric("hookwork_failed_runs") == 0
