"""Undoing a run: what it created is removed, unless a person has changed it since.

A person asks for it (webhooks/store/undos.py), as an event of our own in the run's lane. Its plan
has one line for each write of the run; each removal is a write like any other: entered in the
ledger, sent once, looked for again after a lost answer, retried within awork's limits.

    planned.py   the lines: what the ledger says the run has made, and what it has only changed
    things.py    how each kind of object is read, compared and removed
    sparing.py   why an object is left as it is
    removal.py   removing one
"""
