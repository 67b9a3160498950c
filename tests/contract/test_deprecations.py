"""What a target says of its end is one problem, until it says so no more. Real Redis."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx
import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from tests.contract.workivas import CREATE, FINE, Workivas, reply
from tests.unit.workers.notifying import PUBLIC, notification
from tests.unit.workers.notifying import reply as said
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.problems import Problem, Problems
from workers.targets import deprecations
from workers.targets.addresses import Guarded
from workers.targets.awork import Awork, Connection
from workers.targets.deprecations import Deprecations
from workers.targets.http import Answer, Request
from workers.targets.notify import Notifier
from workers.targets.workiva import Connection as WorkivaConnection
from workers.targets.workiva_api import PROTOTYPE

SINCE, UNTIL = "@1770854400", "Sun, 31 Jan 2027 00:00:00 GMT"
DOCS = "https://developers.example.com/changes"
MARKED = {"Deprecation": SINCE, "Sunset": UNTIL, "Link": f'<{DOCS}>; rel="deprecation"'}
ONE = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"
GET, LIST = Request("GET", f"/tasks/{ONE}/comments"), Request("GET", "/projects")


@dataclass
class Heeding:
    """Two workers that heed what targets say, at times of the test's own."""

    client: Client
    now_s: float = 1_000.0
    workers: list[Deprecations] = field(init=False)

    def __post_init__(self) -> None:
        self.workers = [Deprecations(self.client, clock=lambda: self.now_s) for _ in range(2)]

    def heed(
        self,
        headers: dict[str, str],
        request: Request = GET,
        *,
        status: int = 200,
        worker: int = 0,
        target: str = "awork",
    ) -> None:
        self.workers[worker].heed(target, request, status, httpx.Headers(headers))

    @property
    def problems(self) -> list[Problem]:
        return Problems(self.client).all()


@pytest.fixture
def heeding(client: Client) -> Heeding:
    return Heeding(client)


def test_it_is_one_problem_and_one_line_in_the_log(heeding: Heeding) -> None:
    with capture_logs() as log:
        for worker in (0, 1):
            for _ in range(9):
                heeding.heed(MARKED, worker=worker)
                heeding.heed(MARKED, LIST, worker=worker)

    (problem,) = heeding.problems
    assert problem.cause == "awork:deprecated"
    assert problem.message == (
        "GET /tasks/ID/comments of awork is deprecated since 2026-02-12, and gone on 2027-01-31, by"
        " its own answers"
    )
    assert problem.way_out == (
        f"see {DOCS}; a newer version of hookwork may ask for what takes its place"
    )
    # Each worker has told it once.
    assert problem.times == 2
    assert [(line["event"], line["log_level"]) for line in log] == [
        ("target_deprecated", "warning")
    ]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Deprecation": "true"}, "GET /projects of awork is deprecated, by its own answers"),
        (
            {"Sunset": UNTIL},
            "GET /projects of awork is deprecated, and gone on 2027-01-31, by its own answers",
        ),
    ],
)
def test_what_is_not_said_is_not_told(
    heeding: Heeding, headers: dict[str, str], message: str
) -> None:
    heeding.heed(headers, LIST)

    (problem,) = heeding.problems
    assert problem.message == message
    assert problem.way_out.startswith("see its documentation; ")


def test_it_is_told_once_an_hour(heeding: Heeding) -> None:
    heeding.heed(MARKED)
    heeding.now_s += 3599.9
    heeding.heed(MARKED)
    before = heeding.problems[0].times
    heeding.now_s += 0.1
    heeding.heed(MARKED)

    assert (before, heeding.problems[0].times) == (1, 2)


def test_it_is_over_when_the_same_route_says_so_no_more(heeding: Heeding) -> None:
    heeding.heed(MARKED)
    heeding.heed({}, LIST)
    other_route = len(heeding.problems)
    heeding.heed({}, GET, status=503)
    a_proxys = len(heeding.problems)
    with capture_logs() as log:
        heeding.heed({}, Request("GET", "/tasks/129g274495354cf18edb6b3ea3d023b2/comments"))

    assert (other_route, a_proxys, heeding.problems) == (1, 1, [])
    assert [line["event"] for line in log] == ["target_not_deprecated"]


def test_what_comes_again_is_told_again(heeding: Heeding) -> None:
    for headers in (MARKED, {}, MARKED):
        heeding.heed(headers)

    assert len(heeding.problems) == 1


def test_each_target_has_a_problem_of_its_own(heeding: Heeding) -> None:
    for target in ("awork", "workiva", "notify:https://chat.example.com"):
        heeding.heed(MARKED, target=target)
    heeding.heed({}, target="workiva")

    assert {one.cause for one in heeding.problems} == {
        "awork:deprecated",
        "notify:https://chat.example.com:deprecated",
    }


def test_a_worker_that_starts_forgets_what_was_told(heeding: Heeding) -> None:
    for target in ("awork", "notify:https://chat.example.com"):
        heeding.heed(MARKED, target=target)
    Problems(heeding.client).raised("awork:away", "stays")

    deprecations.forget(heeding.client)
    deprecations.forget(heeding.client)

    assert [one.cause for one in heeding.problems] == ["awork:away"]


def test_answers_that_say_nothing_cost_no_call_of_redis(heeding: Heeding) -> None:
    heeding.heed(MARKED)
    heeding.client.config_resetstat()

    for _ in range(9):
        heeding.heed({}, LIST)
        heeding.heed({"Deprecation": "garbage"}, LIST)
        heeding.heed(MARKED)
        heeding.heed({}, target="workiva")

    asked = {name.partition("|")[0] for name in heeding.client.info("commandstats")}
    assert asked <= {"cmdstat_config", "cmdstat_info"}


def test_what_cannot_be_told_to_redis_does_not_cover_the_answer() -> None:
    nowhere = "/nonexistent/redis.sock"
    away = Heeding(Client(unix_socket_path=nowhere, retry=Retry(NoBackoff(), 0)))

    for headers in (MARKED, {}, MARKED):
        away.heed(headers)


def test_awork_is_heeded(client: Client) -> None:
    answers = [httpx.Response(200, headers=MARKED, json={}), httpx.Response(200, json={})]
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    connection = Connection(
        "https://awork.example/api/v1",
        "token",
        transport=transport,
        deprecations=Deprecations(client),
    )

    Awork(connection).send(GET)
    during = Problems(client).all()
    Awork(connection).send(GET)

    assert [one.cause for one in during] == ["awork:deprecated"]
    assert Problems(client).all() == []


def test_workiva_is_heeded(client: Client) -> None:
    workivas = Workivas(client)
    prototype = workivas.worker(api=PROTOTYPE)
    workivas.replies = [reply(201, {"id": "t1"}, **MARKED), FINE]

    prototype.send(CREATE)
    (problem,) = workivas.problems
    prototype.send(CREATE)

    assert problem.cause == "workiva:deprecated"
    assert problem.message == (
        "POST /prototype/platform/tasks of Workiva is deprecated since 2026-02-12, and gone on"
        " 2027-01-31, by its own answers"
    )
    assert workivas.problems == []


def test_an_alone_workiva_tells_nobody(client: Client) -> None:
    workivas = Workivas(client)
    workiva = workivas.worker(is_alone=True)
    assert isinstance(workiva._connection, WorkivaConnection)
    workiva._connection.deprecations = Deprecations()
    workivas.replies = [reply(201, {"id": "t1"}, **MARKED)]

    assert isinstance(workiva.send(CREATE), Answer)
    assert not client.exists(keys.UNNAMED.problems)


@pytest.mark.parametrize(
    ("link", "is_told"),
    [
        (DOCS, True),
        ("https://chat.example.com/T0/secret_word/v2", False),
        ("https://chat.example.com/v2?key=other_secret", False),
    ],
)
def test_a_notified_host_is_heeded_and_its_address_not_told(
    client: Client, link: str, is_told: bool
) -> None:
    marked = {**MARKED, "Link": f'<{link}>; rel="deprecation"'}
    inner = httpx.MockTransport(lambda _: said(200, b"", **marked))
    guarded = Guarded(resolve=lambda *_: [PUBLIC], inner=inner)
    notifier = Notifier(
        guarded, {}, now=Workivas(client).now.now, deprecations=Deprecations(client)
    )

    notifier.send(notification("https://chat.example.com/T0/secret_word?key=other_secret"))

    (problem,) = Problems(client).all()
    assert problem.cause == "notify:https://chat.example.com:deprecated"
    assert problem.message.startswith("POST https://chat.example.com is deprecated since 2026")
    assert (link in problem.way_out) is is_told
    assert "secret" not in f"{problem}"
