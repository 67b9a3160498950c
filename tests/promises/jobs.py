"""Jobs to die in: what is asked for, and what must be there when all is done, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.planning import TASK_ID as PLANNED
from tests.contract.planning import TIMO, office
from tests.promises.moments import Moments, WatchedRedis
from tests.promises.stage import Stage, staged, watched
from tests.setters import SETTERS, TASK_ID, Setter
from tests.worker import Clock as Time
from tests.worker import posted, with_rules, worker
from tests.writes import CASES, Case
from workers.clock import Clock

TASK = samples.sample("task_updated")["entity"]["id"]
COMMENTS = "/tasks/.*/comments"
SIX = datetime(2027, 1, 12, 17, 0, tzinfo=UTC)

Act = Callable[[Stage], object]


@dataclass(frozen=True)
class Job:
    """Something that is to be done once, whatever dies."""

    name: str
    rules: str
    #: what is asked for, one after the other; after each, workers work until nothing waits
    acts: tuple[Act, ...]
    #: what there is when all is done
    found: Callable[[Stage], object]
    wanted: object
    #: before anything is asked for
    prepared: Act = lambda _stage: None
    #: True when it waits even where nothing dies
    waits: bool = False
    #: True when people's calendars are needed
    plans: bool = False

    @contextmanager
    def begun(self, server: RedisServer, moments: Moments) -> Iterator[Stage]:
        """Everything it takes, and nothing asked for yet."""
        client = watched(server, moments)
        room = _in_office if self.plans else _anywhere
        with room(client, server, self.rules) as stage:
            self.prepared(stage)
            yield stage
        client.close()

    def carried_out(self, stage: Stage) -> None:
        """Ask for everything, and let workers work."""
        for act in self.acts:
            act(stage)
            stage.work()


@contextmanager
def _anywhere(client: WatchedRedis, server: RedisServer, rules: str) -> Iterator[Stage]:
    clock = Time()
    with Sandbox.start(clock=clock) as sandbox:
        one = worker(client, server, rules, sandbox, clock)
        with staged(client, server, one, sandbox) as stage:
            yield stage
        one.deps.connection.close()


@contextmanager
def _in_office(client: WatchedRedis, server: RedisServer, rules: str) -> Iterator[Stage]:
    with (
        office(client, server) as there,
        staged(client, server, with_rules(there.worker, rules), there.sandbox) as stage,
    ):
        yield stage


def _writes(case: Case) -> Job:
    return Job(
        name=case.name,
        rules=case.rules,
        acts=(lambda stage: stage.deliver(case.event()),),
        found=lambda stage: posted(stage.sandbox, case),
        wanted=[case.body],
    )


def _sets(setter: Setter) -> Job:
    return Job(
        name=setter.name,
        rules=f"version: 1\nrules: [{{id: set, when: task_added, do: [{setter.action}]}}]",
        acts=(lambda stage: stage.deliver(samples.fresh("task_added")),),
        found=lambda stage: setter.part(stage.sandbox.world.tasks[TASK_ID]),
        wanted=setter.wanted,
    )


def _rules(*rules: str) -> str:
    """Each: its id, what it is for beside its action, and what it says of the task's name."""
    do = 'do: [add_comment: {task: "${entity.id}", message: "WORD ${entity.name}"}]'
    told = [rule.split(maxsplit=1) for rule in rules]
    entries = [f"\n  - {{id: {word}, {more}, {do.replace('WORD', word)}}}" for word, more in told]
    return "version: 1\ndefaults: {timezone: Europe/Berlin}\nrules:" + "".join(entries)


def _update(name: str) -> Act:
    return lambda stage: stage.deliver(samples.fresh("task_updated", name=name))


def _comments(stage: Stage) -> list[str]:
    return [call.body["message"] for call in stage.sandbox.writes(COMMENTS)]


def _last_comment(stage: Stage) -> str:
    """Whoever dies may take so long that the first is said alone; nothing is said twice."""
    said = _comments(stage)
    assert len(said) == len(set(said))
    return said[-1]


def _twice_at_once(stage: Stage) -> None:
    """Two events of one task, before anybody works."""
    _update("one")(stage)
    _update("two")(stage)


def _replay(stage: Stage) -> None:
    """After the rules have got one more."""
    stage.one = with_rules(stage.one, REPLAYED)
    stage.ask(lambda: stage.one.deps.turns.replay(stage.only_event()))


def _fault(kind: Any, path: str = COMMENTS) -> Act:
    return lambda stage: stage.sandbox.faults.add(kind, "POST", path)


def _before_six(stage: Stage) -> None:
    stage.clock.now = SIX - timedelta(seconds=1)
    _clock(stage).look()


def _six(stage: Stage) -> None:
    stage.clock.now = SIX
    stage.ask(lambda: _clock(stage).look())


def _clock(stage: Stage) -> Clock:
    deps = stage.one.deps
    return Clock(deps.redis, deps.turns, deps.rules, now=stage.clock)


def _planned(stage: Stage) -> None:
    task = stage.sandbox.world.tasks[PLANNED]
    stage.deliver(samples.fresh("task_updated", **task) | {"entityId": PLANNED})


def _blocks(stage: Stage) -> list[str]:
    found = stage.sandbox.world.schedules.values()
    ours = [one for one in found if (one["taskId"], one["userId"]) == (PLANNED, TIMO)]
    return sorted(f"{one['startDate']} {one['endDate']}" for one in ours)


SAYS = _rules("says when: task_updated")
REPLAYED = _rules("says when: task_updated", "adds when: task_updated")
_HOURS = '{mon-fri: ["09:00-12:30", "13:30-17:30"]}'
_PLAN = (
    f"version: 1\ndefaults: {{timezone: Europe/Berlin, working_hours: {_HOURS}}}\n"
    'rules:\n  - {id: plan, when: task_updated, do: [plan_task: {task: "${task.id}"}]}\n'
)

JOBS = (
    *map(_writes, CASES),
    _sets(SETTERS[0]),
    Job(
        "plan_task",
        _PLAN,
        (_planned,),
        _blocks,
        # 6 h from Monday 9:00 in Berlin, with an hour's pause
        [
            "2027-01-11T08:00:00Z 2027-01-11T11:30:00Z",
            "2027-01-11T12:30:00Z 2027-01-11T15:00:00Z",
        ],
        plans=True,
    ),
    Job(
        "key",
        _rules("says when: task_updated, flow: {key: entity.projectId}"),
        (_twice_at_once,),
        _comments,
        ["says one", "says two"],
    ),
    Job(
        "settle",
        _rules("says when: task_updated, flow: {settle: 20s, settle_at_most: 1m}"),
        (_twice_at_once,),
        _last_comment,
        "says two",
        waits=True,
    ),
    Job(
        "cron",
        _rules('says when: {cron: "0 18 * * *"}, for_each: {tasks: {}}'),
        (_six,),
        _comments,
        [f"says {samples.sample('task_added')['entity']['name']}"],
        prepared=_before_six,
    ),
    Job("busy", SAYS, (_update("one"),), _comments, ["says one"], _fault("rate_limit"), waits=True),
    Job("lost", SAYS, (_update("one"),), _comments, ["says one"], _fault("drop_after"), waits=True),
    Job(
        "never-arrived",
        SAYS,
        (_update("one"),),
        _comments,
        ["says one"],
        _fault("drop_before"),
        waits=True,
    ),
    Job("replay", SAYS, (_update("one"), _replay), _comments, ["says one", "adds one"]),
)
