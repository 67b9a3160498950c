"""Placing work into people's time. Performs no I/O, reads no clock, knows no Redis and no HTTP.

replan.py        the entry: what is wanted now, and what has to be written for it
plan.py          an effort in free time, as if nothing were there
difference.py    from the blocks that are there to those that are wanted, in the fewest writes
days.py          when a person works, and slots.py what of it is free, on the grid
lengths.py       how an effort falls into blocks, bins.py what slots can hold of it, dividing.py
                 which slot gets how much, placing.py the blocks that come of it
spans.py, walltime.py    spans of time, and the clock on the wall
absences.py, freetime.py, bookings.py    days off, how much time is free, days that are booked
"""
