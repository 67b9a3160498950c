"""Webhook subscriptions in awork, and what their logs keep of failed deliveries.

Reading them takes `workspace-manage-config:read`, which an API key has and an API user with a role
of its own may not have: 401 `unauthorized`, a TargetRefused. A log has some thousand entries.
Source: https://developers.awork.com/webhooks and the contract.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from webhooks.settings import Settings
from workers.targets.awork import Awork
from workers.targets.filters import where
from workers.targets.http import Request
from workers.targets.reading import Part, read

#: where our edge takes deliveries, whatever is before it; of a workspace that has a name, below it
PATH = "/webhooks/awork"
#: what can be set of a subscription; the rest is awork's own
_FORM = (
    "name",
    "uri",
    "events",
    "isActive",
    "authenticationType",
    "authentication",
    "onlyTriggerForMainEntityChanges",
    "language",
)


class _Told(Part, frozen=True):
    id: str | None = None
    name: str | None = None
    uri: str | None = None
    #: one text, with commas
    events: str | None = None
    is_active: bool | None = None
    last_failure_reason: str | None = None
    authentication_type: str | None = None
    #: name=value
    authentication: str | None = None
    only_trigger_for_main_entity_changes: bool | None = None
    updated_on: datetime | None = None


@dataclass(frozen=True)
class Subscription:
    """One of awork's subscriptions."""

    id: str
    name: str
    uri: str
    events: frozenset[str]
    is_active: bool
    #: awork's words for the last failure; empty when the last delivery was taken
    failure: str
    #: nested changes raise no events of what holds them
    is_first_level_only: bool
    #: as awork sent it, for writing it back; has the secret in it
    whole: Mapping[str, Any] = field(repr=False)

    @property
    def place(self) -> str:
        """Host and path of its address, without what may be secret in it."""
        parts = urlsplit(self.uri)
        return f"{parts.hostname or ''}{parts.path}"


@dataclass(frozen=True)
class Gate:
    """The header that our edge lets deliveries in by."""

    #: lower case
    header: str
    #: the one of today first
    secrets: tuple[str, ...] = field(repr=False)
    #: where it is, without what is before it
    path: str = PATH

    def lets_in(self, whole: Mapping[str, Any]) -> bool:
        """True when a subscription sends it. All secrets of one length take the same time.

        One whose header awork does not show gets the benefit of the doubt.
        """
        told = read(_Told, whole)
        if told.authentication_type != "header":
            return False
        if told.authentication is None:
            return True
        # Values may have an equals sign in them, names may not.
        name, _, value = told.authentication.partition("=")
        matches = [hmac.compare_digest(value.encode(), one.encode()) for one in self.secrets]
        return name.strip().lower() == self.header and any(matches)


def gate(settings: Settings) -> Gate:
    """The header and the secrets of these settings."""
    secrets = (settings.awork_webhook_secret, settings.awork_webhook_secret_previous)
    name = settings.hookwork_workspace
    return Gate(
        settings.awork_webhook_header,
        tuple(one.get_secret_value() for one in secrets if one is not None),
        f"{PATH}/{name}" if name else PATH,
    )


@dataclass(frozen=True)
class Subscriptions:
    """Those that have our address, as far as their paths tell."""

    #: which send our header with our secret
    ours: tuple[Subscription, ...]
    #: which do not
    others: tuple[Subscription, ...]


def _path(whole: Mapping[str, Any]) -> str:
    return urlsplit(str(whole.get("uri"))).path.rstrip("/")


def subscriptions(awork: Awork, gate: Gate) -> Subscriptions:
    """The subscriptions that lead to an edge like ours. Raises TargetFailed."""
    here = [
        one
        for one in awork.list("/webhooks")
        if isinstance(one, dict) and _path(one).endswith(gate.path)
    ]
    return Subscriptions(
        tuple(_subscription(one) for one in here if gate.lets_in(one)),
        tuple(_subscription(one) for one in here if not gate.lets_in(one)),
    )


def undelivered(awork: Awork, subscription: Subscription, since: datetime) -> list[Undelivered]:
    """The deliveries that failed since then, and did not succeed in a later try.

    Oldest first. Raises TargetFailed.
    """
    failed = _log(awork, subscription, since, successful=False)
    if not failed:
        return []
    taken = {one.message for one in _log(awork, subscription, since, successful=True)}
    last = {one.message: one for one in failed if one.message not in taken}
    return sorted(last.values(), key=lambda one: one.at)


@dataclass(frozen=True)
class Undelivered:
    """A body that awork could not deliver."""

    message: str = field(repr=False)
    #: when it was tried last
    at: datetime


def paused_since(awork: Awork, subscription: Subscription) -> datetime | None:
    """Since when deliveries may be missing: the last that was taken; else the first that was not,
    else the last change of the subscription; None when awork tells none of them.

    Raises TargetFailed.
    """
    entries = [
        told for one in awork.list(f"/webhooks/{subscription.id}/logs") if (told := _entry(one))
    ]
    taken = [at for at, is_successful, _ in entries if is_successful]
    failed = [at for at, is_successful, _ in entries if not is_successful]
    if taken:
        return max(taken)
    return min(failed) if failed else read(_Told, subscription.whole).updated_on


def enable(awork: Awork, subscription: Subscription, gate: Gate) -> None:
    """Make a subscription active again; everything else stays as it is.

    Raises TargetFailed.
    """
    form = {name: subscription.whole.get(name) for name in _FORM}
    form["isActive"] = True
    if not form["authentication"] and form["authenticationType"] == "header":
        # awork does not show it, and would take it away when it is not sent.
        form["authentication"] = f"{gate.header}={gate.secrets[0]}"
    told = {name: value for name, value in form.items() if value is not None}
    awork.send(Request("PUT", f"/webhooks/{subscription.id}", told))


def _log(
    awork: Awork, subscription: Subscription, since: datetime, *, successful: bool
) -> list[Undelivered]:
    wanted = where("isSuccessful").eq(successful) & where("createdOn").ge(since)
    found = awork.list(f"/webhooks/{subscription.id}/logs", filterby=str(wanted))
    entries: Iterable[tuple[datetime, bool, str]] = filter(None, map(_entry, found))
    return [
        Undelivered(message, at)
        for at, is_successful, message in entries
        # Whatever awork makes of the filter.
        if is_successful is successful and at >= since and message
    ]


class _Entry(Part, frozen=True):
    message: str | None = None
    is_successful: bool | None = None
    created_on: datetime | None = None


def _entry(sent: object) -> tuple[datetime, bool, str] | None:
    told = read(_Entry, sent)
    if told.created_on is None or told.is_successful is None:
        return None
    return told.created_on, told.is_successful, told.message or ""


def _subscription(whole: Mapping[str, Any]) -> Subscription:
    told = read(_Told, whole)
    return Subscription(
        id=told.id or "",
        name=told.name or "",
        uri=told.uri or "",
        events=frozenset(name.strip() for name in (told.events or "").split(",") if name.strip()),
        is_active=bool(told.is_active),
        failure=told.last_failure_reason or "",
        is_first_level_only=bool(told.only_trigger_for_main_entity_changes),
        whole=whole,
    )
