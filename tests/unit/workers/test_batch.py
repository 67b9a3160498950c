"""What an answer about several things means for each of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from webhooks.errors import TargetFailed, TargetGone, TargetRefused
from workers.targets import batch
from workers.targets.answers import decipher
from workers.targets.http import Request

ONE, TWO, THREE = (f"{n * 8}-1111-4111-8111-{n * 12}" for n in "123")
REQUEST = Request("POST", "/timeentries/batch/setIsBilled", {"timeEntryIds": [ONE]})


def answered(json: object) -> Any:
    """What is kept of an answer of 207 with this body."""
    content = b"" if json is None else msgspec.json.encode(json)
    return decipher(REQUEST, 207, {"trace-id": "t1"}, content).json


def lists(**ids: list[str]) -> dict[str, Any]:
    """A body as awork writes it: four lists, some of them empty."""
    names = ("ok", "notFound", "unauthorized", "badRequest")
    return {name: {"ids": ids.get(name, [])} for name in names}


@pytest.mark.parametrize(
    ("name", "family", "message"),
    [
        ("notFound", TargetGone, "207 not-found: there is no such object"),
        (
            "unauthorized",
            TargetRefused,
            "207 unauthorized: the user of AWORK_API_TOKEN lacks the permission; give it to them in"
            " awork",
        ),
        ("badRequest", TargetRefused, "207 bad-request: awork does not take this for it"),
    ],
)
def test_where_nothing_was_done_it_fails_as_other_requests_do(
    name: str, family: type[TargetFailed], message: str
) -> None:
    with pytest.raises(TargetFailed) as failed:
        answered(lists(**{name: [ONE]}))

    assert type(failed.value) is family
    assert str(failed.value) == f"POST {REQUEST.path}: {message} ({ONE})"
    assert (failed.value.status, failed.value.trace_id) == (207, "t1")


def test_only_when_all_of_it_is_gone_the_request_is_about_nothing() -> None:
    with pytest.raises(TargetRefused) as failed:
        answered(lists(notFound=[ONE], badRequest=[TWO]))

    assert ONE in str(failed.value)
    assert TWO in str(failed.value)


def test_what_was_done_in_part_tells_what_became_of_each() -> None:
    kept = answered(lists(ok=[ONE.upper()], notFound=[TWO]))

    became = batch.of_each("POST /x", kept, [ONE, TWO, THREE])

    assert became[ONE] is None
    assert isinstance(became[TWO], TargetGone)
    assert isinstance(became[THREE], TargetRefused)
    assert str(became[THREE]) == f"POST /x: awork does not say what became of {THREE}"


@pytest.mark.parametrize("json", [None, {}, [], "done", lists(), {"ok": None}, {"ok": {"ids": 1}}])
def test_an_answer_that_does_not_say_is_to_be_settled_by_reading(json: object) -> None:
    assert batch.is_unsettled(answered(json))


@pytest.mark.parametrize("kept", [{}, {"id": ONE}, lists(ok=[ONE])])
def test_any_other_answer_is_settled(kept: dict[str, Any]) -> None:
    assert not batch.is_unsettled(kept)
