"""Names to ids, as people call things."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.unit.workers.answering import Answering, lists
from webhooks.errors import RunFailed, TargetBusy
from workers.targets.awork import Awork
from workers.targets.cache import HERE_S
from workers.targets.directory import Directory, is_id

TIMO, NORA, NORA_2 = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
USERS = [
    {"id": TIMO, "firstName": "Timo", "lastName": "Brandt"},
    {"id": NORA, "firstName": "Nora", "lastName": "Feld"},
    {"id": NORA_2, "firstName": "NORA", "lastName": "Feld"},
    {"id": "u4", "firstName": "Cher"},
]
TYPES = [
    {"id": "t0", "name": "Old", "isArchived": True},
    {"id": "t1", "name": "Design"},
    {"id": "t2", "name": "Straße", "isArchived": False},
]


def everything() -> Answering:
    return lists(
        users=USERS,
        typeofwork=TYPES,
        projects=[{"id": "p1", "name": "Website"}],
        taskstatuses=[{"id": "s1", "name": "To do"}, {"id": "s2", "name": "Done"}],
        tasklists=[{"id": "l1", "name": "Sprint 12"}],
        me={"id": "me-1"},
    )


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Timo Brandt", TIMO),
        ("timo BRANDT", TIMO),
        ("Cher", "u4"),
        (NORA, NORA),
        (NORA.upper(), NORA.upper()),  # awork takes both
        ({"id": TIMO, "firstName": "Somebody"}, TIMO),
        # A member of a project: `id` is the membership's, `userId` the person's.
        ({"id": NORA, "userId": TIMO}, TIMO),
        ({"id": "Timo Brandt"}, TIMO),
    ],
)
def test_a_user_is_found_by_name_id_or_object(reference: object, expected: str) -> None:
    with everything().awork() as awork:
        assert Directory().user(awork, reference) == expected


Find = Callable[[Directory, Awork], str]


@pytest.mark.parametrize(
    ("find", "expected", "path"),
    [
        (lambda d, a: d.project(a, "website"), "p1", "/projects"),
        (lambda d, a: d.type_of_work(a, "design"), "t1", "/typeofwork"),
        (lambda d, a: d.type_of_work(a, "STRASSE"), "t2", "/typeofwork"),
        (lambda d, a: d.status(a, "p1", "DONE"), "s2", "/projects/p1/taskstatuses"),
        (lambda d, a: d.task_list(a, "p1", "sprint 12"), "l1", "/projects/p1/tasklists"),
    ],
)
def test_other_things_are_found_by_name_without_regard_to_case(
    find: Find, expected: str, path: str
) -> None:
    server = everything()

    with server.awork() as awork:
        found = find(Directory(), awork)

    assert (found, server.paths) == (expected, [path])


def test_an_id_is_taken_without_asking() -> None:
    server = everything()
    directory = Directory()

    with server.awork() as awork:
        found = [
            directory.user(awork, TIMO),
            directory.project(awork, {"id": TIMO}),
            directory.type_of_work(awork, TIMO),
            directory.status(awork, "p1", TIMO),
            directory.task_list(awork, "p1", TIMO),
        ]

    assert (found, server.asked) == ([TIMO] * 5, [])


@pytest.mark.parametrize(
    ("find", "reason", "message"),
    [
        (
            lambda d, a: d.type_of_work(a, "Desing"),
            "unknown-name",
            "no type of work is called 'Desing'; there are: Design, Straße",
        ),
        (
            lambda d, a: d.type_of_work(a, "Old"),  # archived
            "unknown-name",
            "no type of work is called 'Old'; there are: Design, Straße",
        ),
        (
            lambda d, a: d.user(a, "Nora Feld"),
            "ambiguous-name",
            f"more than one user is called 'Nora Feld'; give one of these ids: {NORA}, {NORA_2}",
        ),
        (
            lambda d, a: d.status(a, "p1", "Finished"),
            "unknown-name",
            "no task status is called 'Finished'; there are: Done, To do",
        ),
        (
            lambda d, a: d.user(a, ""),
            "unknown-name",
            "'' names no user; give an id or a name",
        ),
        (
            lambda d, a: d.user(a, 7),
            "unknown-name",
            "7 names no user; give an id or a name",
        ),
        (
            lambda d, a: d.project(a, {"name": "Website"}),
            "unknown-name",
            "None names no project; give an id or a name",
        ),
    ],
)
def test_a_name_that_is_not_one_thing_says_what_there_is(
    find: Find, reason: str, message: str
) -> None:
    with everything().awork() as awork, pytest.raises(RunFailed) as failed:
        find(Directory(), awork)

    assert (failed.value.reason, str(failed.value)) == (reason, message)


def test_at_most_twenty_candidates_are_listed() -> None:
    server = lists(projects=[{"id": f"p{n}", "name": f"Project {n:02}"} for n in range(21)])

    with server.awork() as awork, pytest.raises(RunFailed) as failed:
        Directory().project(awork, "x")

    assert str(failed.value).endswith("Project 18, Project 19, ...")


def test_what_was_read_is_kept_by_a_process_for_a_minute_and_read_again_after() -> None:
    server, directory = everything(), Directory()

    with server.awork() as awork:
        directory.user(awork, "Timo Brandt")
        server.now += HERE_S - 1
        directory.user(awork, "Cher")
        kept = len(server.asked)
        server.now += 1
        directory.user(awork, "Cher")

    assert (kept, len(server.asked)) == (1, 2)


def test_lists_of_two_projects_are_kept_apart() -> None:
    server, directory = everything(), Directory()

    with server.awork() as awork:
        for project in ("p1", "p2", "p1"):
            directory.status(awork, project, "Done")

    assert server.paths == ["/projects/p1/taskstatuses", "/projects/p2/taskstatuses"]


def test_who_we_are_is_asked_once() -> None:
    server, directory = everything(), Directory()

    with server.awork() as awork:
        assert [directory.me(awork), directory.me(awork)] == ["me-1", "me-1"]

    assert server.paths == ["/me"]


def test_a_failed_read_is_not_kept() -> None:
    answers = iter([httpx.Response(503), httpx.Response(200, json={"id": "me-1"})])
    directory = Directory()

    with Answering(lambda _request: next(answers)).awork() as awork:
        with pytest.raises(TargetBusy):
            directory.me(awork)

        assert directory.me(awork) == "me-1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TIMO, True),
        ("E033F982-A7E3-5BE6-BFE1-4359E49FF8EC", True),
        ("e033f982a7e35be6bfe14359e49ff8ec", False),
        (TIMO + "\n", False),
        (f"{{{TIMO}}}", False),
        ("../me", False),
        ("", False),
    ],
)
def test_an_id_has_one_form(text: str, expected: bool) -> None:
    assert is_id(text) is expected


def test_a_name_that_awork_tells_as_null_is_none() -> None:
    server = lists(users=[{"id": "u1", "firstName": "Cher", "lastName": None}])

    with server.awork() as awork:
        assert Directory().user(awork, "Cher") == "u1"
