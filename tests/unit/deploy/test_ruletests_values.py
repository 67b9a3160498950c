"""Comparing what is expected with what was written, and finding which is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from deploy.ruletests import judge
from deploy.ruletests.align import aligned
from deploy.ruletests.comparing import Meaning, duration_text
from deploy.ruletests.fieldwise import differences
from deploy.ruletests.inprocess import Sent
from deploy.ruletests.names import Names
from deploy.ruletests.play import Stage
from deploy.ruletests.requests import Acted, fields_of
from deploy.ruletests.scene import Case
from deploy.sandbox.world import World
from webhooks.store.journal import ActionRun, Run
from workers.holdings import Holdings
from workers.rules.findings import Spot
from workers.rules.model import RuleSet
from workers.rules.testing.model import Expectation, ExpectedAction, RuleTest, Source
from workers.targets.awork import Awork, Connection
from workers.targets.http import Request, Target
from workers.targets.workiva import Connection as WorkivaConnection

U1 = Names("us").id("u1")
TIMO = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"


@pytest.fixture
def meaning() -> Meaning:
    """Of a workspace with one user, Timo Brandt."""
    world = World()
    world.users[TIMO] = {"id": TIMO, "firstName": "Timo", "lastName": "Brandt"}
    return Meaning(Names("us"), world, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (None, None),
        ("a", "a"),
        (5, 5),
        (5, 5.0),
        (True, True),
        ("1h30m", 5400),
        ("u1", U1),
        (U1.upper(), U1),
        ("Timo Brandt", TIMO),
        ("timo brandt", TIMO),
        ("u1", {"id": U1, "firstName": "Ada"}),
        ("urgent", {"id": TIMO, "name": "urgent"}),
        ("2026-03-27T09:00", "2026-03-27T08:00:00Z"),
        ("2026-03-27T08:00:00Z", "2026-03-27T09:00:00+01:00"),
        ("2026-03-27", "2026-03-27"),
        ("2026-03-27", "2026-03-26T23:30:00Z"),  # half past midnight in Berlin
        ("2026-03-27", "2026-03-27T00:00:00"),
        ("note", "note ⟨hw:0123456789ab⟩"),
        ("text\n\nmore", "text\n\nmore\n\n⟨hw:0123456789ab⟩"),
        (["a", "b"], ["b", "a"]),
        (["u1"], [{"id": U1}]),
        ({"id": "u1"}, {"id": U1, "name": "more"}),
        ({"gone": None}, {"id": U1}),
    ],
)
def test_these_fit(meaning: Meaning, expected: object, actual: object) -> None:
    assert meaning.fits(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (None, "a"),
        ("a", None),
        ("a", "A"),
        (1, True),
        (True, 1),
        (5, "5"),
        ("5", 5),
        ("1h", 3601),
        ("u2", U1),
        ("Nora Feld", TIMO),
        ("2026-03-27T09:00", "2026-03-27T09:00:00Z"),
        ("2026-03-27", "2026-03-27T23:30:00Z"),
        ("2026-03-27T00:00", "2026-03-27"),
        (["a"], ["a", "a"]),
        (["a", "a"], ["a", "b"]),
        (["a"], "a"),
        ({"id": "u1"}, U1),
    ],
)
def test_these_do_not_fit(meaning: Meaning, expected: object, actual: object) -> None:
    assert not meaning.fits(expected, actual)


def test_a_day_may_be_meant_by_midnight_utc_west_of_greenwich() -> None:
    there = Meaning(Names("us"), World(), ZoneInfo("America/New_York"))

    assert there.fits("2026-03-27", "2026-03-27T00:00:00Z")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (5400, "1h30m"), (100_800, "28h")]
)
def test_seconds_are_told_as_authors_write_them(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        (
            Sent("POST", "/tasks/x/comments", {"taskId": "x"}, {"message": "hi"}),
            {"taskId": "x", "message": "hi"},
        ),
        (Sent("POST", "/tasks/x/setassignees", {}, ["u1"]), {"assignees": ["u1"]}),
        (Sent("POST", "/tasks/x/addtags", {}, [{"name": "a"}]), {"tags": [{"name": "a"}]}),
        (
            Sent("POST", "/tasks/changestatuses", {}, [{"taskId": "x", "statusId": "y"}]),
            {"taskId": "x", "statusId": "y"},
        ),
        (
            Sent("DELETE", "/taskschedules/x", {"taskScheduleId": "x"}, None),
            {"taskScheduleId": "x"},
        ),
        (
            Sent(
                "POST",
                "/timeentries",
                {},
                {"startDateUtc": "2026-03-27T00:00:00Z", "startTimeUtc": "08:00:00"},
            ),
            {
                "startDateUtc": "2026-03-27T00:00:00Z",
                "startTimeUtc": "08:00:00",
                "start": "2026-03-27T08:00:00Z",
            },
        ),
    ],
)
def test_a_request_says_what_its_body_and_its_path_say(
    sent: Sent, fields: dict[str, object]
) -> None:
    assert fields_of(sent) == fields


def test_what_sent_nothing_has_no_names_to_choose_from(meaning: Meaning) -> None:
    idle = Acted("plan", ActionRun(id="a", name="a", outcome="done"), meaning.zone, ())

    told = differences(ExpectedAction("a", {"planned_duration": "30m"}, 4), idle, meaning)

    assert told == ["planned_duration: expected 30m, but no request has it"]


def pairs(expected: str, happened: str) -> list[str]:
    """Letters paired: the same letter is the same action, a capital one with a difference, and
    one in brackets does not matter."""
    marks = [one.strip("[]") for one in happened.split()]
    silent = {i for i, one in enumerate(happened.split()) if one.startswith("[")}
    found = aligned(
        expected.split(),
        list(enumerate(marks)),
        same=lambda wanted, one: wanted == one[1].lower(),
        fits=lambda _, one: one[1].islower(),
        matters=lambda one: one[0] not in silent,
    )
    return [f"{wanted or '-'}{one[1] if one else '-'}" for wanted, one in found]


@pytest.mark.parametrize(
    ("expected", "happened", "told"),
    [
        ("", "", []),
        ("a b", "a b", ["aa", "bb"]),
        ("a b", "b", ["a-", "bb"]),
        ("b", "a b", ["-a", "bb"]),
        ("a", "A", ["aA"]),
        ("a a", "A a", ["aA", "aa"]),
        ("a", "A a", ["-A", "aa"]),
        ("b", "[a] b", ["bb"]),
        ("a", "[a]", ["aa"]),
        ("a b", "b a", ["a-", "bb", "-a"]),
    ],
)
def test_as_little_as_possible_is_left_over(
    expected: str, happened: str, told: Sequence[str]
) -> None:
    assert pairs(expected, happened) == told


def a_test() -> RuleTest:
    """Nothing is expected of an event."""
    source = Source("inline", "task_added", {"eventType": "task_added"}, Spot())
    return RuleTest("a", "", None, source, {}, Expectation("nothing"), "a.test.yaml", 1, 1)


def told_after(request: Request) -> list[str]:
    """What a test says whose rules make this request."""

    def rehearse(
        _payload: object,
        kind: str,
        _rules: RuleSet,
        *,
        connection: Connection,
        now: datetime,  # noqa: ARG001
        whole: bool,  # noqa: ARG001
        targets: Mapping[str, Target],  # noqa: ARG001
        workiva: WorkivaConnection,  # noqa: ARG001
        holdings: Holdings,  # noqa: ARG001
    ) -> Run:
        Awork(connection).send(request)
        return Run(event_id="a", kind=kind, entity_id="", outcome="done")

    rules = RuleSet((), "")
    return judge.failures(a_test(), Stage(rules, rehearse).play(Case(a_test())), rules)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            Request("POST", "/taskschedules", {"tskId": 1}),
            'POST /taskschedules {"tskId": 1}: The request does not fit the contract. tskId is not'
            " a property of this body",
        ),
        (
            Request("POST", "/nonsense", {}),
            "POST /nonsense {}: The contract has no POST /nonsense.",
        ),
        (
            Request("GET", f"/tasks/{U1}/recurrency"),
            f"GET /tasks/{U1}/recurrency: The sandbox does not play"
            " GET /tasks/{taskId}/recurrency.",
        ),
    ],
)
def test_what_the_contract_does_not_allow_fails_the_test(request_: Request, told: str) -> None:
    assert told_after(request_) == ["the awork of these tests cannot take this:", f"  {told}"]


def test_rules_that_could_not_be_asked_fail_the_test() -> None:
    [told] = told_after(Request("GET", f"/tasks/{U1}"))

    assert told.startswith("the rules could not be asked: GET /tasks/")
    assert told.endswith("[gone]")
