"""The HTTP side of `/workiva`: sign-in, version, token, scope, budget - in this order.

Owns no tasks; those are the Api's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from deploy.sandbox.api import Reply, Wire, decoded
from deploy.sandbox.calls import CallLog
from deploy.sandbox.faults import Fault, Faults
from deploy.sandbox.stamps import Clock
from deploy.sandbox.visit import Entry, receive_at
from deploy.sandbox.workiva import grant as grants
from deploy.sandbox.workiva.api import Api, asked_name
from deploy.sandbox.workiva.budget import Budget
from deploy.sandbox.workiva.grant import Grant
from deploy.sandbox.workiva.refusals import Refused, sign_in_refused
from deploy.sandbox.workiva.versions import asked_for, is_sign_in


@dataclass
class Gateway:
    """The ASGI application mounted at `/workiva`."""

    api: Api
    grant: Grant
    clock: Clock
    budget: Budget
    faults: Faults = field(default_factory=Faults)
    calls: CallLog = field(default_factory=CallLog)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive_at(self, scope, receive, send)

    def enter(self, wire: Wire, trace_id: str) -> Entry:  # noqa: ARG002 - awork's alone
        """A sign-in comes in as it is; a call of the API needs a version, a token, its scope and
        a place in the budget."""
        try:
            if is_sign_in(wire.path):
                _judge_sign_in(wire)
            else:
                self._judge(wire)
        except Refused as refused:
            return Entry(refused.reply(asked_name(wire)))
        return Entry(None)

    def answer(self, wire: Wire, trace_id: str) -> Reply:  # noqa: ARG002 - awork's alone
        """A token, or what the API says."""
        return self.grant.sign_in(wire) if is_sign_in(wire.path) else self.api.answer(wire)

    def failed(self, wire: Wire, fault: Fault, trace_id: str) -> Reply:  # noqa: ARG002 - awork's
        """A fault in Workiva's words, or in OAuth's for a sign-in."""
        status = 429 if fault.kind == "rate_limit" else fault.status
        after = fault.retry_after_s
        headers = {} if after is None else {"Retry-After": str(after)}
        if is_sign_in(wire.path):
            return sign_in_refused(status, headers)
        return Refused(status, headers=headers).reply(asked_name(wire))

    def writes(self, wire: Wire) -> bool:
        """A token is nothing that was written."""
        return wire.method != "GET" and not is_sign_in(wire.path)

    def body(self, wire: Wire) -> Any:
        """The JSON that was sent; of a sign-in what it said beside its secret."""
        return grants.shown(wire) if is_sign_in(wire.path) else decoded(wire.raw_body)

    def _judge(self, wire: Wire) -> None:
        self.api.version(wire)
        scopes = self.grant.scopes(wire)
        if scopes is None:
            raise Refused(401)
        if ("task:read" if wire.method == "GET" else "task:write") not in scopes:
            raise Refused(403)
        if after_s := self.budget.spend():
            raise Refused(429, headers={"Retry-After": str(after_s)})


def _judge_sign_in(wire: Wire) -> None:
    if wire.method != "POST" or asked_for(wire.headers).token_path != wire.path:
        raise Refused(404)
