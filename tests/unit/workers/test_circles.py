"""Rules that go round: what people are told, and when nothing is left of the problem."""

from __future__ import annotations

from workers import circles


def test_a_rule_that_answers_itself_is_told_with_the_way_out() -> None:
    stop = circles.answering_itself("echo", "task_updated of Logo (t1)")

    assert stop.cause == "rule:echo:loop"
    assert stop.why == {
        "echo": "it answers its own events in a circle, 8 times in a row, at last task_updated of"
        " Logo (t1); leave 'own_events: handle' out of echo, or give it a condition that its own"
        " result does not meet; then hookwork resume echo"
    }


def test_of_two_rules_each_is_told_the_other() -> None:
    stop = circles.undoing(("b", "a"), circles.sets("task", "t1", "priority", True))

    assert stop.cause == "rules:a+b:undo-each-other"
    assert stop.why == {
        "a": "it and b undo each other: they set the priority of task t1 to different values in"
        " turn; let their conditions exclude each other; then hookwork resume a",
        "b": "it and a undo each other: they set the priority of task t1 to different values in"
        " turn; let their conditions exclude each other; then hookwork resume b",
    }


def test_a_problem_is_over_once_none_of_its_rules_is_paused() -> None:
    causes = ["rule:a:loop", "rules:a+b:undo-each-other", "awork:token-rejected", "rule:b:loop"]

    assert circles.over("a", causes, ["b"]) == ["rule:a:loop"]
    assert circles.over("a", causes, []) == ["rule:a:loop", "rules:a+b:undo-each-other"]
    assert circles.over("c", causes, []) == []


def test_equal_values_are_the_same_however_they_are_told() -> None:
    one, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1})

    assert circles.sets("task", "t", "w", one) == circles.sets("task", "t", "w", other)
    assert circles.sets("task", "t", "w", one) != circles.sets("task", "t", "w", {"a": 1})
