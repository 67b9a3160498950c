"""What a worker process has for one workspace, made from its settings: its way to awork, to Workiva
and to notified hosts, and what all work on events needs."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from datetime import datetime

from webhooks.settings import Settings
from webhooks.store.client import Client
from webhooks.store.feeder import Feeder
from webhooks.store.inbox import Inbox
from webhooks.store.turns import Turns
from workers.deps import Deps
from workers.holdings import StoredHoldings
from workers.rules.model import RuleSet
from workers.targets import notify
from workers.targets import workiva as target
from workers.targets.addresses import Guarded
from workers.targets.awork import Connection
from workers.targets.budget import SharedBudget
from workers.targets.cache import Cache
from workers.targets.circuits import Circuits
from workers.targets.deprecations import Deprecations
from workers.targets.directory import Directory
from workers.targets.share import Share
from workers.targets.subscriptions import gate
from workers.targets.workiva_api import APIS
from workers.watching import look
from workers.watching.watcher import Watcher

#: The housekeeper's thread that works off what no bell was heard for sends requests beside those
#: of all slots. What watches awork has connections of its own.
_HELPERS = 1


def deps(
    settings: Settings,
    client: Client,
    rules: Callable[[], RuleSet],
    stopping: Callable[[], bool],
    now: Callable[[], datetime],
) -> Deps:
    """What processing needs from outside."""
    circuits = Circuits(client, by=socket.gethostname())
    return Deps(
        rules=rules,
        redis=client,
        inbox=Inbox(client, retention_s=settings.retention_s),
        turns=Turns(client),
        connection=awork(settings, client, circuits),
        directory=Directory(),
        holdings=StoredHoldings(client, retention_s=settings.retention_s),
        targets={notify.NAME: notifier(settings, circuits, now=now)},
        workiva=workiva(settings, circuits, now=now),
        retention_s=settings.retention_s,
        now=now,
        jitter=lambda longest_s: random.uniform(0, longest_s),  # noqa: S311  not a secret
        stopping=stopping,
        open_from=settings.closed_before,
    )


def watcher(settings: Settings, deps: Deps, worker: str, is_ready: Callable[[], bool]) -> Watcher:
    """What compares the inbox with awork. worker: its name. is_ready: true once there are rules."""
    connection = watching(settings, deps)

    def looked(watcher: Watcher) -> None:
        means = look.Means(
            client=deps.redis,
            connection=connection,
            rules=deps.rules,
            gate=gate(settings),
            into=Feeder(deps.redis, retention_s=deps.retention_s),
            now=deps.now,
            entropy=os.urandom,
            wait=watcher.wait,
            alive=watcher.alive,
        )
        look.look(means)

    return Watcher(deps.redis, worker, looked, is_ready=is_ready, close=connection.close)


def awork(settings: Settings, client: Client, circuits: Circuits) -> Connection:
    """awork, for the work on events."""
    return Connection(
        settings.awork_api_url,
        settings.awork_api_token.get_secret_value(),
        connections=settings.worker_concurrency + _HELPERS,
        budget=SharedBudget(client, settings.awork_rate_per_minute),
        cache=Cache(client),
        circuits=circuits,
        deprecations=Deprecations(client),
    )


def watching(settings: Settings, deps: Deps) -> Connection:
    """awork, for the comparison of the inbox with it: connections of its own, and a share of the
    budget."""
    return Connection(
        settings.awork_api_url,
        settings.awork_api_token.get_secret_value(),
        connections=1,
        budget=Share(deps.connection.budget, deps.redis, settings.awork_rate_per_minute),
        cache=deps.connection.cache,
        # The budget asks awork's circuit: what comes of a probe has to be told.
        circuits=deps.connection.circuits,
        deprecations=deps.connection.deprecations,
    )


def notifier(
    settings: Settings, circuits: Circuits, *, now: Callable[[], datetime]
) -> notify.Notifier:
    """The hosts that rules notify."""
    threads = settings.worker_concurrency + _HELPERS
    guarded = Guarded(settings.hookwork_notify_allow, connections=threads)
    return notify.Notifier(
        guarded,
        settings.notify_secrets,
        now=now,
        circuits=circuits,
        deprecations=Deprecations(circuits.client),
    )


def workiva(
    settings: Settings, circuits: Circuits, *, now: Callable[[], datetime]
) -> target.Connection:
    """Workiva; one that is never sent to where its credentials are not set."""
    ident, secret = settings.workiva_client_id, settings.workiva_client_secret
    return target.Connection(
        settings.workiva_api_url,
        target.Credentials(ident, secret) if ident and secret else None,
        api=APIS[settings.workiva_api],
        connections=settings.worker_concurrency + _HELPERS,
        client=circuits.client,
        circuits=circuits,
        deprecations=Deprecations(circuits.client),
        now=now,
    )
