"""Promises 4, 8 and 9: what comes from outside: trouble, limits, and who is not let in."""

from __future__ import annotations

from tests.promises.broken import CONTRACT, LUA, MOMENTS, NO_DEATH, UNIT, Mutation, Promise

NONE_MISSING = Promise(
    4,
    "**No effect missing.** Passing trouble (429, 5xx, network, Redis away) delays, never drops",
    "every error is either tried again or given up by one pure function; what is begun stays on"
    " record until its answer is",
    (
        f"{UNIT}workers/test_retry.py::test_each_error_is_tried_again_or_given_up",
        f"{CONTRACT}away.py::test_awork_goes_and_comes_back_and_every_event_is_done_once",
        MOMENTS,
    ),
    (
        Mutation(
            "429-given-up",
            "workers/targets/answers.py",
            "_BUSY_STATUSES = frozenset({408, 425, TOO_MANY})",
            "_BUSY_STATUSES = frozenset({408, 425})",
            (f"{CONTRACT}outcomes.py::test_too_many_requests_wait_as_long_as_they_are_told",),
        ),
        Mutation(
            "one-object-for-two-writes",
            LUA + "record.lua",
            "if taken and how == 'done' and looked_since ~= '' then"
            " return {'taken', looked_since} end\n",
            "",
            (
                f"{CONTRACT}twins.py::test_what_is_adopted_while_its_own_write_is_on_its_way_is_made_again",
            ),
        ),
        Mutation(
            "retry-dropped",
            "workers/process.py",
            "    if work.retries:\n",
            "    if work.retries and not work.failures:\n",
            (f"{NO_DEATH}[busy]",),
        ),
        Mutation(
            "500-taken-for-a-refusal",
            "workers/targets/answers.py",
            "if status >= _SERVER or code in _UNSURE_CODES:",
            "if code in _UNSURE_CODES:",
            (f"{CONTRACT}awork_client.py::test_each_refusal_has_its_meaning",),
        ),
        Mutation(
            "what-was-begun-is-believed-done",
            "workers/effects.py",
            "        if is_last:\n            return",
            "        if is_last:\n            return {} and",
            (f"{CONTRACT}effects.py::test_a_write_that_never_arrived_is_made_after_two_looks",),
        ),
        Mutation(
            "waiting-counts-as-a-try",
            "workers/retry.py",
            "RunHeld | BudgetSpent | TargetAway)",
            "BudgetSpent)",
            (f"{CONTRACT}races.py::test_held_is_no_try",),
        ),
        Mutation(
            "circuit-never-opens",
            LUA + "failed.lua",
            "if not opened and ARGV[4] ~= '1' and (failures < FIVE or is_its_own()) then",
            "if not opened then",
            (f"{CONTRACT}circuits.py::test_five_failures_in_a_row_over_all_workers_stop_all",),
        ),
        Mutation(
            "circuit-never-closes",
            LUA + "answered.lua",
            "redis.call('DEL', key)",
            "redis.call('HSET', key, 'probing', 0)",
            (f"{CONTRACT}circuits.py::test_any_answer_of_a_target_that_works_closes_it_for_all",),
        ),
    ),
)
BUDGET = Promise(
    8,
    "**awork's limits are kept.** All workers together stay within the workspace's budget, use at"
    " least 95 % of it when there is work, and obey RateLimit-Reset and Retry-After",
    "one count in Redis of the last sixty seconds, corrected by awork's own headers",
    (
        f"{CONTRACT}budget.py::test_no_minute_wherever_it_begins_has_more_than_the_limit",
        f"{CONTRACT}budget_use.py::test_each_full_minute_uses_95_percent_and_nothing_is_too_many",
        f"{CONTRACT}budget_told.py::test_a_429_pauses_every_process_until_the_later_of_its_headers",
    ),
    (
        Mutation(
            "budget-not-kept",
            LUA + "spend.lua",
            "if left > keep and quick <= now then",
            "if quick <= now then",
            (f"{CONTRACT}budget.py::test_no_minute_wherever_it_begins_has_more_than_the_limit",),
        ),
        Mutation(
            "second-not-kept",
            LUA + "spend.lua",
            "if left > keep and quick <= now then",
            "if left > keep then",
            (f"{CONTRACT}budget.py::test_no_second_wherever_it_begins_has_more_than_its_limit",),
        ),
        Mutation(
            "pause-not-kept",
            LUA + "spend.lua",
            "if held then left = 0 end",
            "",
            (
                f"{CONTRACT}budget_told.py::test_a_429_pauses_every_process_until_the_later_of_its_headers",
            ),
        ),
        Mutation(
            "others-not-counted",
            LUA + "spend.lua",
            "math.min(per_minute - used, theirs or per_minute)",
            "per_minute - used",
            (
                f"{CONTRACT}budget_told.py::test_what_awork_says_is_left_counts_for_all_until_its_reset",
            ),
        ),
        Mutation(
            "sooner-than-told",
            "workers/targets/headers.py",
            "return max(waits) if waits else None",
            "return min(waits) if waits else None",
            (f"{CONTRACT}awork_client.py::test_a_429_waits_as_long_as_the_later_header_says",),
        ),
    ),
)
NOBODY = Promise(
    9,
    "**Nobody gets in.** No secret, no entry; no secret in a log, a page, an error or the store; a"
    " rule cannot reach the file system, the environment or a host outside `notify`",
    "the secret is compared before a body is read; every address of a notified host is checked, and"
    " that one is called",
    (
        f"{CONTRACT}edge.py::test_no_secret_and_a_wrong_one_get_the_same_answer_and_nothing_is_kept",
        f"{UNIT}webhooks/test_awork_source.py::test_anything_else_does_not",
        f"{UNIT}workers/test_notify_target.py::test_no_way_of_writing_a_private_address_gets_a_connection",
    ),
    (
        Mutation(
            "secret-not-compared",
            "webhooks/sources/awork.py",
            "if len(given) != 1 or not any(matches):",
            "if len(given) != 1:",
            (
                f"{CONTRACT}edge.py::test_no_secret_and_a_wrong_one_get_the_same_answer_and_nothing_is_kept",
            ),
        ),
        Mutation(
            "secret-twice",
            "webhooks/sources/awork.py",
            "if len(given) != 1 or not any(matches):",
            "if not any(matches):",
            (f"{UNIT}webhooks/test_awork_source.py::test_anything_else_does_not",),
        ),
        Mutation(
            "no-previous-is-any",
            "webhooks/sources/awork.py",
            "for s in secrets if s is not None)",
            "for s in secrets if s is not None) + (b'',) * secrets.count(None)",
            (
                f"{CONTRACT}edge.py::test_no_secret_and_a_wrong_one_get_the_same_answer_and_nothing_is_kept",
            ),
        ),
        Mutation(
            "signature-not-demanded",
            "webhooks/sources/awork.py",
            "if gate.signing_key is not None and not _is_signed(",
            "if gate.signing_key is None and not _is_signed(",
            (f"{CONTRACT}edge.py::test_where_a_proxy_signs_the_signature_is_demanded_too",),
        ),
        Mutation(
            "private-address-called",
            "workers/targets/addresses.py",
            "            if not is_public(address):\n",
            "            if not address:\n",
            (
                f"{UNIT}workers/test_notify_target.py::test_no_way_of_writing_a_private_address_gets_a_connection",
            ),
        ),
        Mutation(
            "one-public-address-is-enough",
            "workers/targets/addresses.py",
            "        for address in addresses:\n",
            "        for address in addresses[:1]:\n",
            (f"{UNIT}workers/test_notify_target.py::test_every_address_of_a_host_must_be_public",),
        ),
    ),
)
