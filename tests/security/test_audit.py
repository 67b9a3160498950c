"""The audit of what we depend on: fails on what is found, and says when it could not look."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.security.audit import Locked, ask, decide, locked

PACKAGES = [Locked("a", "1.0"), Locked("b", "2.0")]
FOUND = [{}, {"vulns": [{"id": "GHSA-1"}, {"id": "PYSEC-2"}]}]


def test_every_locked_version_is_asked_about() -> None:
    root = Path(__file__).parents[2]
    text = (root / "requirements.txt").read_text()

    packages = locked([text, text])

    assert len(packages) == text.count("==") - text.count("== '") - text.count("version ==")
    assert {"starlette", "uvicorn", "celery", "httpx"} <= {one.name for one in packages}


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("a==1.0 \\", "a", "1.0"),
        ("A-b.c==1.0rc1", "A-b.c", "1.0rc1"),
        ("a[x,y]==1.0 ; python_version < '3.12' \\", "a", "1.0"),
    ],
)
def test_a_line_of_a_lock_is_read(line: str, name: str, version: str) -> None:
    assert locked([f"# comment a==9\n{line}\n    --hash=sha256:00\n"]) == [Locked(name, version)]


def test_nothing_found_is_good() -> None:
    verdict = decide(PACKAGES, [{}, {}])

    assert verdict.exit_code == 0
    assert verdict.lines == ("audited: 2 packages, no known holes",)


def test_what_is_found_fails_with_the_way_out() -> None:
    verdict = decide(PACKAGES, FOUND)

    assert verdict.exit_code == 1
    assert verdict.lines[0].startswith("b 2.0: GHSA-1, see https://osv.dev/vulnerability/GHSA-1;")
    assert len(verdict.lines) == 2


def test_what_is_accepted_is_told_with_its_reason_and_fails_no_more() -> None:
    reason = "we do not call it"

    assert decide(PACKAGES, FOUND, {"GHSA-1": reason}).exit_code == 1
    verdict = decide(PACKAGES, FOUND, {"GHSA-1": reason, "PYSEC-2": reason})
    assert verdict.exit_code == 0
    assert verdict.lines[0] == "b 2.0: GHSA-1, accepted: we do not call it"


def test_without_the_service_nothing_is_audited_and_that_is_said() -> None:
    verdict = decide(PACKAGES, None)

    assert verdict.exit_code == 0
    assert verdict.lines == ("not audited: the service cannot be reached",)


@pytest.mark.parametrize("packages", [PACKAGES, []])
def test_an_answer_that_does_not_fit_is_no_all_clear(packages: list[Locked]) -> None:
    assert decide(packages, [{}]).exit_code == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>log in here</html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[]),
        httpx.Response(403),
        httpx.Response(502),
    ],
)
def test_a_strangers_answer_is_none(answer: httpx.Response) -> None:
    assert ask(PACKAGES, httpx.MockTransport(lambda _: answer)) is None


def test_all_packages_are_asked_about_in_one_request() -> None:
    asked: list[httpx.Request] = []

    def call(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"results": FOUND})

    assert ask(PACKAGES, httpx.MockTransport(call)) == FOUND
    (request,) = asked
    assert json.loads(request.content)["queries"][1] == {
        "package": {"name": "b", "ecosystem": "PyPI"},
        "version": "2.0",
    }


def test_nobody_there_is_no_answer() -> None:
    def call(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no network")

    assert ask(PACKAGES, httpx.MockTransport(call)) is None
