"""A stand-in for awork, served over HTTP: for the demo without a token, and for tests.

It answers by the vendor's own contract, keeps what is written, sends webhooks, and fails on
demand. Tests start it with `deploy.sandbox.server.Sandbox`, everyone else with
`python -m deploy.sandbox`.
"""
