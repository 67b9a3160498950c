"""Promises 5 to 7: order, loops, and what may not be written."""

from __future__ import annotations

from tests.promises.broken import CONTRACT, LUA, MACHINE, UNIT, Mutation, Promise

ORDER = Promise(
    5,
    "**Order per key.** Runs with one key never overlap and never run backwards; an event older"
    " than what was already handled for its entity is recorded as stale",
    "one lane for each entity, or rule and key, of which the first event alone is claimed; what was"
    " handled last is kept with the settling",
    (
        MACHINE,
        f"{CONTRACT}order.py::test_no_rule_runs_backwards_and_none_misses_the_newest",
        f"{CONTRACT}turns.py::test_turns_with_one_key_never_overlap_and_keep_the_order_of_their_events",
    ),
    (
        Mutation(
            "order-of-arrival",
            LUA + "accept.lua",
            "redis.call('ZADD', P .. 'lane:' .. lane, ARGV[i + 5], id)",
            "redis.call('ZADD', P .. 'lane:' .. lane, redis.call('ZCARD', P .. 'waiting'), id)",
            (MACHINE,),
        ),
        Mutation(
            "half-done-is-overtaken",
            LUA + "claim.lua",
            "redis.call('ZADD', P .. 'lane:' .. lane, '-inf', id)",
            "",
            (MACHINE,),
        ),
        Mutation(
            "lane-due-while-it-is-leased",
            LUA + "accept.lua",
            "redis.call('ZADD', P .. 'due', 'NX', now, lane)",
            "redis.call('ZADD', P .. 'due', now, lane)",
            (MACHINE,),
        ),
        Mutation(
            "stale-is-handled",
            "workers/gates.py",
            "return self.age.stale(",
            "return None and self.age.stale(",
            (
                f"{CONTRACT}stale.py::test_an_event_whose_rules_are_all_stale_is_stale_and_reads_and_writes_nothing",
            ),
        ),
        Mutation(
            "handled-is-not-kept",
            LUA + "finish.lua",
            "and is('hash', handled) then",
            "and false then",
            (f"{CONTRACT}stale.py::test_it_is_kept_with_the_settling_and_given_with_the_claim",),
        ),
    ),
)
LOOPS = Promise(
    6,
    "**No loop.** What we write never triggers us, and two rules that undo each other are stopped"
    " and reported",
    "who caused an event, or what our writes left; hops counted with each write; who set what last",
    (
        f"{CONTRACT}outcomes.py::test_what_our_own_user_causes_triggers_nothing",
        f"{CONTRACT}own_writes.py::test_a_rule_that_answers_its_own_events_is_paused_after_so_many",
        f"{CONTRACT}undoing.py::test_two_rules_that_undo_each_other_are_both_paused_and_told",
    ),
    (
        Mutation(
            "own-events-handled",
            "workers/gates.py",
            "        return self._is_ours\n",
            "        return False\n",
            (f"{CONTRACT}outcomes.py::test_what_our_own_user_causes_triggers_nothing",),
        ),
        Mutation(
            "hops-not-limited",
            "workers/effects.py",
            "if self.hop > circles.MOST_HOPS:",
            "if self.hop < 0:",
            (
                f"{CONTRACT}own_writes.py::test_a_rule_that_answers_its_own_events_is_paused_after_so_many",
            ),
        ),
        Mutation(
            "quarrel-not-noticed",
            LUA + "record.lua",
            "return {'undoing', theirs[1]}",
            "return {'ok'}",
            (
                f"{CONTRACT}undoing.py::test_two_rules_that_undo_each_other_are_both_paused_and_told",
            ),
        ),
        Mutation(
            "hour-not-limited",
            LUA + "begin.lua",
            ">= tonumber(ARGV[9]) then return {'limit'} end",
            ">= 10 ^ 9 then return {'limit'} end",
            (f"{CONTRACT}limits.py::test_a_rule_past_its_hour_pauses_itself_and_its_event_waits",),
        ),
        Mutation(
            "run-not-limited",
            "workers/effects.py",
            "if self.allowance.left <= 0:",
            "if self.allowance.left < -(10**6):",
            (
                f"{CONTRACT}limits.py::test_more_writes_than_a_run_may_make_pause_the_rule_and_none_is_lost",
            ),
        ),
    ),
)
NOTHING_WRITTEN = Promise(
    7,
    "**Nothing written in shadow, nothing by a bad rule file, nothing to billed or closed time**",
    "one place sends writes, and asks for the mode and a guard before; a set of rules is in force"
    " whole or not at all",
    (
        f"{CONTRACT}outcomes.py::test_shadow_writes_nothing_and_shows_what_it_would",
        f"{CONTRACT}reload.py::test_every_event_is_judged_by_one_whole_good_set_while_the_files_change",
        f"{CONTRACT}actions_log_time_guards.py::test_nothing_is_written_in_a_closed_period",
        f"{CONTRACT}actions_adjust_time_entry.py::test_an_entry_that_must_be_left_alone_is_settled_and_says_why",
    ),
    (
        Mutation(
            "shadow-writes",
            "workers/effects.py",
            "        if self.shadow:\n            guard()\n",
            "        if False:\n            guard()\n",
            (f"{CONTRACT}outcomes.py::test_shadow_writes_nothing_and_shows_what_it_would",),
        ),
        Mutation(
            "half-saved-rules-in-force",
            "workers/rulebook.py",
            "if now == self._seen != self._tried:",
            "if now != self._tried:",
            (f"{UNIT}workers/test_rulebook.py::test_a_change_is_in_force_once_it_is_at_rest",),
        ),
        Mutation(
            "bad-rules-end-the-good-ones",
            "workers/rulebook.py",
            "return self._rules, str(rejected)",
            "return RuleSet((), ''), str(rejected)",
            (
                f"{UNIT}workers/test_rulebook.py::test_a_bad_set_leaves_the_good_one_in_force_and_is_told_until_it_is_mended",
            ),
        ),
        Mutation(
            "closed-day-written",
            "workers/actions/log_time.py",
            "if context.open_from is not None and day < context.open_from:",
            "if context.open_from is not None and False:",
            (f"{CONTRACT}actions_log_time_guards.py::test_nothing_is_written_in_a_closed_period",),
        ),
        Mutation(
            "billed-entry-changed",
            "workers/actions/adjusted.py",
            'if entry.get("isBilled"):',
            'if entry.get("isBilled") is None:',
            (
                f"{CONTRACT}actions_adjust_time_entry.py::test_an_entry_that_must_be_left_alone_is_settled_and_says_why",
            ),
        ),
        Mutation(
            "guard-not-asked",
            "workers/effects.py",
            "            guard()\n            if self.hop",
            "            if self.hop",
            (
                f"{CONTRACT}actions_adjust_time_entry_lost.py::test_what_was_billed_while_the_rule_waited_is_left_alone",
            ),
        ),
    ),
)
