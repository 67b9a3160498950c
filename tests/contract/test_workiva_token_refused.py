"""Tokens that are not given, and tokens that are not taken. Real Redis, own clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.contract.workivas import SECRET, Workivas, reply, wrong
from webhooks.errors import TargetBusy
from webhooks.store import keys
from webhooks.store.client import Client
from workers.targets.http import Answer


@pytest.fixture
def workivas(client: Client) -> Workivas:
    return Workivas(client)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as running:
        yield running


@pytest.mark.parametrize(
    ("refuses", "code"),
    [
        (reply(500), "status-500"),
        (wrong(429, "TooManyRequests"), "status-429"),
        (reply(404), "no-token"),
    ],
)
def test_without_a_token_nothing_was_written_and_the_next_may_ask(
    workivas: Workivas, client: Client, refuses: Any, code: str
) -> None:
    workivas.refuses = refuses

    failed = [workivas.failed(worker=worker) for worker in (0, 1)]

    assert [(type(one), one.code) for one in failed] == [(TargetBusy, code)] * 2
    assert (len(workivas.sign_ins), workivas.asked, client.keys(keys.UNNAMED.signing("*"))) == (
        2,
        [],
        [],
    )


@pytest.mark.parametrize(
    ("error", "code"), [(httpx.ConnectError, "not-sent"), (httpx.ReadTimeout, "no-answer")]
)
def test_a_sign_in_that_is_not_answered_wrote_nothing(
    workivas: Workivas, error: type[httpx.TransportError], code: str
) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise error("away", request=request)

    workivas.refuses = silent

    failed = workivas.failed()

    assert (type(failed), failed.code) == (TargetBusy, code)
    assert str(failed) == f"POST /oauth2/token: {error.__name__}: away"


@pytest.mark.parametrize("is_alone", [False, True])
def test_a_token_that_is_not_taken_is_replaced_and_the_task_made_once(
    workivas: Workivas, is_alone: bool
) -> None:
    workivas.workers = [workivas.worker(is_alone=is_alone), workivas.worker()]
    workivas.send()
    workivas.valid.clear()

    answer = workivas.send()

    assert isinstance(answer, Answer)
    assert [one.headers["Authorization"][-1] for one in workivas.asked] == ["1", "1", "2"]
    assert workivas.workers[0].tally == {"api:workiva:201": 2, "api:workiva:401": 1}
    assert workivas.problems == []


def test_a_token_that_is_not_taken_is_dropped_for_all_and_a_newer_one_is_not(
    workivas: Workivas, threads: ThreadPoolExecutor
) -> None:
    workivas.send()
    old = workivas.valid.pop()

    for worker in (0, 1):
        workivas.send(worker=worker)
        # Who got the 401 a little later drops the same one once more.
        workivas.workers[worker]._connection.tokens.drop(old)
    sent = list(threads.map(lambda n: workivas.send(worker=n % 2), range(16)))

    assert [type(one) for one in sent] == [Answer] * 16
    assert workivas.given == 2


def test_neither_token_nor_secret_is_told_anywhere(workivas: Workivas) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        said = f"no: {request.headers['Authorization']}"
        return wrong(400 if len(workivas.asked) == 1 else 401, "No", said)(request)

    workivas.replies = [echo]
    with capture_logs() as lines:
        told = [workivas.failed(), workivas.failed()]
        said = {"error": "invalid_client", "error_description": f"not {SECRET}"}
        workivas.refuses = reply(401, said)
        workivas.later(1)
        told.append(workivas.failed())
    connection = workivas.workers[0]._connection
    inside = [vars(connection), vars(connection.tokens), connection.tokens._shelf.look()]
    shown = " ".join(f"{one} {one!r}" for one in [told, lines, workivas.problems, *inside])

    assert [str(one) for one in told] == [
        "POST /tasks: 400No: no: Bearer ...",
        "POST /tasks: 401No: no: Bearer ...",
        "POST /oauth2/token: 401 invalid_client: not ...",
    ]
    assert SECRET not in shown
    assert "token-number" not in shown
