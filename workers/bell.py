"""The Celery message that wakes a worker, as bytes, so that a script in Redis can ring it.

Celery itself writes it, once, into a queue in memory; only public calls are used. What makes each
message unique (task id, delivery tag) is replaced by a mark that the script fills in. Two tests
guard it: it equals what a real `apply_async` puts into Redis, and a real worker runs it.
Source: https://docs.celeryq.dev/en/stable/internals/protocol.html
"""

from __future__ import annotations

import json
from typing import Any

from celery import Celery
from kombu import Connection

from webhooks.store.keys import BELL_MARK, QUEUE

TASK = "hookwork.drain"


def template(app: Celery) -> str:
    """The message for the task `drain`, with BELL_MARK wherever it must be unique."""
    with Connection("memory://") as connection:
        task: Any = app.tasks[TASK]
        task.apply_async(task_id=BELL_MARK, connection=connection)
        queue = connection.SimpleQueue(QUEUE)
        message: Any = queue.get(block=False)
        message.ack()
        queue.close()
    envelope = message.serializable()
    envelope["properties"]["delivery_tag"] = BELL_MARK
    return json.dumps(envelope)
