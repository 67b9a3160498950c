"""An edge for several workspaces, what each sender says to it, and their events in a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace
from starlette.testclient import TestClient

from tests import samples
from tests.stored import RETENTION_S, event
from webhooks import app as edge
from webhooks.errors import StorageUnavailable
from webhooks.settings import Settings
from webhooks.store.acceptor import Accepted, Acceptor, Delivery
from webhooks.store.client import AsyncClient, Client
from webhooks.store.connection import async_client
from webhooks.store.inbox import Inbox
from webhooks.store.keys import Keys
from webhooks.store.rounds import InForce, Rounds
from webhooks.workspaces import read_all

#: three that have names; "" is the one without
NAMES = ("acme", "globex", "initech")
BELL = '{"properties": {"delivery_tag": "@BELL@"}, "id": "@BELL@"}'


def environ_for(environ: Mapping[str, str], *names: str) -> dict[str, str]:
    """The environment of these workspaces alone; each has a token and a secret of its own."""
    found = {key: value for key, value in environ.items() if "SECRET" not in key}
    del found["AWORK_API_TOKEN"]
    for name in names:
        suffix = f"__{name.upper().replace('-', '_')}" if name else ""
        found[f"AWORK_API_TOKEN{suffix}"] = f"token-of-{name or 'all'}"
        found[f"AWORK_WEBHOOK_SECRET{suffix}"] = f"secret-of-{name or 'all'}"
    return found | {"HOOKWORK_WORKSPACES": ",".join(filter(None, names))}


def settings_for(environ: Mapping[str, str], *names: str) -> dict[str, Settings]:
    """The same, read."""
    return read_all(environ_for(environ, *names))


def edge_of(workspaces: Mapping[str, Settings]) -> TestClient:
    """An edge for these."""
    first = next(iter(workspaces.values()))
    app = edge.build(workspaces, async_client(first))
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 5))


def url_of(name: str) -> str:
    """Where the deliveries of a workspace come in."""
    return f"/webhooks/awork/{name}" if name else "/webhooks/awork"


def secret_of(name: str) -> dict[str, str]:
    """The header that lets them in."""
    return {"X-Webhook-Secret": f"secret-of-{name or 'all'}"}


def deliver(http: TestClient, name: str) -> str:
    """Deliver an event to a workspace. Returns its id."""
    answer = http.post(url_of(name), json=samples.fresh("task_added"), headers=secret_of(name))
    return str(answer.json()["id"])


def deliveries(name: str, many: int, prefix: str = "") -> list[Delivery]:
    """So many events of as many entities of one workspace."""
    return [
        Delivery(event(f"{prefix}{name}{n}", entity=f"{prefix}t{n}"), key=Keys(name))
        for n in range(many)
    ]


def store(url: str, found: Iterable[Delivery]) -> list[Accepted | BaseException]:
    """Store them, all at once. Returns for each what became of it, a refusal as well."""

    async def run() -> list[Accepted | BaseException]:
        client = AsyncClient.at(url)
        acceptor = Acceptor(client, retention_s=RETENTION_S, waiting_room=100_000)
        waiting = [acceptor.accept(one) for one in found]
        try:
            return await asyncio.gather(*waiting, return_exceptions=True)
        finally:
            await client.aclose()

    return asyncio.run(run())


def refused(found: Sequence[Accepted | BaseException]) -> list[int]:
    """The places of those that were not taken."""
    return [place for place, one in enumerate(found) if isinstance(one, StorageUnavailable)]


def again(delivery: Delivery) -> Delivery:
    """The same delivery, sent once more."""
    later = replace(delivery.event, id=f"{delivery.event.id}-again")
    return Delivery(later, key=delivery.key)


def rounds_of(client: Client, *names: str) -> Rounds:
    """What a process that works for these does for all at once."""
    return Rounds([Inbox(client.of(name), retention_s=RETENTION_S) for name in names])


def enlist(rounds: Rounds, worker: str, *rules: InForce) -> None:
    """Say that a worker lives, and which rules it has."""
    rounds.enlist(worker, bell=BELL, rules=rules)


def keys_of(client: Client) -> set[str]:
    """Every key there is."""
    return {key.decode() for key in client.keys("*") if isinstance(key, bytes)}
