"""Which workspaces have events that wait, and no worker: one that was taken out of the settings, or
is called otherwise now."""

from __future__ import annotations

from collections.abc import Collection

from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.reply import text


def served_since_ms(client: Client) -> int | None:
    """When a worker served the client's workspace for the first time, in ms; None when none did.
    Before that, whatever it was called, nothing of it was on record here."""
    score = client.zscore(keys.WORKSPACES, client.key.workspace)
    return None if score is None else int(score)


def unserved(client: Client, served: Collection[str]) -> dict[str, int]:
    """How many events wait in vain, by the workspace's name; empty where none do.

    served: the workspaces of the worker that asks. Another may serve others.
    """
    known = {text(name) for name in client.zrange(keys.WORKSPACES, 0, -1)} | {""}
    others = sorted(known - set(served))
    pipe = client.pipeline(transaction=False)
    pipe.zrange(keys.WORKERS, 0, -1)
    for name in others:
        pipe.zcard(Keys(name).waiting)
        pipe.hkeys(Keys(name).rule_workers)
    alive, *found = pipe.execute()
    waiting = zip(others, found[::2], found[1::2], strict=True)
    return {name: many for name, many, workers in waiting if many and not {*workers} & {*alive}}
