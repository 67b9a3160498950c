"""notify: what a listener is sent, what becomes of it, and that no address with a key is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec
import pytest
from pydantic import SecretStr

from tests import samples
from tests.contract.conftest import Make
from tests.listener import Listener, Reply, listening
from tests.worker import Worker, outcomes, with_rules
from webhooks.store.journal import Run
from workers.targets.addresses import Guarded
from workers.targets.notify import Notifier, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = samples.sample("task_added")["entity"]["name"]
TELL = 'notify: {url: "%s/hooks/key-in-it?key=in-it", text: "${entity.name} is here"}'


def rules(action: str, more: str = "") -> str:
    return f"version: 1\nrules:\n  - id: r\n    when: task_added\n{more}    do:\n      - {action}\n"


@dataclass
class Told:
    """A worker that may notify a listener on this machine."""

    make: Make
    listener: Listener

    def prepare(self, action: str = TELL, more: str = "") -> Worker:
        """It has one event, and one rule with this action; %s is the listener's address."""
        one = self.make(rules(action.replace("%s", self.listener.url), more))
        one.deliver(samples.fresh("task_added"))
        return self.may(one, f"127.0.0.1:{self.listener.port}")

    def may(self, one: Worker, *allowed: str, **secrets: str) -> Worker:
        """The worker, allowed to notify these hosts, with these secrets."""
        known = {name: SecretStr(value) for name, value in secrets.items()}
        notifier = Notifier(Guarded(allowed), known, now=one.clock)
        return replace(one, deps=replace(one.deps, targets={"notify": notifier}))


@pytest.fixture
def told(make: Make) -> Iterator[Told]:
    with listening() as listener:
        yield Told(make, listener)


def of_actions(run: Run) -> str:
    """All that the record says, other than the text of the rule."""
    return msgspec.json.encode([rule.actions for rule in run.rules]).decode()


def test_a_text_is_sent_once_as_chats_take_it(told: Told) -> None:
    one = told.prepare()

    run = one.work()

    (heard,) = told.listener.heard
    assert heard.path == "/hooks/key-in-it?key=in-it"
    assert json.loads(heard.body) == {"text": f"{NAME} is here"}
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("hookwork/")
    assert heard.headers["host"] == f"127.0.0.1:{told.listener.port}"
    assert heard.headers["webhook-id"].startswith("msg_")
    assert heard.headers["webhook-timestamp"] == str(one.clock.ms // 1000)
    assert "webhook-signature" not in heard.headers
    assert (run.outcome, outcomes(run)) == ("done", ["done"])


def test_the_record_has_scheme_and_host_and_the_id_but_not_the_address(told: Told) -> None:
    run = told.prepare().work()

    (write,) = run.rules[0].actions[0].writes
    assert (write.method, write.path) == ("POST", told.listener.url)
    assert write.summary == f"notification to {told.listener.url}"
    assert write.trace_id == told.listener.heard[0].headers["webhook-id"]
    assert "in-it" not in of_actions(run)


def test_a_body_of_its_own_is_signed(told: Told) -> None:
    action = (
        'notify: {url: "%s/awork", json: {task: "${entity.name}", n: 3, all: [true, null]},'
        " secret_env: NOTIFY_SECRET_A}"
    )
    one = told.prepare(action)
    one = told.may(one, "127.0.0.1", NOTIFY_SECRET_A=SECRET)

    run = one.work()

    (heard,) = told.listener.heard
    at_s, ident = one.clock.ms // 1000, heard.headers["webhook-id"]
    assert json.loads(heard.body) == {"task": NAME, "n": 3, "all": [True, None]}
    assert heard.headers["webhook-signature"] == signature(SECRET, ident, at_s, heard.body)
    assert SECRET not in of_actions(run)


def test_after_a_lost_answer_the_same_is_sent_with_the_same_id(told: Told) -> None:
    one = told.prepare()
    told.listener.replies.append(Reply(status=0))
    lost = one.work()

    one = with_rules(one, rules(TELL.replace("%s", told.listener.url).replace("here", "gone")))
    one.clock.forward(seconds=30)
    run = one.work()

    first, second = told.listener.heard
    assert (lost.outcome, lost.reason) == ("later", "outcome-unknown")
    assert "in-it" not in lost.message
    assert (run.outcome, outcomes(run)) == ("done", ["done"])
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 30


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_after_a_fault_of_theirs_it_is_sent_again_with_the_same_id(told: Told, status: int) -> None:
    one = told.prepare()
    told.listener.replies.append(Reply(status))

    one.work()
    one.clock.forward(seconds=30)
    run = one.work()

    assert run.outcome == "done"
    assert len({heard.headers["webhook-id"] for heard in told.listener.heard}) == 1
    assert len(told.listener.heard) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_is_asked_for_is_kept_and_the_id_stays(told: Told, status: int) -> None:
    one = told.prepare()
    told.listener.replies.append(Reply(status, {"Retry-After": "30"}))

    waits = one.work()
    one.clock.forward(seconds=31)
    run = one.work()

    assert (waits.outcome, waits.reason) == ("later", "target-busy")
    assert waits.attempts[0].retry_in_s == 30
    assert run.outcome == "done"
    assert len({heard.headers["webhook-id"] for heard in told.listener.heard}) == 1


def test_whoever_wants_no_more_gets_no_more(told: Told) -> None:
    one = told.prepare()
    told.listener.replies.append(Reply(410))

    run = one.work()

    assert (run.outcome, run.reason) == ("failed", "target-refused")
    assert run.message == (
        f"POST {told.listener.url}: 410: the receiver wants no more of these; drop the action"
    )
    assert outcomes(run) == ["refused"]


def test_a_redirect_is_not_followed(told: Told) -> None:
    one = told.prepare()
    told.listener.replies.append(Reply(307, {"Location": "/elsewhere"}))

    run = one.work()

    assert run.outcome == "failed"
    assert [heard.path for heard in told.listener.heard] == ["/hooks/key-in-it?key=in-it"]


def test_a_replayed_event_is_not_told_again(told: Told) -> None:
    one = told.prepare()
    one.work()

    one.deps.turns.replay("event-1")
    run = one.work()

    assert outcomes(run) == ["repeated-nothing"]
    assert len(told.listener.heard) == 1


def test_each_notification_has_an_id_and_a_connection_of_its_own(told: Told) -> None:
    one = told.prepare(f"{TELL}\n        id: first\n      - {TELL}\n        id: second")
    # Such a connection could be kept: nothing is left to be read.
    told.listener.replies += [Reply(body=b""), Reply(body=b"")]

    one.work()

    assert len({heard.headers["webhook-id"] for heard in told.listener.heard}) == 2
    assert len(told.listener.callers) == 2


def test_a_host_that_is_not_allowed_is_sent_nothing_until_it_is(told: Told) -> None:
    one = told.may(told.prepare())
    refused = one.work()
    heard = len(told.listener.heard)

    one = told.may(one, "127.0.0.1")
    one.deps.turns.replay("event-1")
    run = one.work()

    assert (refused.outcome, heard) == ("failed", 0)
    assert "put it into HOOKWORK_NOTIFY_ALLOW, as 127.0.0.1 or " in refused.message
    assert (run.outcome, len(told.listener.heard)) == ("done", 1)


def test_a_missing_secret_is_told_and_nothing_is_lost(told: Told) -> None:
    one = told.prepare('notify: {url: "%s/", text: hello, secret_env: NOTIFY_SECRET_A}')
    failed = one.work()
    heard = len(told.listener.heard)

    one = told.may(one, "127.0.0.1", NOTIFY_SECRET_A=SECRET)
    one.deps.turns.replay("event-1")
    run = one.work()

    assert (failed.outcome, heard) == ("failed", 0)
    assert failed.message.startswith("NOTIFY_SECRET_A is not set, and secret_env names it;")
    assert (run.outcome, len(told.listener.heard)) == ("done", 1)


def test_in_shadow_nobody_is_told_and_the_record_shows_what_would_be_said(told: Told) -> None:
    run = told.prepare(more="    mode: shadow\n").work()

    (write,) = run.rules[0].actions[0].writes
    assert (write.outcome, write.path) == ("shadow", told.listener.url)
    assert write.body == {"text": f"{NAME} is here"}
    assert "in-it" not in of_actions(run)
    assert told.listener.heard == []
