"""The Celery application and its settings, each with its reason. Nothing else.

Run as `python -m workers`, or as `celery -A workers.app worker --without-gossip --without-mingle
--without-heartbeat`: those three flags save six connections and most idle chatter.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache

from celery import Celery

from webhooks import logs
from webhooks.errors import RuleFilesRejected, SettingsRejected
from webhooks.settings import Settings
from webhooks.store.connection import broker_options, broker_tls, broker_url
from webhooks.store.keys import QUEUE
from webhooks.workspaces import read_all
from workers import tasks


def create(settings: Settings, drain: Callable[[], None]) -> Celery:
    """A Celery application for these settings, whose task calls `drain`. Connects to nothing."""
    app = Celery("hookwork", set_as_current=False)
    app.conf.update(
        broker_url=broker_url(settings),
        broker_use_ssl=broker_tls(settings),
        task_default_queue=QUEUE,
        # Threads: the work is waiting for awork; a plain SIGTERM to the whole process group (as
        # Heroku sends it) lets them finish, where forked children would die in mid-request.
        worker_pool="threads",
        worker_concurrency=settings.worker_concurrency,
        # Anyone who can write to Redis could run code with pickle.
        accept_content=["json"],
        task_serializer="json",
        # A bell has no result. A result backend costs a quarter of the rate, events a third.
        task_ignore_result=True,
        result_backend=None,
        worker_send_task_events=False,
        task_send_sent_event=False,
        # Late, and one at a time: a bell that dies with its worker is worth little, but a worker
        # must not hoard bells while another is idle.
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        # Remote control stays on: when all slots are taken, its connection is the only one that
        # notices a restarted Redis; without it workers go deaf.
        worker_enable_remote_control=True,
        # Celery's own comes back up to 30 s after Redis.
        worker_consumer="workers.consumer:Consumer",
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # Redis may be away at start and at any time: wait for it, for ever.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # It may also be there and take no writes: without this, workers end then.
        broker_channel_error_retry=True,
        worker_hijack_root_logger=False,
        broker_transport_options={
            # Ten times the longest task and more; no effect depends on it.
            "visibility_timeout": 300,
            # Bells of dead workers come back in seconds rather than minutes.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            # A half-open connection (failover, NAT) is noticed.
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 10,
            **broker_options(settings),
        },
    )
    tasks.register(app, drain)
    return app


@cache
def _app() -> Celery:
    """The application of a worker process: settings, rules and all; one line for each mistake."""
    from workers.runtime import Runtime

    try:
        workspaces = read_all(os.environ)
        settings = next(iter(workspaces.values()))
        logs.configure(settings)
        runtime = Runtime(workspaces)
        app = create(settings, runtime.drain)
        runtime.attach(app)
    except SettingsRejected as rejected:
        sys.exit("\n".join(rejected.problems))
    except RuleFilesRejected as rejected:
        sys.exit("\n".join(mistake.with_caret() for mistake in rejected.mistakes))
    return app


def __getattr__(name: str) -> Celery:
    """`workers.app.app`, for Celery's -A; made when it is asked for, not at import."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _app()
