"""Judging one event from a file by the rules, without writing anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from deploy.commands import unasked
from deploy.commands.circumstances import deaf, flow
from deploy.commands.ending import fail
from deploy.explained import Beside
from webhooks.errors import HookworkError, Unreadable
from webhooks.sources import awork as source
from webhooks.sources.kinds import ALIASES
from webhooks.store.journal import RuleRun, Run
from workers import needs
from workers.rehearse import rehearse
from workers.rules.findings import way_out
from workers.rules.model import Rule, RuleSet
from workers.rules.values import instant, quoted
from workers.targets.awork import Connection
from workers.targets.workiva import unset
from workers.targets.workiva_api import APIS, CURRENT

_AWORK = "https://api.awork.com/api/v1"
_WORKIVA = (
    "Which tasks hookwork has made in Workiva is not known here: create_workiva_task is shown as"
    " for the first time, and sync_workiva_task finds none."
)
_MOMENT = "'2026-03-27T16:00 Europe/Berlin' or 2026-03-27T15:00:00Z"


def explained(
    event: Path, rules: RuleSet, rule: str, environ: Mapping[str, str], at: str = ""
) -> tuple[Run, Beside]:
    """What the rules make of the event in a file, with every condition evaluated.

    rule: the id of the only rule to consider, or empty. at: the moment the rules see; empty: that
    of the event, and now where it has none. Ends the command when the file has no event, no rule
    has that id, or `at` is no moment.
    """
    payload = _read(event)
    kind = _kind(payload)
    chosen = _chosen(rules, rule)
    now, as_of = _moment(at, payload)
    token = environ.get("AWORK_API_TOKEN", "")
    connection = _connection(token, environ.get("AWORK_API_URL") or _AWORK)
    # Never asked; what its API takes is known all the same.
    workiva = unset(APIS.get(environ.get("WORKIVA_API", ""), CURRENT))

    def judged(by: RuleSet) -> Run:
        return rehearse(
            payload,
            kind,
            by,
            connection=connection,
            now=now,
            mode="shadow",
            whole=True,
            workiva=workiva,
        )

    try:
        run = judged(chosen)
        run = run if token else unasked.told(run, chosen, judged)
    except HookworkError as error:
        fail(f"awork did not answer: {error}")
    finally:
        connection.close()
    if not run.rules:
        run = replace(run, message=deaf(chosen.named(rule), kind, now))
    own = () if token or not run.rules else unasked.own_doing(payload)
    flows = {one.id: flow(one) for one in chosen.rules}
    return _as_they_are(run, chosen), Beside((as_of, *own, *_made_before(run)), flows)


def _made_before(run: Run) -> tuple[str, ...]:
    """What is to be said where actions go by what was made before, of which nothing is read."""
    names = {action.name for rule in run.rules for action in rule.actions}
    return (_WORKIVA,) if names & needs.NEEDED.keys() else ()


def _kind(payload: Mapping[str, Any]) -> str:
    told = str(payload.get("eventType"))
    return ALIASES.get(told, told)


def _moment(at: str, payload: Mapping[str, Any]) -> tuple[datetime, str]:
    """The moment the rules see, and how it is told."""
    if at:
        moment, _, zone = at.partition(" ")
        try:
            now = instant(moment, zone.strip() or None)
        except (ValueError, KeyError, OSError):
            # ZoneInfoNotFoundError is a KeyError; "Europe" alone is a folder
            fail(f"--now is a moment such as {_MOMENT}, not {quoted(at)}", 2)
        return now, f"As of {_told(now)}."
    try:
        now = instant(payload.get("timestamp"), "UTC")
    except ValueError:
        now = datetime.now(UTC)
        return now, f"As of {_told(now)}, now: the event has no moment."
    return now, f"As of {_told(now)}, the moment of the event; --now sets another."


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} {at.tzname() or 'UTC'}"


def _as_they_are(run: Run, rules: RuleSet) -> Run:
    """Nothing was written, whatever the mode; what is told is what each rule would do."""
    by_id = {rule.id: rule for rule in rules.rules}
    return replace(run, rules=tuple(_as_it_is(one, by_id[one.rule]) for one in run.rules))


def _as_it_is(ran: RuleRun, rule: Rule) -> RuleRun:
    reason = rule.reason if ran.verdict == "off" else ran.reason
    return replace(ran, mode=rule.mode, reason=reason)


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


def _connection(token: str, url: str) -> Connection:
    if token:
        return Connection(url, token)
    return Connection(url, "none", transport=unasked.transport())
