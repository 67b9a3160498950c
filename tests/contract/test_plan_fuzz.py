"""Two tasks planned for three people while workers die, answers are lost, events are replayed, and
people plan, move and delete. Each seed is one week; at its end the plan is what is wanted, and
what people did stands."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.mishaps import ROUNDS, Chaos, replay_one, work
from tests.contract.planning import MARA, MONDAY, OTHER_ID, TASK_ID, TIMO, Office, at, office, utc
from webhooks.store import keys
from webhooks.store.client import Client
from workers import drain

SEEDS = [*range(12), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(12, 312))]
NORA = "77777777-2222-4333-8444-555555555555"
PEOPLE = (TIMO, MARA, NORA)
TASKS = (TASK_ID, OTHER_ID)
WISHES = (
    "",
    ", place: even, block: {min: 1h}",
    ", place: latest",
    ", on_overload: shift",
    ", block: {max: 2h}",
)
_QUARTER = timedelta(minutes=15)

Item = dict[str, Any]


@dataclass
class Week:
    """One seed's people, and what they have done themselves."""

    office: Office
    chaos: Chaos
    #: schedule -> start and end, as a person left it
    theirs: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: first and last day off, by person
    off: dict[str, list[str]] = field(default_factory=dict)

    @property
    def chance(self) -> Random:
        return self.chaos.chance

    @property
    def schedules(self) -> dict[str, Item]:
        return self.office.sandbox.world.schedules

    def some_time(self) -> datetime:
        """A quarter of an hour of this week, at day and at night."""
        return MONDAY + self.chance.randrange(5 * 24 * 4) * _QUARTER

    def act(self) -> None:
        """A person does something."""
        [self.edit, self.edit, self.plan, self.move, self.delete, self.leave][
            self.chance.randrange(6)
        ]()

    def edit(self) -> None:
        """The effort falls into whole steps of the grid, however it is shared."""
        task = self.office.sandbox.world.tasks[self.chance.choice(TASKS)]
        some = self.chance.sample(PEOPLE, self.chance.choice([0, 1, 1, 2, 3]))
        hours = self.chance.choice([3, 6, 9, 12])
        due = MONDAY + timedelta(days=self.chance.randint(1, 11), hours=18)
        with self.office.sandbox.world.muted():
            assignees = [{"id": user, "plannedEffort": hours} for user in some]
            task.update(plannedDuration=hours * 3600, assignees=assignees, dueOn=utc(due))

    def plan(self) -> None:
        task = self.chance.choice([*TASKS, ""])
        length, user = self.chance.choice([1, 2.5]), self.chance.choice(PEOPLE)
        made = self.office.busy(self.some_time(), length, user=user, task=task or NORA)
        self._left(made)

    def move(self) -> None:
        for one in self._some_block():
            start = self.some_time()
            lasts = at(one["endDate"]) - at(one["startDate"])
            one.update(startDate=utc(start), endDate=utc(start + lasts), updatedBy=one["userId"])
            self._left(one["id"])

    def delete(self) -> None:
        for one in self._some_block():
            self.theirs.pop(one["id"], None)
            del self.schedules[one["id"]]

    def leave(self) -> None:
        """A day off; awork tells of it."""
        user, day = self.chance.choice(PEOPLE), f"{self.some_time():%Y-%m-%d}"
        ident, world = f"off-{user}-{day}", self.office.sandbox.world
        begin, end = f"{day}T00:00:00Z", f"{day}T23:59:59Z"
        absence = {"id": ident, "userId": user, "startOn": begin, "endOn": end}
        with world.muted():
            world.table("absences")[ident] = absence
        self.off.setdefault(user, []).append(day)
        told = samples.fresh("absence_added", **absence)
        stamp = f"{self.office.clock.now + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S.%f0+00:00}"
        self.office.worker.deliver(told | {"entityId": ident, "timestamp": stamp})

    def _some_block(self) -> list[Item]:
        """One of a task that has not begun; none when there is none."""
        ahead = [
            one
            for one in self.schedules.values()
            if one["taskId"] in TASKS and at(one["startDate"]) > self.office.clock.now
        ]
        return [self.chance.choice(ahead)] if ahead else []

    def _left(self, ident: str) -> None:
        self.theirs[ident] = (self.schedules[ident]["startDate"], self.schedules[ident]["endDate"])


@pytest.fixture(params=SEEDS)
def week(
    request: pytest.FixtureRequest,
    client: Client,
    server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Week]:
    # However many workers an event outlives here, that is not its fault.
    monkeypatch.setattr(drain, "DEADLY_CLAIMS", ROUNDS)
    chance = Random(request.param)
    with office(client, server) as made:
        made.rule(f'plan_task: {{task: "${{task.id}}"{chance.choice(WISHES)}}}')
        world = made.sandbox.world
        world.users[NORA] = {**world.users[TIMO], "id": NORA, "firstName": "Nora"}
        world.table("capacities")[NORA] = deepcopy(world.table("capacities")[TIMO])
        world.tasks[OTHER_ID] = {**world.tasks[TASK_ID], "id": OTHER_ID}
        chaos = Chaos(made.worker, chance, chance.choice([0.0, 0.005, 0.01, 0.02]))
        chaos.begin(monkeypatch)
        yield Week(made, chaos)


def test_whatever_happens_the_plan_is_what_is_wanted_and_what_people_did_stands(
    week: Week,
) -> None:
    pass_week(week)

    there = week.office
    notes = {task: update(week, task) for task in (*TASKS, *TASKS)}
    assert_stands(week)
    assert_fits(week)
    for task in TASKS:
        assert_is_wanted(week, task, notes[task])
    assert_known(week)
    before = there.sent()
    for task in TASKS:
        update(week, task)
    assert there.sent() == before


def pass_week(week: Week) -> None:
    """Let people act and workers work until nothing is left to do."""
    there, chance, coming, replays = week.office, week.chance, 16, 4
    store = there.worker.deps.redis
    for _ in range(ROUNDS):
        if coming and chance.random() < 0.5:
            coming -= 1
            week.act()
            there.deliver(chance.choice(TASKS))
        if replays and chance.random() < 0.1:
            replays -= replay_one(week.chaos)
        there.clock.forward(seconds=chance.choice([1, 1, 30, 900]))
        if not work(week.chaos, (there.worker,)):
            if not coming and not store.zcard(keys.UNNAMED.waiting):
                break
            there.lease_ends()
    # No block begins or ends while the week is looked at: all of them lie on quarters of an hour.
    there.clock.now += _QUARTER - (there.clock.now - MONDAY) % _QUARTER
    left = [
        store.zcard(key) for key in (keys.UNNAMED.waiting, keys.UNNAMED.due, keys.UNNAMED.failed)
    ]
    assert left == [0, 0, 0]


def update(week: Week, task: str) -> str:
    """One more update, with nothing in its way. Returns what was noted."""
    week.office.lease_ends()
    run = week.office.settled(task)
    assert run.outcome == "done", run.message
    return week.office.notes(run)


def assert_stands(week: Week) -> None:
    for ident, hours in week.theirs.items():
        one = week.schedules[ident]
        assert (one["startDate"], one["endDate"]) == hours


def ours(week: Week) -> list[Item]:
    """Blocks of ours that have not begun."""
    now = week.office.clock.now
    of_tasks = (one for one in week.schedules.values() if one["taskId"] in TASKS)
    return [o for o in of_tasks if o["id"] not in week.theirs and at(o["startDate"]) > now]


def assert_fits(week: Week) -> None:
    """Inside of working hours and outside of everything else."""
    ahead = {one["id"] for one in ours(week)}
    for one in ours(week):
        start, end = at(one["startDate"]), at(one["endDate"])
        assert start.weekday() < 5
        hours = f"{start:%H:%M}", f"{end:%H:%M}"
        assert (
            "09:00" <= hours[0] < hours[1] <= "12:30" or "13:30" <= hours[0] < hours[1] <= "17:30"
        )
        assert f"{start:%Y-%m-%d}" not in week.off.get(one["userId"], [])
    for one, other in combinations(week.schedules.values(), 2):
        if {one["id"], other["id"]} & ahead and one["userId"] == other["userId"]:
            apart = at(one["endDate"]) <= at(other["startDate"])
            assert apart or at(other["endDate"]) <= at(one["startDate"]), (one, other)


def assert_is_wanted(week: Week, task: str, notes: str) -> None:
    """Each person's blocks that are not over are their share, as far as it fits."""
    now, wanted = week.office.clock.now, week.office.sandbox.world.tasks[task]
    for user in PEOPLE:
        name = week.office.worker.deps.directory.name_of(week.office.worker.awork(), user)
        blocks = [
            one
            for one in week.schedules.values()
            if (one["taskId"], one["userId"]) == (task, user) and at(one["endDate"]) > now
        ]
        fixed_s = sum(map(seconds, (o for o in blocks if o not in ours(week))))
        share_s = wanted["plannedDuration"] * any(p["id"] == user for p in wanted["assignees"])
        share_s //= max(1, len(wanted["assignees"]))
        planned_s, most_s = sum(map(seconds, blocks)), max(share_s, fixed_s)
        missing = f"fit into the working time of {name}" in notes
        assert planned_s < most_s if missing else planned_s == most_s, (name, notes, blocks)


def seconds(block: Item) -> float:
    return (at(block["endDate"]) - at(block["startDate"])).total_seconds()


def assert_known(week: Week) -> None:
    holdings = week.office.worker.deps.holdings
    for task in TASKS:
        held = {i for i, one in holdings.of(f"schedules:{task}", (), str).items() if not one.gone}
        assert {one["id"] for one in ours(week) if one["taskId"] == task} <= held
