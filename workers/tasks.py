"""The Celery tasks: shells around plain functions."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from workers.bell import TASK


def register(app: Celery, drain: Callable[[], None]) -> None:
    """Put the tasks into an application. drain: works off what is due in the inbox."""

    @app.task(name=TASK)
    def _drain() -> None:
        drain()
