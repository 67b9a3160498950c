"""A stand-in for awork, served over HTTP: for the demo without a token, and for tests.

It answers by the vendor's own contract, keeps what is written, sends webhooks, and fails on
demand: calls by `faults.py`, deliveries by `disorder.py`, lists that lag and events that come one
for each property by fields of `world.World`. Beside awork it plays Workiva's tasks, `workiva/`.
Tests start it with `deploy.sandbox.server.Sandbox`, everyone else with `python -m deploy.sandbox`.
"""
