"""What keeps the promise of no effect twice in Workiva, which knows no id of ours."""

from __future__ import annotations

from tests.promises.broken import CONTRACT, Mutation

_WORKIVA = f"{CONTRACT}actions_workiva_"

IN_WORKIVA: tuple[Mutation, ...] = (
    Mutation(
        "workiva-made-for-each-event",
        "workers/actions/create_workiva_task.py",
        "if made is not None and made.run != mirrors.run:",
        "if made is not None and False:",
        (f"{_WORKIVA}once.py::test_each_object_has_one_by_default",),
    ),
    Mutation(
        "workiva-lost-is-not-looked-for",
        "workers/actions/create_workiva_task.py",
        "find=lambda trail: _find(trail, context),",
        "find=lambda _trail: None,",
        (f"{_WORKIVA}create_lost.py::test_a_task_whose_answer_was_lost_is_found_again",),
    ),
    Mutation(
        "workiva-made-by-two-at-once",
        "workers/mirrors.py",
        "self.holdings.begin(things, by=self.run, at_most=at_most)",
        "pass",
        (f"{_WORKIVA}once.py::test_two_events_at_once_make_one",),
    ),
    Mutation(
        "workiva-action-taken-twice",
        "workers/actions/workiva_submission.py",
        "find=self._find,",
        "find=lambda _trail: None,",
        (f"{_WORKIVA}sync_lost.py::test_an_action_whose_answer_was_lost_is_not_taken_twice",),
    ),
    Mutation(
        "workiva-refused-token-kept",
        "workers/targets/workiva.py",
        "            raise\n        tokens.drop(token)\n",
        "            raise\n",
        (
            f"{CONTRACT}workiva_token_refused.py::test_a_token_that_is_not_taken_is_replaced_and_the_task_made_once",
        ),
    ),
)
