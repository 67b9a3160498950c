"""`hookwork doctor`: is everything in place, and what to do where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands import configured
from deploy.commands.backfill import told

if TYPE_CHECKING:
    from deploy.commands.checks import Check
    from webhooks.settings import Settings
    from workers.rules.model import RuleSet
    from workers.targets.awork import Awork
    from workers.targets.subscriptions import Subscription, Subscriptions


def doctor(
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Make a paused subscription active again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print data.")] = False,
) -> None:
    """Look at settings, Redis, awork's token, the subscription, and Workiva where it is used.

    With each finding comes a way out.

    Exits 1 when something is wrong. --fix makes a subscription that awork has paused active again,
    and changes nothing else.

    Example: hookwork doctor --fix
    """
    checks = list(_looked(fix=fix))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in checks], indent=2))
    else:
        for one in checks:
            way_out = f"\n      -> {one.way_out}" if one.way_out else ""
            typer.echo(f"{'ok' if one.good else 'BAD':4}{one.of}: {one.message}{way_out}")
    if not all(one.good for one in checks):
        raise typer.Exit(1)


def _looked(*, fix: bool) -> Iterator[Check]:
    from deploy.commands.checks import Check, redis_checks
    from deploy.commands.checks_sentinels import sentinel_checks
    from webhooks.errors import SettingsRejected
    from webhooks.store.connection import sync_client, watched
    from webhooks.workspaces import read_all, which

    environ = configured.environ()
    try:
        workspaces = read_all(environ)
        if environ.get("HOOKWORK_WORKSPACE"):
            workspaces = {name: workspaces[name] for name in [which(environ)]}
    except SettingsRejected as rejected:
        for problem in rejected.problems:
            yield Check("settings", False, problem, "set it, and give the command again")
        return
    yield Check("settings", True, "all are there and can be read")
    first = next(iter(workspaces.values()))
    yield from redis_checks(sync_client(first), workspaces)
    yield from sentinel_checks(watched(first))
    for name, settings in workspaces.items():
        for one in _of_workspace(settings, fix=fix):
            yield _named(one, name) if name else one


def _named(one: Check, workspace: str) -> Check:
    from webhooks.workspaces import named

    message, way_out = named(one.message, workspace), named(one.way_out, workspace)
    return replace(one, of=f"{workspace} {one.of}", message=message, way_out=way_out)


def _of_workspace(settings: Settings, *, fix: bool) -> Iterator[Check]:
    from deploy.commands.checks import Check, problem_checks, rules_loaded
    from deploy.commands.checks_workiva import workiva_checks
    from webhooks.store.connection import sync_client
    from workers import sunset
    from workers.targets.workiva_api import APIS

    def now() -> datetime:
        return datetime.now(UTC)

    client = sync_client(settings)
    ended = sunset.found(APIS[settings.workiva_api], now().date())
    yield from problem_checks(client, ended)
    loaded = rules_loaded(settings)
    rules = None if isinstance(loaded, Check) else loaded
    if isinstance(loaded, Check):
        yield loaded
    yield from _awork(settings, rules, fix=fix)
    yield from workiva_checks(settings, rules, ended, now)


def _awork(settings: Settings, rules: RuleSet | None, *, fix: bool) -> Iterator[Check]:
    from deploy.commands.checks import awork_check
    from workers.targets.awork import Awork, Connection

    token = settings.awork_api_token.get_secret_value()
    with closing(Connection(settings.awork_api_url, token, connections=1)) as connection:
        awork = Awork(connection)
        answers = awork_check(awork)
        yield answers
        if answers.good:
            yield from _subscription(awork, settings, rules, fix=fix)


def _subscription(
    awork: Awork, settings: Settings, rules: RuleSet | None, *, fix: bool
) -> Iterator[Check]:
    from deploy.commands.checks import Check, subscription_checks, subscription_state
    from workers.targets.subscriptions import gate

    found = subscription_state(awork, gate(settings))
    if fix and not isinstance(found, Check) and _paused(found):
        yield from _fixed(awork, settings, _paused(found))
        found = subscription_state(awork, gate(settings))
    if isinstance(found, Check):
        yield found
    else:
        yield from subscription_checks(found, rules, settings)


def _paused(found: Subscriptions) -> list[Subscription]:
    return [one for one in found.ours if not one.is_active]


def _fixed(awork: Awork, settings: Settings, paused: list[Subscription]) -> Iterator[Check]:
    from deploy.commands.checks import Check
    from webhooks.errors import TargetFailed
    from workers.targets.subscriptions import enable, gate, paused_since

    for one in paused:
        typer.echo(f"Making the subscription '{one.name}' ({one.place}) active again", err=True)
        try:
            since = paused_since(awork, one)
            enable(awork, one, gate(settings))
        except TargetFailed as failed:
            # Active or not: what is looked at next says so.
            yield Check("subscription", False, f"could not be made active: {failed}", "by hand")
            continue
        yield Check(
            "subscription", True, f"'{one.name}' was paused, and is active again", _rest(since)
        )


def _rest(since: datetime | None) -> str:
    when = told(since) if since else "WHEN IT WAS PAUSED"
    return f"what was not delivered meanwhile: hookwork backfill --since {when}"
