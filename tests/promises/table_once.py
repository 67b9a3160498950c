"""Promises 1 to 3: what is stored, settled, and written once."""

from __future__ import annotations

from tests.promises.broken import (
    CONTRACT,
    HERE,
    LUA,
    MACHINE,
    MOMENTS,
    NO_DEATH,
    Mutation,
    Promise,
)
from tests.promises.table_workiva import IN_WORKIVA

STORED = Promise(
    1,
    "**Acknowledged means stored.** After a 202 the event is in Redis and queued; there is no"
    " instant at which one is true and not the other",
    "identity, event and bell in one script, answered after it; a retry carries the same id",
    (
        f"{CONTRACT}acceptor.py::test_a_redis_that_refuses_writes_is_unavailable_and_nothing_is_half_stored",
        MOMENTS,
        "tests/journey/test_redis_restarts.py::test_what_was_acknowledged_before_is_written_after_and_both_go_on",
    ),
    (
        Mutation(
            "acknowledged-before-stored",
            "webhooks/store/acceptor.py",
            "                self._is_refused(why)\n",
            "                for one in batch:\n"
            '                    one.settle(Accepted(one.delivery.event.id, "accepted"))\n'
            "                self._is_refused(why)\n",
            (f"{CONTRACT}edge.py::test_without_redis_the_sender_is_asked_to_come_again",),
        ),
        Mutation(
            "identity-before-the-event",
            LUA + "accept.lua",
            "    local event = P .. 'event:' .. id\n",
            "    redis.call('SET', delivery, id, 'EX', dedupe_s)\n"
            "    local event = P .. 'event:' .. id\n",
            (f"{CONTRACT}races.py::test_a_delivery_is_believed_stored_only_when_all_of_it_is",),
        ),
        Mutation(
            "stored-and-not-rung",
            LUA + "accept.lua",
            "if rang then ring() end",
            "",
            (f"{NO_DEATH}[add_comment]",),
        ),
    ),
)
SETTLED = Promise(
    2,
    "**Every stored event is settled**: done, no rule, or in the failed list with its reason. None"
    " waits for ever",
    "a lease that ends is a due time; whoever claims wakes the next; a sweep each second rings for"
    " what is due",
    (
        MACHINE,
        MOMENTS,
        f"{CONTRACT}crash_fuzz.py::test_whatever_dies_or_is_replayed_each_write_is_made_once_and_in_order",
    ),
    (
        Mutation(
            "sweep-never-rings",
            LUA + "sweep.lua",
            "rang = ring()",
            "rang = 0",
            (f"{CONTRACT}inbox.py::test_the_sweep_rings_for_what_is_due_and_unclaimed", MACHINE),
        ),
        Mutation(
            "deferred-for-ever",
            LUA + "defer.lua",
            "redis.call('ZADD', P .. 'due', now + tonumber(ARGV[5]), lane)",
            "redis.call('ZREM', P .. 'due', lane)",
            (MACHINE,),
        ),
        Mutation("lane-not-freed", LUA + "finish.lua", "advance(lane, now)\n", "", (MACHINE,)),
        Mutation(
            "next-bell-not-rung",
            LUA + "claim.lua",
            "if more then ring() end",
            "",
            (f"{CONTRACT}inbox.py::test_one_bell_wakes_as_many_workers_as_are_needed",),
        ),
        Mutation(
            "turn-not-rung",
            LUA + "hand_on.lua",
            "if settle_ms == 0 then ring() end",
            "",
            (f"{HERE}transitions.py::test_what_becomes_due_at_once_is_rung_for",),
        ),
        Mutation(
            "deadly-event-tried-for-ever",
            "workers/drain.py",
            "if claim.orphaned >= DEADLY_CLAIMS:",
            "if claim.orphaned < 0:",
            (f"{CONTRACT}setbacks.py::test_an_event_that_ten_workers_died_of_is_put_aside",),
        ),
    ),
)
ONCE = Promise(
    3,
    "**No effect twice.** Duplicate deliveries, redelivered tasks, retries after a lost answer,"
    " replays and restarts make each intended write exist exactly once",
    "an identity for each event, a lease with a fence for each claim, a ledger entry before each"
    " write, two looks for what has no answer",
    (MOMENTS, MACHINE, f"{CONTRACT}effects.py::test_a_lost_answer_is_looked_for_and_adopted"),
    (
        Mutation(
            "accepted-without-identity",
            LUA + "accept.lua",
            "  if first then\n",
            "  if false then\n",
            (
                f"{CONTRACT}acceptor.py::test_a_repeated_delivery_is_answered_with_the_first_id_and_queues_nothing",
                MACHINE,
            ),
        ),
        Mutation(
            "claim-not-exclusive",
            LUA + "claim.lua",
            "      redis.call('ZADD', P .. 'due', now + lease_ms, lane)\n      -- First of",
            "      -- First of",
            (
                f"{CONTRACT}inbox.py::test_a_claimed_event_is_nobody_elses_until_the_lease_ends",
                MACHINE,
            ),
        ),
        Mutation(
            "no-fence",
            LUA + "prelude.lua",
            "return held[1] == fence and held[2] == 'claimed'",
            "return true",
            (MACHINE,),
        ),
        Mutation(
            "finished-by-whoever-lost-it",
            LUA + "finish.lua",
            "if not owns(id, ARGV[4]) then return 0 end",
            "",
            (MACHINE,),
        ),
        Mutation(
            "lease-not-lengthened",
            LUA + "begin.lua",
            "redis.call('ZADD', P .. 'due', clock() + tonumber(ARGV[5]), ARGV[3])",
            "",
            (MACHINE,),
        ),
        Mutation(
            "not-held-before-it-is-sent-again",
            "workers/effects.py",
            "            self.ledger.hold()\n",
            "            pass\n",
            (f"{CONTRACT}races.py::test_a_look_that_outlasts_the_lease_writes_nothing",),
        ),
        Mutation(
            "begun-and-not-entered",
            LUA + "begin.lua",
            "redis.call('HSET', P .. 'ledger:' .. id, effect, ARGV[7])",
            "",
            (f"{MOMENTS}[before-add_comment]", MACHINE),
        ),
        Mutation(
            "done-and-not-recorded",
            LUA + "record.lua",
            "redis.call('HSET', ledger, effect, ARGV[5])",
            "",
            (
                f"{CONTRACT}replay.py::test_what_was_written_stays_and_what_the_rules_of_today_add_is_written",
            ),
        ),
        Mutation(
            "unknown-taken-for-not-sent",
            "workers/effects.py",
            "                return self._settle(item, entry, find, summary)",
            "                return self._send(item, entry, summary, fresh=False)",
            (f"{CONTRACT}effects.py::test_a_lost_answer_is_looked_for_and_adopted",),
        ),
        Mutation(
            "one-look-only",
            "workers/effects.py",
            "is_last = entry.looked_ms > 0 and waited_ms >= LOOK_APART_S * 1000",
            "is_last = waited_ms >= 0",
            (
                f"{CONTRACT}effects.py::test_a_write_that_lands_after_the_first_look_is_found_by_the_second",
            ),
        ),
        Mutation(
            "two-looks-at-once",
            "workers/effects.py",
            "waited_ms >= LOOK_APART_S * 1000",
            "waited_ms >= 0",
            (f"{CONTRACT}effects.py::test_two_looks_are_some_seconds_apart",),
        ),
        Mutation(
            "anothers-object-adopted",
            LUA + "record.lua",
            "if taken and how == 'adopt' then return {'taken'} end",
            "",
            (f"{CONTRACT}races.py::test_what_another_write_of_ours_has_is_not_adopted",),
        ),
        Mutation(
            "any-twin-adopted",
            "workers/actions/find.py",
            "    ours.sort(key=_created)\n",
            "",
            (f"{CONTRACT}twins.py::test_of_several_the_older_adopts_the_older",),
        ),
        Mutation(
            "older-twin-not-looked-for",
            "workers/ledger.py",
            "since_ms = min(entry.begun_ms, since_ms)",
            "since_ms = entry.begun_ms",
            (f"{CONTRACT}twins.py::test_two_that_were_both_made_are_both_adopted",),
        ),
        Mutation(
            "plan-not-kept",
            "workers/process.py",
            "deps.inbox.renew(claim, plan=plans.encode(plan))",
            "deps.inbox.renew(claim)",
            (
                f"{CONTRACT}outcomes.py::test_what_was_decided_once_is_carried_out_whatever_the_rules_say_by_then",
            ),
        ),
        Mutation(
            "replay-forgets-the-ledger",
            LUA + "replay.lua",
            "redis.call('PERSIST', P .. 'ledger:' .. id)",
            "redis.call('DEL', P .. 'ledger:' .. id)",
            (f"{MOMENTS}[before-replay]", MACHINE),
        ),
        Mutation(
            "handed-on-twice",
            LUA + "hand_on.lua",
            "if known then return {'known', known} end",
            "",
            (f"{CONTRACT}turns.py::test_handing_on_twice_changes_nothing",),
        ),
        *IN_WORKIVA,
    ),
)
