"""Requests about several things: what became of each. Performs no I/O.

awork answers 207 and sorts the ids into four lists. Where none was done the request failed as one
about a single thing does; some calls are documented to answer 207 and say nothing, or nothing that
is documented: then only reading the things tells.
Source: MultiStatusResult in awork's OpenAPI file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webhooks.errors import TargetFailed, TargetGone, TargetRefused

MULTI_STATUS = 207
#: stands for an answer that does not say what became of each
_UNSETTLED: Mapping[str, Any] = {"status": MULTI_STATUS}
#: list of ids -> awork's code for what it says of them
_CODES = {"notFound": "not-found", "unauthorized": "unauthorized", "badRequest": "bad-request"}
_TOLD = {
    "notFound": "there is no such object",
    "unauthorized": "the user of AWORK_API_TOKEN lacks the permission; give it to them in awork",
    "badRequest": "awork does not take this for it",
}


def result(asked: str, json: object, trace_id: str) -> Mapping[str, Any]:
    """What is kept of an answer of 207. asked: the request, for people.

    Raises TargetGone when all the request was about is gone, and TargetRefused when none of it
    was done.
    """
    lists = _lists(json)
    if not any(lists.values()):
        return _UNSETTLED
    if "ok" not in lists:
        raise _error(asked, lists, trace_id)
    return {name: {"ids": ids} for name, ids in lists.items()}


def is_unsettled(kept: Mapping[str, Any]) -> bool:
    """True when awork did not say what became of each: read it. kept: what Effects.once gave."""
    return dict(kept) == _UNSETTLED


def of_each(
    asked: str, kept: Mapping[str, Any], ids: Iterable[str]
) -> dict[str, TargetFailed | None]:
    """What became of each id: the error that it met, None when it was done.

    kept: what Effects.once gave, of an answer that is settled. Of an id that awork does not
    mention the error says so.
    """
    lists = _lists(kept)
    return {ident: _error_of(asked, lists, ident) for ident in ids}


def _error_of(asked: str, lists: Mapping[str, list[str]], ident: str) -> TargetFailed | None:
    names = [name for name, of in lists.items() if ident.lower() in map(str.lower, of)]
    if "ok" in names:
        return None
    if not names:
        return TargetRefused(f"{asked}: awork does not say what became of {ident}", code="unsaid")
    return _error(asked, {names[0]: [ident]}, "")


def _error(asked: str, lists: Mapping[str, list[str]], trace_id: str) -> TargetFailed:
    told = "; ".join(f"{_TOLD[name]} ({', '.join(ids)})" for name, ids in lists.items())
    code = _CODES[next(iter(lists))]
    family = TargetGone if set(lists) == {"notFound"} else TargetRefused
    message = f"{asked}: {MULTI_STATUS} {code}: {told}"
    return family(message, code=code, trace_id=trace_id, status=MULTI_STATUS)


def _lists(json: object) -> dict[str, list[str]]:
    """The ids by what became of them; lists that are empty are left out."""
    if not isinstance(json, Mapping):
        return {}
    found = {}
    for name in ("ok", "unauthorized", "badRequest", "notFound"):
        of = json.get(name)
        ids = of.get("ids") if isinstance(of, Mapping) else None
        if isinstance(ids, list) and ids:
            found[name] = [str(ident) for ident in ids]
    return found
