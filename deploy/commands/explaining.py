"""Judging one event from a file by the rules, without writing anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from deploy.commands.ending import fail
from webhooks.errors import HookworkError, Unreadable
from webhooks.sources import awork as source
from webhooks.sources.kinds import ALIASES
from webhooks.store.journal import Run
from workers.rehearse import rehearse
from workers.rules.findings import way_out
from workers.rules.model import RuleSet
from workers.targets.awork import Connection

_AWORK = "https://api.awork.com/api/v1"
_WHY = "awork was not asked: AWORK_API_TOKEN is not set"


def explained(event: Path, rules: RuleSet, rule: str, environ: Mapping[str, str]) -> Run:
    """What the rules make of the event in a file, with every condition evaluated.

    rule: the id of the only rule to consider, or empty. Ends the command when the file has no
    event, or no rule has that id.
    """
    payload = _read(event)
    told = str(payload.get("eventType"))
    kind = ALIASES.get(told, told)
    chosen = _chosen(rules, rule)
    connection = _connection(environ)
    try:
        run = rehearse(
            payload,
            kind,
            chosen,
            connection=connection,
            now=datetime.now(UTC),
            mode="shadow",
            whole=True,
        )
    except HookworkError as error:
        fail(f"awork did not answer: {error}")
    finally:
        connection.close()
    return _in_their_own_modes(run, chosen)


def _in_their_own_modes(run: Run, rules: RuleSet) -> Run:
    """Nothing was written, whatever the mode; what is told is what each rule would do."""
    modes = {rule.id: rule.mode for rule in rules.rules}
    return replace(run, rules=tuple(replace(one, mode=modes[one.rule]) for one in run.rules))


def _chosen(rules: RuleSet, rule: str) -> RuleSet:
    if not rule:
        return rules
    named = rules.named(rule)
    if named is None:
        fail(f"no rule is called '{rule}'; {way_out(rule, [one.id for one in rules.rules])}")
    return RuleSet((named,), rules.hash)


def _read(event: Path) -> dict[str, Any]:
    """The body of a delivery; what the edge would put into quarantine is refused here."""
    try:
        body = event.read_bytes()
    except OSError as error:
        fail(f"{event} cannot be read: {error.strerror}", 2)
    try:
        source.parse(body, event_id="explained", now_ms=0)
    except Unreadable as error:
        fail(f"{event} is no event of awork: {error}")
    payload: dict[str, Any] = json.loads(body)
    return payload


def _connection(environ: Mapping[str, str]) -> Connection:
    token = environ.get("AWORK_API_TOKEN", "")
    url = environ.get("AWORK_API_URL") or _AWORK
    if token:
        return Connection(url, token)
    return Connection(url, "none", transport=httpx.MockTransport(_not_asked))


def _not_asked(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/me"):
        # Nobody: then no event is our own, which is what a file from elsewhere wants.
        return httpx.Response(200, json={"id": ""})
    return httpx.Response(400, json={"code": "not-asked", "description": _WHY})
