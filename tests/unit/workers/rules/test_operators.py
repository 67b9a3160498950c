"""Every operator with each of its verdicts."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest

from tests.unit.workers.rules.rules import considered, rules_if
from workers.rules.conditions.operators import OPERATORS
from workers.rules.facts import EventFacts
from workers.rules.match import match

MET, NOT_MET, ABSENT = "met", "not met", "absent"
TAGS = [{"id": "t1", "name": "Billable"}, {"id": "t2", "name": "vip"}]
MARA = {"id": "u1", "firstName": "Mara", "lastName": "Jensen"}

ROWS = [
    # equality; upper and lower case are one
    ("x: Kickoff", "kickoff", MET),
    ("x: Kickoff", "Review", NOT_MET),
    ("x: STRASSE", "Straße", MET),  # casefold, not lower
    ("x: {is: 3}", 3, MET),
    ("x: {is: 3}", 3.0, MET),
    ("x: {is: 3}", "3", MET),  # `changes` has numbers as text
    ("x: {is: 3}", "three", NOT_MET),
    ('x: {is: "3"}', 3, NOT_MET),
    ("x: {is: 1}", True, NOT_MET),  # true is no number
    ("x: {is: 0}", False, NOT_MET),
    ("x: {is: true}", True, MET),
    ("x: {is: true}", 1, NOT_MET),
    ("x: {is: true}", "true", NOT_MET),
    ("x: {is: on}", "on", MET),  # YAML 1.2: text
    ("x: 12:30", "12:30", MET),
    ("x: 2026-03-27", "2026-03-27", MET),
    ("x: 1h", 3600, MET),
    ("x: 1h", "3600", MET),
    ("x: 1h", 3601, NOT_MET),
    ("x: VIP", TAGS[1], MET),  # an object goes by its name …
    ("x: t2", TAGS[1], MET),  # … or its id
    ("x: mara jensen", MARA, MET),
    ("x: Mara", MARA, NOT_MET),
    ("x: vip", {"color": "red"}, ABSENT),
    ("x: vip", TAGS, ABSENT),  # a list is for has
    ("x: {is: vip}", None, ABSENT),
    ("x: {is_not: done}", "todo", MET),
    ("x: {is_not: done}", "Done", NOT_MET),
    ("x: {is_not: done}", None, ABSENT),
    ("x: {is_not: done}", ["done"], ABSENT),
    ("x: [done, stuck]", "STUCK", MET),
    ("x: [done, 3, true]", 3, MET),
    ("x: {in: [done, stuck]}", "done", MET),
    ("x: {in: [done, stuck]}", "todo", NOT_MET),
    ("x: {in: [done, stuck]}", None, ABSENT),
    ("x: {in: [vip]}", TAGS, ABSENT),
    ("x: {not_in: [done, stuck]}", "todo", MET),
    ("x: {not_in: [done, stuck]}", "done", NOT_MET),
    ("x: {not_in: [done, stuck]}", None, ABSENT),
    # amounts
    ("x: {at_least: 1h}", 3600, MET),
    ("x: {at_least: 1h}", "3600", MET),
    ("x: {at_least: 1h}", 3599, NOT_MET),
    ("x: {at_least: 1h}", None, ABSENT),
    ("x: {at_least: 1h}", True, ABSENT),
    ("x: {at_least: 1h}", "soon", ABSENT),
    ("x: {at_least: 1}", {}, ABSENT),
    ("x: {at_least: 2026-11-21}", "2026-11-20T23:00:00Z", MET),  # 00:00 on the 21st in Berlin
    ("x: {at_least: 2026-11-21}", "2026-11-20T22:59:59Z", NOT_MET),
    ("x: {at_least: now}", "2026-11-20T23:30:00Z", MET),
    ("x: {more_than: 0}", 1, MET),
    ("x: {more_than: 0}", 0, NOT_MET),
    ("x: {more_than: 0.5}", 0.75, MET),
    ("x: {more_than: 0}", None, ABSENT),
    ("x: {at_most: 8h}", 28_800, MET),
    ("x: {at_most: 8h}", 28_801, NOT_MET),
    ("x: {at_most: 8h}", None, ABSENT),
    ("x: {less_than: 3}", 2, MET),
    ("x: {less_than: 3}", 3, NOT_MET),
    ("x: {less_than: 3}", None, ABSENT),
    ("x: {at_least: 1h, less_than: 2h}", 5400, MET),
    # time; the rule's zone is Berlin
    ("x: {before: now}", "2026-11-20T23:29:59.9999999Z", MET),
    ("x: {before: now}", "2026-11-21T00:30:00+01:00", NOT_MET),
    ("x: {before: today}", "2026-11-20T22:59:00Z", MET),  # 23:59 on the 20th
    ("x: {before: today}", "2026-11-20T23:00:00Z", NOT_MET),
    ("x: {before: today}", "2026-11-20", MET),
    ("x: {before: 2026-03-27}", "2026-03-26", MET),
    ("x: {before: 2026-03-27T18:00}", "2026-03-27T16:59:59Z", MET),  # 17:59:59 in Berlin
    ("x: {before: 2026-03-27T18:00}", "2026-03-27T17:00:00Z", NOT_MET),
    ("x: {before: now}", "2026-11-20T10:00:00", MET),  # startDateLocal has no offset
    ("x: {before: now}", None, ABSENT),
    ("x: {before: now}", 5, ABSENT),
    ("x: {before: now}", "soon", ABSENT),
    ("x: {before: today}", "0001-01-01T00:00:00+14:00", ABSENT),  # the calendar begins later
    ("x: {after: 2026-03-27}", "2026-03-27T20:00:00Z", NOT_MET),  # still the 27th
    ("x: {after: 2026-03-27}", "2026-03-27T23:00:00Z", MET),  # 00:00 on the 28th
    ("x: {after: today}", None, ABSENT),
    ("x: {within: 48h}", "2026-11-22T23:30:00Z", MET),
    ("x: {within: 48h}", "2026-11-18T23:30:00Z", MET),
    ("x: {within: 48h}", "2026-11-22T23:30:01Z", NOT_MET),
    ("x: {within: {next: 48h}}", "2026-11-20T23:29:59Z", NOT_MET),
    ("x: {within: {next: 48h}}", "2026-11-21", MET),  # today: most of it is ahead
    ("x: {within: {next: 24h}}", "2026-11-23", NOT_MET),
    ("x: {within: {last: 1h}}", "2026-11-20", MET),  # it ended half an hour ago
    ("x: {within: {last: 1h}}", "2026-11-19", NOT_MET),
    ("x: {within: {last: 1h}}", "2026-11-20T23:30:01Z", NOT_MET),
    ("x: {within: 48h}", None, ABSENT),
    ("x: {within: 48h}", 3600, ABSENT),
    ("x: {within: 48h}", "9999-12-31", ABSENT),
    # existence: the one question that absence answers
    ("x: {exists: true}", "", MET),
    ("x: {exists: true}", None, NOT_MET),
    ("x: {exists: false}", None, MET),
    ("x: {exists: false}", 0, NOT_MET),
    # lists
    ("x: {has: billable}", TAGS, MET),
    ("x: {has: t1}", TAGS, MET),
    ("x: {has: urgent}", TAGS, NOT_MET),
    ("x: {has: mara jensen}", [MARA], MET),
    ("x: {has: 3}", [1, 2, 3], MET),
    ("x: {has: a}", [{"color": "a"}, ["a"], None], NOT_MET),
    ("x: {has: a}", "a", ABSENT),
    ("x: {has: a}", None, ABSENT),
    ("x: {has_any: [urgent, vip]}", TAGS, MET),
    ("x: {has_any: [urgent, late]}", TAGS, NOT_MET),
    ("x: {has_any: [urgent, late]}", [], NOT_MET),
    ("x: {has_any: [urgent, late]}", None, ABSENT),
    ("x: {has_all: [vip, billable]}", TAGS, MET),
    ("x: {has_all: [vip, urgent]}", TAGS, NOT_MET),
    ("x: {has_all: [vip, urgent]}", None, ABSENT),
    ("x: {has_none: [urgent]}", TAGS, MET),
    ("x: {has_none: [urgent]}", [], MET),
    ("x: {has_none: [urgent, vip]}", TAGS, NOT_MET),
    ("x: {has_none: [urgent]}", None, ABSENT),
    ("x: {has_none: [urgent]}", "vip", ABSENT),
    # text
    ("x: {starts_with: INT-}", "int-4 Website", MET),
    ("x: {starts_with: INT-}", "4 INT-", NOT_MET),
    ("x: {starts_with: INT-}", None, ABSENT),
    ("x: {starts_with: INT-}", 4, ABSENT),
    ("x: {ends_with: (Draft)}", "Offer (draft)", MET),
    ("x: {ends_with: (Draft)}", "(draft) offer", NOT_MET),
    ("x: {ends_with: (Draft)}", None, ABSENT),
    ("x: {contains: work}", "A Workshop", MET),
    ("x: {contains: work}", "A talk", NOT_MET),
    ("x: {contains: work}", None, ABSENT),
    ("x: {contains: work}", ["work"], ABSENT),
    ('x: {matches: "^[A-Z]+-[0-9]+"}', "int-42 Website", MET),
    ('x: {matches: "^[A-Z]+-[0-9]+"}', "Website INT-42", NOT_MET),
    ('x: {matches: "^[A-Z]+-[0-9]+"}', None, ABSENT),
    ('x: {matches: "^[A-Z]+-[0-9]+"}', 42, ABSENT),
    ("x: {matches: vip}", TAGS, ABSENT),
]


@pytest.mark.parametrize(("condition", "value", "verdict"), ROWS)
def test_an_operator_gives_its_verdict(condition: str, value: object, verdict: str) -> None:
    rules = rules_if(f"entity.{condition}", defaults="{timezone: Europe/Berlin}")

    one = considered(rules, {"x": value})

    assert {step.verdict for step in one.trace} == {verdict}
    assert (one.verdict == "matched") == (verdict == MET)


@pytest.mark.parametrize(
    ("condition", "value", "verdict"),
    [
        ("entity.x: Kickoff", "kickoff", NOT_MET),
        ("entity.x: Kickoff", "Kickoff", MET),
        ("entity.x: {has: vip}", [{"name": "VIP"}], NOT_MET),
        ("entity.x: {contains: Work}", "workshop", NOT_MET),
    ],
)
def test_case_exact_tells_upper_from_lower(condition: str, value: object, verdict: str) -> None:
    one = considered(rules_if(condition, defaults="{case: exact}"), {"x": value})

    assert [step.verdict for step in one.trace] == [verdict]


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("today: 2026-11-21", MET),
        ("today: 2026-11-20", NOT_MET),
        ("today: {after: 2026-11-20}", MET),
        ("today: soon", NOT_MET),
        ("now: {before: 2026-11-21T00:31}", MET),
        ("now: {at_least: 2026-11-21T00:30}", MET),
    ],
)
def test_the_clock_is_told_in_the_rules_zone(condition: str, verdict: str) -> None:
    one = considered(rules_if(condition, defaults="{timezone: Europe/Berlin}"), {})

    assert [step.verdict for step in one.trace] == [verdict]


def test_an_hour_that_happens_twice_is_told_apart() -> None:
    """In Berlin 02:30 comes twice on 2026-10-25; to a wall clock both are one moment."""
    rules = rules_if("now: {after: 2026-10-25T02:30}", defaults="{timezone: Europe/Berlin}")
    second_time = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    [one] = match(rules, "task_updated", EventFacts({}, second_time))

    assert one.verdict == "matched"


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_documents_an_example_that_loads(name: str) -> None:
    lines = inspect.cleandoc(OPERATORS[name].__doc__ or "").splitlines()

    rules_if(lines[-1])

    assert f"{{{name}: " in lines[-1]
    assert lines[0].endswith(".")


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_rows_above(name: str) -> None:
    verdicts = {verdict for condition, _, verdict in ROWS if f"{{{name}: " in condition}

    assert {MET, NOT_MET} <= verdicts
    assert name == "exists" or ABSENT in verdicts


def test_a_value_that_cannot_be_judged_says_why() -> None:
    one = considered(rules_if("entity.x: {at_least: 1h}"), {"x": "soon"})

    [step] = one.trace
    assert (step.value, step.verdict, step.note) == ("soon", "absent", "'soon' is no number")
