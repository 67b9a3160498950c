"""Actions that look at earlier results, run for each item, or have an `if` of their own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import Worker, outcomes, with_rules
from webhooks.store import keys
from webhooks.store.journal import Run

TASK = samples.sample("task_added")["entity"]
PEOPLE = [person["id"] for person in TASK["assignees"]]

FOLLOW_UP = """
version: 1
defaults: {timezone: Europe/Berlin}
rules:
  - id: follow-up
    when: task_added
    do:
      - create_task:
          name: "Review: ${entity.name}"
          project: "${entity.projectId}"
      - add_comment:
          task: "${done.create_task.id}"
          message: "Made for ${entity.name} on ${date(now)}: ${done.create_task.name}"
"""

FOR_EACH = """
version: 1
defaults: {timezone: Europe/Berlin}
rules:
  - id: everyone
    when: task_added
    do:
      - log_time:
          user: "${item.id}"
          task: "${entity.id}"
          duration: 15m
        id: logged
        for_each: entity.assignees
      - add_comment:
          task: "${entity.id}"
          message: "Logged ${done.logged.0.duration} seconds for the first"
"""


def today(one: Worker) -> str:
    """The day as the rules have it."""
    return f"{one.clock.now.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d}"


def actions(run: Run) -> list[tuple[str, str]]:
    return [(one.id, one.outcome) for one in run.rules[0].actions]


def test_a_later_action_uses_what_awork_answered_to_an_earlier_one(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(FOLLOW_UP)
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    (task,) = sandbox.writes("/tasks")
    made = next(t for t in sandbox.world.tasks.values() if t["name"] == task.body["name"])
    (comment,) = sandbox.writes("/tasks/.*/comments")
    assert actions(run) == [("create_task", "done"), ("add_comment", "done")]
    assert comment.path == f"/tasks/{made['id']}/comments"
    assert comment.body["message"].endswith(f"{today(one)}: Review: {TASK['name']}")


def test_what_a_late_action_needs_is_decided_once(make: Make, sandbox: Sandbox) -> None:
    one = make(FOLLOW_UP)
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("rate_limit", "POST", "/tasks/.*/comments", reset_s=60)
    first = one.work()

    one = with_rules(one, FOLLOW_UP.replace("Made for", "Changed since:"))
    day = today(one)
    one.clock.forward(days=2)
    second = one.work()

    (comment,) = sandbox.writes("/tasks/.*/comments")
    assert actions(first) == [("create_task", "done"), ("add_comment", "later")]
    assert outcomes(second) == ["repeated-nothing", "done"]
    assert comment.body["message"].startswith(f"Made for {TASK['name']} on {day}")


def test_in_shadow_what_would_be_sent_stands_for_what_was_not_answered(
    make: Make, sandbox: Sandbox
) -> None:
    rules = FOLLOW_UP.replace(
        "${done.create_task.name}", "${done.create_task.name} ${done.create_task.order}"
    )
    one = make(rules.replace("    when:", "    mode: shadow\n    when:"))
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert actions(run) == [("create_task", "shadow"), ("add_comment", "shadow")]
    message = run.rules[0].actions[1].writes[0].body["message"]
    assert message.endswith(f"Review: {TASK['name']} (done.create_task.order)")
    assert [call for call in sandbox.calls if call.method != "GET"] == []


def test_in_shadow_what_depends_on_the_answer_is_told_and_is_no_failure(make: Make) -> None:
    rules = FOLLOW_UP.replace("${done.create_task.name}", "${hours(done.create_task.order)} h")
    one = make(rules.replace("    when:", "    mode: shadow\n    when:"))
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert actions(run) == [("create_task", "shadow"), ("add_comment", "skipped")]
    assert "depends on what awork answers" in run.rules[0].actions[1].message
    assert run.outcome == "shadow"


def test_what_a_late_action_needs_and_cannot_be_read_fails_that_action_alone(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(
        FOLLOW_UP.replace(
            "${done.create_task.name}", "${done.create_task.name} ${project.timeBudget}"
        )
    )
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.deny("GET", "/projects/.*")

    run = one.work()

    assert actions(run) == [("create_task", "done"), ("add_comment", "failed")]
    assert run.rules[0].actions[1].reason == "read-refused"


def test_a_late_rule_that_cannot_be_read_any_more_fails_alone(make: Make, sandbox: Sandbox) -> None:
    other = """
  - id: other
    when: task_added
    do: [{add_comment: {task: "${entity.id}", message: other}}]
"""
    one = make(FOLLOW_UP + other)
    event = one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("rate_limit", "POST", ".*", reset_s=60)
    one.work()
    plan = one.deps.redis.hget(keys.UNNAMED.event(event), "plan")
    assert isinstance(plan, bytes)
    one.deps.redis.hset(
        keys.UNNAMED.event(event), "plan", plan.replace(b'\\"version\\": 1', b'\\"version\\": 9')
    )
    one.clock.forward(minutes=5)

    run = one.work()

    assert [rule.outcome for rule in run.rules] == ["failed", "done"]
    assert run.reason == "rule-unreadable"


def test_an_action_runs_for_each_item_of_a_list(make: Make, sandbox: Sandbox) -> None:
    one = make(FOR_EACH)
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    logged = sandbox.writes("/timeentries")
    (comment,) = sandbox.writes("/tasks/.*/comments")
    assert len(PEOPLE) >= 1
    assert [call.body["userId"] for call in logged] == PEOPLE
    assert [one.item for one in run.rules[0].actions if one.id == "logged"] == PEOPLE
    assert comment.body["message"] == "Logged 900 seconds for the first"


def test_each_item_has_an_entry_of_its_own_so_a_retry_repeats_none(
    make: Make, sandbox: Sandbox
) -> None:
    second_one = next(user for user in sandbox.world.users if user not in PEOPLE)
    people = [{"id": PEOPLE[0]}, {"id": second_one}]
    one = make(FOR_EACH)
    one.deliver(samples.fresh("task_added", assignees=people))
    sandbox.faults.add("drop_after", "POST", "/timeentries", body={"userId": second_one})

    first = one.work()
    one.clock.forward(seconds=30)
    second = one.work()

    assert [outcome for _, outcome in actions(first)] == ["done", "later", "not-started"]
    assert [outcome for _, outcome in actions(second)] == ["done", "done", "done"]
    assert outcomes(second) == ["repeated-nothing", "adopted", "done"]
    assert len(sandbox.writes("/timeentries")) == 2


def test_an_empty_list_is_no_failure_and_the_next_action_goes_on(make: Make) -> None:
    rules = FOR_EACH.replace("Logged ${done.logged.0.duration} seconds for the first", "Done")
    one = make(rules)
    one.deliver(samples.fresh("task_added", assignees=[]))

    run = one.work()

    assert actions(run) == [("logged", "skipped"), ("add_comment", "done")]
    assert run.rules[0].actions[0].message == "the list is empty"


def test_an_action_that_its_own_condition_rules_out_needs_no_list(make: Make) -> None:
    rules = FOR_EACH.replace(
        "for_each: entity.assignees",
        "for_each: entity.assignees\n        if: [{entity.assignees: {exists: true}}]",
    ).replace("Logged ${done.logged.0.duration} seconds for the first", "Done")
    one = make(rules)
    one.deliver(samples.fresh("task_added", assignees=None))

    run = one.work()

    assert actions(run) == [("logged", "skipped"), ("add_comment", "done")]
    assert run.rules[0].actions[0].message == "its own conditions are not met"


def test_an_action_whose_own_conditions_are_not_met_is_left_out_and_says_why(
    make: Make,
) -> None:
    rules = """
version: 1
rules:
  - id: some
    when: task_added
    do:
      - add_comment: {task: "${entity.id}", message: prio}
        id: prio
        if: [{entity.isPrio: true}]
      - add_comment: {task: "${entity.id}", message: always}
"""
    one = make(rules)
    one.deliver(samples.fresh("task_added", isPrio=False))

    run = one.work()

    assert actions(run) == [("prio", "skipped"), ("add_comment", "done")]
    assert run.rules[0].actions[0].trace[0]["verdict"] == "not met"
    assert run.outcome == "done"


def test_an_action_may_depend_on_the_result_of_an_earlier_one(make: Make) -> None:
    rules = FOLLOW_UP + "        if: [{done.create_task.isPrio: true}]\n"
    one = make(rules)
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert actions(run) == [("create_task", "done"), ("add_comment", "skipped")]
    assert run.outcome == "done"


def test_the_run_keeps_the_rule_it_ran_with(make: Make) -> None:
    one = make(FOLLOW_UP)
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    again = with_rules(one, run.rules[0].text)
    assert again.deps.rules().rules[0].id == "follow-up"
    assert again.deps.rules().rules[0].timezone == "Europe/Berlin"


def test_a_run_may_not_write_more_than_its_limit_over_all_its_tries(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(FOLLOW_UP + "    limits: {writes_per_run: 1}\n")
    one.deliver(samples.fresh("task_added"))
    sandbox.faults.add("drop_after", "POST", "/tasks")
    unanswered = one.work()
    one.clock.forward(minutes=2)

    run = one.work()

    assert unanswered.reason == "outcome-unknown"
    assert outcomes(run) == ["adopted"]
    assert (run.outcome, run.reason) == ("later", "rule-paused")
    assert "writes_per_run" in run.message
    assert sandbox.writes("/tasks/.*/comments") == []
