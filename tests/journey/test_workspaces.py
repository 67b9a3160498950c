"""Two workspaces in one deployment: one edge, one worker, and two aworks that know nothing of each
other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.local import redis_server
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.conftest import free_port
from tests.journey.stack import PATIENCE_S, Settled, Stack
from tests.writes import ALL_RULES, CASES, Case, without_marker
from webhooks.store.client import Client
from webhooks.store.reply import text

NAMES = ("acme", "globex")
COMMENT = next(case for case in CASES if case.name == "add_comment")


@dataclass
class Pair:
    """The deployment, and the awork of each workspace."""

    stack: Stack
    aworks: dict[str, Sandbox]

    def post(self, name: str, payload: Any, *, secret_of: str = "") -> httpx.Response:
        """Deliver an event to a workspace."""
        headers = {"X-Webhook-Secret": f"secret-of-{secret_of or name}"}
        url = f"{self.stack.url}/{name}"
        return httpx.post(url, content=samples.raw(payload), headers=headers, timeout=PATIENCE_S)

    def settled(self, name: str, many: ExitStack) -> Settled:
        """What is settled of a workspace from now on."""
        subscription: Any = self.stack.client.pubsub(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            ignore_subscribe_messages=True
        )
        many.callback(subscription.close)
        subscription.subscribe(self.stack.client.of(name).key.live)
        subscription.get_message(timeout=1)
        return Settled(subscription)

    def sent(self, name: str) -> int:
        """Requests to its awork, as its budget has counted them."""
        client = self.stack.client.of(name)
        return int(text(client.hget(client.key.budget, "serial")) or 0)

    def written(self, name: str, case: Case) -> list[dict[str, Any]]:
        """What its awork was sent."""
        return [without_marker(call.body, case) for call in self.aworks[name].writes(case.path)]


@pytest.fixture(scope="module")
def pair(
    server: redis_server.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    (folder / "rules.yaml").write_text(ALL_RULES, encoding="utf-8")
    client = Client.at(server.url)
    client.flushall()
    with ExitStack() as many:
        aworks = {
            name: many.enter_context(Sandbox.start(token=f"token-of-{name}")) for name in NAMES
        }
        environ = {
            "REDIS_URL": server.url,
            "HOOKWORK_WORKSPACES": ",".join(NAMES),
            "HOOKWORK_RULES": str(folder / "rules.yaml"),
            "HOOKWORK_WATCH": "off",
            "LOG_FORMAT": "json",
        }
        for name, awork in aworks.items():
            environ[f"AWORK_API_URL__{name.upper()}"] = awork.url
            environ[f"AWORK_API_TOKEN__{name.upper()}"] = awork.token
            environ[f"AWORK_WEBHOOK_SECRET__{name.upper()}"] = f"secret-of-{name}"
        stack = Stack(environ, client, folder, free_port())
        many.callback(client.close)
        for part in (stack.start_edge(), stack.start_worker()):
            many.callback(part.end)
        yield Pair(stack, aworks)


def test_one_event_in_two_workspaces_has_its_effects_in_each_awork_once(pair: Pair) -> None:
    with ExitStack() as many:
        news = {name: pair.settled(name, many) for name in NAMES}
        for case in CASES:
            payload = case.event()
            for name in (*NAMES, *NAMES):
                event_id = pair.post(name, payload).json()["id"]
                (event,) = news[name].wait_for(event_id)
                assert event.outcome == "done", (name, case.name)

    for name in NAMES:
        assert {case.name: pair.written(name, case) for case in CASES} == {
            case.name: [case.body] for case in CASES
        }
        # An awork lets in its own token only, and nobody asked it with another.
        assert 401 not in {call.status for call in pair.aworks[name].calls}


def test_each_budget_counts_the_requests_to_its_own_awork(pair: Pair) -> None:
    before = {name: len(pair.aworks[name].calls) - pair.sent(name) for name in NAMES}

    with ExitStack() as many:
        news = pair.settled("acme", many)
        news.wait_for(pair.post("acme", COMMENT.event()).json()["id"])

    after = {name: len(pair.aworks[name].calls) - pair.sent(name) for name in NAMES}
    assert before == after == dict.fromkeys(NAMES, 0)
    assert pair.sent("acme") > pair.sent("globex")


def test_while_one_awork_is_away_events_of_the_other_are_settled(pair: Pair) -> None:
    fault = pair.aworks["acme"].faults.from_model({"kind": "drop_before", "times": None})

    with ExitStack() as many:
        news = pair.settled("globex", many)
        for number in range(20):
            payload = COMMENT.event()
            payload["entityId"] = f"{number:08d}-0000-4000-8000-000000000000"
            pair.post("acme", payload)
        assert fault.reached.wait(PATIENCE_S)
        (other,) = news.wait_for(pair.post("globex", COMMENT.event()).json()["id"])
        held = pair.stack.client.zcard(pair.stack.client.of("acme").key.waiting)
    pair.aworks["acme"].faults.clear()

    assert (other.outcome, held) == ("done", 20)


def test_a_secret_of_another_workspace_lets_nobody_in(pair: Pair) -> None:
    answers = [
        pair.post("acme", COMMENT.event(), secret_of="globex"),
        pair.post("nobody", COMMENT.event(), secret_of="acme"),
    ]

    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_both_processes_end_in_order_when_they_are_told_to(pair: Pair) -> None:
    assert [part.stop() for part in reversed(pair.stack.parts)] == [0, 0]
