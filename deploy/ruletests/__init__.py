"""`hookwork test`: rules run against an awork inside this process. No network, no Redis, no clock.

files      test files and fixtures, read and checked
events     the event of a test, completed from its sample
workspace  what awork would answer: what is given, the rest filled in
inprocess  the way of a request into that awork
play       one test run
judge      what happened against what was expected
report     what people and machines are told; coverage counts what no test reached
"""
