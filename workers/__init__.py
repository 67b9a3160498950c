"""Processing: from an event that is due to what is written to other systems, and its record.

One event's way, in the order in which to read it:

    app, tasks, bell      Celery: what a worker is, and what it hears
    runtime, deps         a worker process: its parts, put together once
    drain                 claims what is due, obeys what comes of it
    process               one event: plan, carry out, outcome
    judge, prepare, plan  which rules match; their actions filled in; the decision as stored
    gates, sight          is it our own doing, is its window taken; what did it look like before
    turn, spread          runs that wait in a line of their own; the items of a rule of the clock
    work, results         each action in order; what it answered, for the later ones
    effects, ledger       each write once; entries.py has what the ledger says of one, trail.py
                          what a lost one is found again by
    holdings              what desired-state actions have made, and which hours are promised
    retry, record         again, or never; what is told of it; earlier: what earlier tries have left

Beside it: housekeeping (the thread that sweeps), clock (when cron rules are due), rulebook (the
rules in force, reloaded), rehearse (all of it without Redis). Rooms: rules (pure), facts (what is
read for them), planning (pure: work into people's time), actions, targets (the only ones that speak
HTTP).
"""
