"""In shadow a later action sees what an earlier one has worked out itself."""

from __future__ import annotations

from tests import samples
from tests.contract.conftest import Make

STATUS = """
version: 1
rules:
  - id: back
    mode: shadow
    when: task_added
    do:
      - change_status: {task: "${entity.id}", status: Review}
      - add_comment: {task: "${entity.id}", message: "Now in ${done.change_status.status}"}
"""
PLAN = """
version: 1
defaults: {timezone: Europe/Berlin}
rules:
  - id: plan
    mode: shadow
    when: task_added
    do:
      - plan_task: {task: "${entity.id}", effort: 9h, until: "2020-01-01"}
      - add_comment:
          task: "${entity.id}"
          message: "${hours(done.plan_task.missing)} h do not fit"
        if: [{done.plan_task.missing: {more_than: 0}}]
"""


def test_the_status_that_a_task_would_be_moved_to_is_named(make: Make) -> None:
    assert _comment(make, STATUS) == "Now in Review"


def test_what_does_not_fit_is_told_before_anything_is_planned(make: Make) -> None:
    assert _comment(make, PLAN) == "9 h do not fit"


def _comment(make: Make, rules: str) -> str:
    one = make(rules)
    one.deliver(samples.fresh("task_added"))

    [_, comment] = one.work().rules[0].actions

    [write] = comment.writes
    return str(write.body["message"]).partition(" ⟨")[0]
