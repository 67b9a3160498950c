"""One request on its way through a gateway: door, faults, record, answer - in this order.

What is played behind the gateway is none of its business; that is its host's.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deploy.sandbox.api import Reply, Wire
from deploy.sandbox.calls import Call, CallLog
from deploy.sandbox.connection import gone, hang_up
from deploy.sandbox.faults import Fault, Faults
from deploy.sandbox.stamps import Clock

_SHOWN_HEADERS = ("content-type", "user-agent", "traceparent", "accept", "x-version")


@dataclass(frozen=True)
class Entry:
    """What the door says of a request."""

    #: what it is answered instead of being played; None: it may come in
    stopped: Reply | None
    #: for its answer, whatever that is
    headers: Mapping[str, str] = field(default_factory=dict)


class Host(Protocol):
    """One of the APIs that the sandbox plays, with all that happens to its calls."""

    @property
    def clock(self) -> Clock: ...

    @property
    def faults(self) -> Faults: ...

    @property
    def calls(self) -> CallLog: ...

    def enter(self, wire: Wire, trace_id: str) -> Entry:
        """Count the request, and say whether it may come in."""

    def answer(self, wire: Wire, trace_id: str) -> Reply:
        """Do what is asked, or say why not."""

    def failed(self, wire: Wire, fault: Fault, trace_id: str) -> Reply:
        """The answer of a fault that has one."""

    def writes(self, wire: Wire) -> bool:
        """Whether a request changes the world once it is done."""

    def body(self, wire: Wire) -> Any:
        """The body as it is recorded and matched: decoded, without secrets; None where there is
        none."""


async def receive_at(host: Host, scope: Scope, receive: Receive, send: Send) -> None:
    """Play one HTTP request."""
    visit = _Visit(host, scope, receive, send, Request(scope, receive))
    # A caller who leaves before its request is read has asked nothing: nothing is recorded.
    with suppress(ClientDisconnect):
        await visit.play()


@dataclass
class _Visit:
    host: Host
    scope: Scope
    receive: Receive
    send: Send
    request: Request
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    entry: Entry = field(init=False)
    wire: Wire = field(init=False)

    async def play(self) -> None:
        path = self.scope["path"].removeprefix(self.scope["root_path"])
        query, headers = dict(self.request.query_params), dict(self.request.headers)
        self.wire = Wire(self.request.method, path, query, await self.request.body(), headers)
        self.entry = self.host.enter(self.wire, self.trace_id)
        if self.entry.stopped is not None:
            await self._answer(self.entry.stopped, written=False)
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
        if seconds := self.host.faults.half_latency_s():
            await asyncio.sleep(seconds)

    def _take_fault(self, *, after: bool) -> Fault | None:
        wire = self.wire
        return self.host.faults.take(wire.method, wire.path, self.host.body(wire), after=after)

    async def _fail_before(self, fault: Fault) -> None:
        if fault.kind == "drop_before":
            await self._hang_up(written=False)
        else:
            await self._answer(self._failed(fault), written=False)

    def _failed(self, fault: Fault) -> Reply:
        return self.host.failed(self.wire, fault, self.trace_id)

    async def _apply(self) -> None:
        reply = self.host.answer(self.wire, self.trace_id)
        written = reply.is_done and self.host.writes(self.wire)
        await self._take_time()
        fault = self._take_fault(after=True) if reply.is_done else None
        if fault is None:
            await self._answer(reply, written=written)
        elif fault.kind == "drop_after":
            await self._hang_up(written=written)
        elif fault.kind == "fail_after":
            await self._answer(self._failed(fault), written=written)
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
        headers = self.wire.headers
        call = Call(
            method=self.wire.method,
            path=self.wire.path,
            query=self.wire.query,
            body=self.host.body(self.wire),
            status=status,
            headers={name: headers[name] for name in _SHOWN_HEADERS if name in headers},
            written=written,
            trace_id=self.trace_id,
            at=self.host.clock(),
        )
        self.host.calls.record(call)

    async def _respond(self, reply: Reply) -> None:
        date = format_datetime(self.host.clock().astimezone(UTC), usegmt=True)
        headers = {"date": date, **self.entry.headers, **reply.headers}
        if reply.raw_body:
            headers.setdefault("content-type", "application/json; charset=utf-8")
        response = Response(reply.raw_body, reply.status, headers)
        await response(self.scope, self.receive, self.send)
