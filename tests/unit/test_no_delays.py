"""Waiting is a due time in the inbox: past the visibility timeout Celery's own delays run twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
#: how Celery is told to wait
DELAYS = {"countdown", "eta", "retry_backoff", "default_retry_delay", "autoretry_for"}
#: how a task of Celery's is sent once more
SENDING_AGAIN = {"retry", "apply_async", "delay", "send_task", "signature"}
#: the bell's message is written there, once, into a queue in memory; it is no task that waits
WRITES_THE_BELL = ROOT / "workers" / "bell.py"


def delays(source: str) -> Iterator[str]:
    """What in a module tells Celery to wait, or sends it anything."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in DELAYS:
            yield f"{node.arg}=, line {node.value.lineno}"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SENDING_AGAIN
        ):
            yield f"{node.func.attr}(), line {node.lineno}"


def test_nothing_of_ours_is_delayed_or_sent_by_celery() -> None:
    modules = [p for part in ("webhooks", "workers", "deploy") for p in (ROOT / part).rglob("*.py")]

    found = {path: list(delays(path.read_text(encoding="utf-8"))) for path in modules}

    assert len(modules) > 100
    assert {path.name: what for path, what in found.items() if what} == {
        WRITES_THE_BELL.name: found[WRITES_THE_BELL]
    }
    assert [what.partition("(")[0] for what in found[WRITES_THE_BELL]] == ["apply_async"]


def test_a_delay_would_be_found() -> None:
    source = "task.apply_async(countdown=5)\nself.retry(eta=then)\ntask.delay()\n"

    assert {what.partition(",")[0] for what in delays(source)} == {
        "apply_async()", "countdown=", "retry()", "eta=", "delay()"
    }  # fmt: skip
