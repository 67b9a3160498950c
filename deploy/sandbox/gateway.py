"""The HTTP side of `/api/v1`: token, budget, faults, record, answer - in this order.

Owns no state of the workspace; that is the Api's.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import format_datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deploy.sandbox.api import Api, Reply, Wire, decoded, refused
from deploy.sandbox.calls import Call, CallLog
from deploy.sandbox.connection import gone, hang_up
from deploy.sandbox.faults import Fault, Faults
from deploy.sandbox.limits import Budget
from deploy.sandbox.refusals import Model, Refusal
from deploy.sandbox.stamps import Clock

_SHOWN_HEADERS = ("content-type", "user-agent", "traceparent", "accept")


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
        visit = _Visit(self, scope, receive, send, Request(scope, receive))
        # A caller who leaves before its request is read has asked nothing: nothing is recorded.
        with suppress(ClientDisconnect):
            await visit.play()


@dataclass
class _Visit:
    """One request on its way through the gateway."""

    gateway: Gateway
    scope: Scope
    receive: Receive
    send: Send
    request: Request
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    rate_headers: Mapping[str, str] = field(default_factory=dict)
    wire: Wire = field(init=False)

    async def play(self) -> None:
        path = self.scope["path"].removeprefix(self.scope["root_path"])
        query = dict(self.request.query_params)
        self.wire = Wire(self.request.method, path, query, await self.request.body())
        stopped = self._stopped_at_door()
        if stopped is not None:
            await self._answer(stopped, written=False)
            return
        await self._take_time()
        fault = self._take_fault(after=False)
        if fault is not None and fault.kind == "hold_before":
            # The caller may have left meanwhile; the write still comes, as it may in life.
            await fault.gate.wait()
        elif fault is not None:
            await self._fail_before(fault)
            return
        await self._apply()

    async def _take_time(self) -> None:
        if seconds := self.gateway.faults.half_latency_s():
            await asyncio.sleep(seconds)

    def _stopped_at_door(self) -> Reply | None:
        allowed, self.rate_headers = self.gateway.budget.spend()
        if not self._is_authorized():
            return _gateway_says("The token is missing or not valid.", status=401)
        if not allowed:
            return _json_reply({"message": "API rate limit exceeded"}, status=429)
        return None

    def _is_authorized(self) -> bool:
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        fits = hmac.compare_digest(token.encode(), self.gateway.token.encode())
        return scheme.lower() == "bearer" and fits

    def _take_fault(self, *, after: bool) -> Fault | None:
        wire = self.wire
        body = decoded(wire.raw_body)
        return self.gateway.faults.take(wire.method, wire.path, body, after=after)

    async def _fail_before(self, fault: Fault) -> None:
        if fault.kind == "drop_before":
            await self._hang_up(written=False)
        elif fault.kind == "rate_limit":
            await self._answer(_rate_limited(fault), written=False)
        else:
            await self._answer(_faulty(fault, self.trace_id), written=False)

    async def _apply(self) -> None:
        reply = self.gateway.api.answer(self.wire, self.trace_id)
        written = reply.is_done and self.wire.method != "GET"
        await self._take_time()
        fault = self._take_fault(after=True) if reply.is_done else None
        if fault is None:
            await self._answer(reply, written=written)
        elif fault.kind == "drop_after":
            await self._hang_up(written=written)
        elif fault.kind == "fail_after":
            await self._answer(_faulty(fault, self.trace_id), written=written)
        else:
            await self._hold(fault, reply, written=written)

    async def _hold(self, fault: Fault, reply: Reply, *, written: bool) -> None:
        self._record(reply.status, written=written)
        released = asyncio.ensure_future(fault.gate.wait())
        left = asyncio.ensure_future(gone(self.receive))
        _, pending = await asyncio.wait({released, left}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in pending:
            waiting.cancel()
        # To a caller who has left uvicorn sends nothing.
        await self._respond(reply)

    async def _hang_up(self, *, written: bool) -> None:
        self._record(0, written=written)
        await hang_up(self.scope, self.receive)

    async def _answer(self, reply: Reply, *, written: bool) -> None:
        self._record(reply.status, written=written)
        await self._respond(reply)

    def _record(self, status: int, *, written: bool) -> None:
        headers = self.request.headers
        call = Call(
            method=self.wire.method,
            path=self.wire.path,
            query=self.wire.query,
            body=decoded(self.wire.raw_body),
            status=status,
            headers={name: headers[name] for name in _SHOWN_HEADERS if name in headers},
            written=written,
            trace_id=self.trace_id,
            at=self.gateway.clock(),
        )
        self.gateway.calls.record(call)

    async def _respond(self, reply: Reply) -> None:
        date = format_datetime(self.gateway.clock().astimezone(UTC), usegmt=True)
        headers = {"date": date, "trace-id": self.trace_id, **self.rate_headers, **reply.headers}
        if reply.raw_body:
            headers["content-type"] = "application/json; charset=utf-8"
        response = Response(reply.raw_body, reply.status, headers)
        await response(self.scope, self.receive, self.send)


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


def _faulty(fault: Fault, trace_id: str) -> Reply:
    return refused(Refusal(fault.status, fault.code, "The sandbox was told to fail."), trace_id)


def _json_reply(body: Model, *, status: int) -> Reply:
    return Reply(status, json.dumps(body).encode(), {})
