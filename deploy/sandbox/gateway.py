"""The HTTP side of `/api/v1`: what awork's gateway adds to its API - token, budget, its own errors.

Owns no state of the workspace; that is the Api's.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.types import Receive, Scope, Send

from deploy.sandbox.api import Api, Reply, Wire, decoded, refused
from deploy.sandbox.calls import CallLog
from deploy.sandbox.faults import Fault, Faults
from deploy.sandbox.limits import Budget
from deploy.sandbox.refusals import Model, Refusal
from deploy.sandbox.stamps import Clock
from deploy.sandbox.visit import Entry, receive_at


@dataclass
class Gateway:
    """The ASGI application mounted at `/api/v1`."""

    api: Api
    token: str
    clock: Clock
    budget: Budget
    faults: Faults = field(default_factory=Faults)
    calls: CallLog = field(default_factory=CallLog)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive_at(self, scope, receive, send)

    def enter(self, wire: Wire, trace_id: str) -> Entry:
        """Every call counts, also one without a valid token."""
        allowed, rate_headers = self.budget.spend()
        return Entry(self._stopped(wire, allowed=allowed), {"trace-id": trace_id, **rate_headers})

    def answer(self, wire: Wire, trace_id: str) -> Reply:
        """What the API says."""
        return self.api.answer(wire, trace_id)

    def failed(self, wire: Wire, fault: Fault, trace_id: str) -> Reply:  # noqa: ARG002 - Workiva's
        """A fault in awork's words."""
        if fault.kind == "rate_limit":
            return _rate_limited(fault)
        refusal = Refusal(fault.status, fault.code, "The sandbox was told to fail.")
        return refused(refusal, trace_id)

    def writes(self, wire: Wire) -> bool:
        """awork writes by every method but one."""
        return wire.method != "GET"

    def body(self, wire: Wire) -> Any:
        """The JSON that was sent."""
        return decoded(wire.raw_body)

    def _stopped(self, wire: Wire, *, allowed: bool) -> Reply | None:
        if not self._is_authorized(wire):
            return _gateway_says("The token is missing or not valid.", status=401)
        if not allowed:
            return _json_reply({"message": "API rate limit exceeded"}, status=429)
        return None

    def _is_authorized(self, wire: Wire) -> bool:
        scheme, _, token = wire.headers.get("authorization", "").partition(" ")
        fits = hmac.compare_digest(token.encode(), self.token.encode())
        return scheme.lower() == "bearer" and fits


def _gateway_says(description: str, *, status: int) -> Reply:
    """The gateway's own error shape, which differs from that of the API behind it."""
    message = {"description": description, "code": "unauthorized"}
    return _json_reply({"message": message}, status=status)


def _rate_limited(fault: Fault) -> Reply:
    reply = _json_reply({"message": "API rate limit exceeded"}, status=429)
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(fault.reset_s)}
    if fault.retry_after_s is not None:
        headers["Retry-After"] = str(fault.retry_after_s)
    return replace(reply, headers=headers)


def _json_reply(body: Model, *, status: int) -> Reply:
    return Reply(status, json.dumps(body).encode(), {})
