"""What is wrong is shown where people look: console, metrics, the terminal of `hookwork up`."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from starlette.testclient import TestClient

from deploy.local import report
from deploy.local.watch import ProblemNews, RuleNews
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.edges import client_of
from tests.contract.redistrouble import full
from tests.stored import sweep
from webhooks import app as edge
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.connection import async_client
from webhooks.store.live import Live, LiveWrite
from webhooks.store.problems import Problems
from workers.entries import Entry
from workers.ledger import StoredLedger

SCRIPT = "<script>alert('x')</script>"
RULES = """
version: 1
rules:
  - id: chat
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: hello}
"""


@pytest.fixture
def problems(client: Client) -> Problems:
    times = iter([1_795_255_200_000, 1_795_258_800_000, 1_795_262_400_000])
    return Problems(client, clock_ms=lambda: next(times))


def metric(settings: Settings, name: str) -> list[str]:
    """The lines of a metric, as Prometheus is given them."""
    with client_of(settings) as http:
        lines = http.get("/metrics").text.splitlines()
    return [line for line in lines if line.startswith(name)]


def page(settings: Settings) -> str:
    with TestClient(
        edge.build({"": settings}, async_client(settings)),
        base_url="http://localhost",
        client=("127.0.0.1", 5),
    ) as browser:
        return browser.get("/").text


def printed(problems: ProblemNews) -> str:
    told = io.StringIO()
    report.wrong(Console(file=told, width=200, force_terminal=False), *problems.latest())
    return told.getvalue()


def test_each_problem_is_a_metric_as_long_as_it_lasts(
    settings: Settings, problems: Problems
) -> None:
    before = metric(settings, "hookwork_problems{")
    problems.raised("awork:away", "no answer")
    problems.raised('notify:https://a"b:away', "no answer")
    during = metric(settings, "hookwork_problems{")
    problems.cleared("awork:away")

    assert before == []
    assert during == [
        'hookwork_problems{cause="awork:away"} 1.0',
        'hookwork_problems{cause="notify:https://a\\"b:away"} 1.0',
    ]
    assert len(metric(settings, "hookwork_problems{")) == 1


@pytest.mark.usefixtures("client")
def test_the_console_begins_with_what_is_wrong_and_the_way_out(
    settings: Settings, problems: Problems
) -> None:
    fine = page(settings)
    for number in range(2):
        problems.raised("awork:away", f"awork says {SCRIPT} {number}", way_out=f"no {SCRIPT}")

    html = page(settings)

    shown = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"
    assert "What is wrong" not in fine
    assert html.index("What is wrong now") < html.index("<h1>Today")
    assert f"awork says {shown} 1</strong>" in html
    assert f"Way out: no {shown}<br>" in html
    assert "since 21 Nov 2026 10:00:00 UTC, met 2 times, last 21 Nov 2026 11:00:00 UTC" in html
    assert "<script>" not in html


def test_the_terminal_tells_a_problem_once_when_it_comes_and_once_when_it_is_over(
    settings: Settings, problems: Problems
) -> None:
    news = ProblemNews(settings)
    problems.raised("awork:away", "awork does not answer: [red]\x1b[31mno", way_out="look")

    came, silent = printed(news), printed(news)
    problems.raised("awork:away", "awork does not answer: still")
    again = printed(news)
    problems.cleared("awork:away")
    went = printed(news)

    assert came == "problem   awork does not answer: [red] [31mno\n          look\n"
    assert (silent, again) == ("", "")
    assert went == "over      awork does not answer: still\n"


@pytest.mark.usefixtures("problems")
def test_what_was_wrong_when_it_started_is_told(settings: Settings, client: Client) -> None:
    Problems(client).raised("awork:away", "awork does not answer")

    assert printed(ProblemNews(settings)) == "problem   awork does not answer\n"


def test_a_write_without_an_answer_is_counted_until_it_has_one(
    make: Make, sandbox: Sandbox, client: Client, settings: Settings
) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_after", "POST")
    one.work()
    on_its_way = unknown(settings)
    let_pass(client)
    met = unknown(settings)
    one.clock.forward(seconds=10)
    one.work()

    # What was begun within the last 20 s may still be answered.
    assert (on_its_way, met, unknown(settings)) == (0, 1, 0)


def test_a_write_whose_worker_died_is_counted_and_one_that_was_not_sent_is_not(
    make: Make, client: Client, settings: Settings
) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    ledger = StoredLedger(client, one.claim(), retention_s=1_000)
    intent = Entry(method="POST", path="/tasks")
    for name in ("a", "b"):
        ledger.begin(name, intent, rule="chat", writes_per_hour=9)
    ledger.withdraw("b", intent, rule="chat")

    let_pass(client)

    assert unknown(settings) == 1


def test_a_refusal_is_an_answer(make: Make, sandbox: Sandbox, client: Client) -> None:
    one = make(RULES)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.deny("POST")

    run = one.work()

    assert (run.outcome, client.zcard(keys.UNNAMED.unanswered)) == ("failed", 0)


def test_what_is_forgotten_with_its_event_is_not_counted(make: Make, client: Client) -> None:
    one = make(RULES)
    client.zadd(keys.UNNAMED.unanswered, {"event-1 chat/x/": 1, "event-2 chat/x/": one.clock.ms})

    sweep(one.deps.inbox, "a", worker_silent_s=10, now_ms=one.clock.ms)

    assert client.zrange(keys.UNNAMED.unanswered, 0, -1) == [b"event-2 chat/x/"]


def unknown(settings: Settings) -> float:
    (line,) = metric(settings, "hookwork_unknown_outcomes ")
    return float(line.split()[1])


def let_pass(client: Client) -> None:
    """Twenty seconds, for what was begun."""
    for name in client.zrange(keys.UNNAMED.unanswered, 0, -1):
        assert isinstance(name, bytes)
        client.zincrby(keys.UNNAMED.unanswered, -20_001, name)


def test_a_full_redis_is_shown_though_it_takes_no_problem(
    settings: Settings, client: Client
) -> None:
    with full(client):
        html, metrics = page(settings), metric(settings, "hookwork_problems{")
    after = page(settings)

    assert html.index("What is wrong now") < html.index("it takes no writes") < html.index("<h1>T")
    assert metrics == ['hookwork_problems{cause="redis:full"} 1.0']
    assert "What is wrong now" not in after


def test_an_emptied_redis_is_no_new_rule_set(settings: Settings, client: Client) -> None:
    client.hset(keys.UNNAMED.rules, items=["hash", "a", "ids", "chat"])
    news = RuleNews(settings)
    client.flushall()
    emptied = news.latest()
    client.hset(keys.UNNAMED.rules, items=["hash", "a", "ids", "chat"])
    again = news.latest()
    client.hset(keys.UNNAMED.rules, "hash", "b")

    assert (emptied, again) == ("", "")
    assert news.latest() == "1 rules in force (rule set b)"


@pytest.mark.parametrize(
    ("kind", "rule", "told"),
    [("task_added", "chat", "by rule chat"), ("undo", "run/chat/say/1", "by undo of chat")],
)
def test_each_write_says_whose_it_is(kind: str, rule: str, told: str) -> None:
    write = LiveWrite(rule=rule, action="say", outcome="done", summary="comment removed")

    assert said(kind, "done", (write,)) == f"done      comment removed  Logo, {told}\n"


def test_what_failed_is_told_with_the_way_to_all_about_it() -> None:
    assert said("task_added", "failed") == "failed    Logo: no\n          hookwork failed e1\n"


def said(kind: str, outcome: str, writes: tuple[LiveWrite, ...] = ()) -> str:
    """What the terminal of `hookwork up` has of a settled event."""
    told = io.StringIO()
    settled = Live(
        event_id="e1",
        kind=kind,
        title="Logo",
        outcome=outcome,
        reason="",
        message="no",
        writes=writes,
    )
    report.told(Console(file=told, width=200, force_terminal=False), settled)
    return told.getvalue()
