"""Routes for whoever runs the sandbox in another process; no part of awork's API, no token."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.calls import CallLog
from deploy.sandbox.day import sample_day
from deploy.sandbox.faults import Faults
from deploy.sandbox.sender import Sender
from deploy.sandbox.world import World


@dataclass(frozen=True)
class Control:
    """What can be seen and moved from outside."""

    world: World
    faults: Faults
    calls: CallLog
    sender: Sender

    def routes(self) -> list[Route]:
        return [
            Route("/health", self.health),
            Route("/calls", self.show_calls),
            Route("/world/{collection}", self.show_world),
            Route("/faults", self.show_faults),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
            Route("/release", self.release, methods=["POST"]),
            Route("/deliver", self.deliver, methods=["POST"]),
            Route("/day", self.day, methods=["POST"]),
        ]

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def show_calls(self, _: Request) -> Response:
        return JSONResponse([call.model() for call in self.calls.all()])

    async def show_world(self, request: Request) -> Response:
        with self.world.lock:
            table = self.world.tables.get(request.path_params["collection"])
            if table is None:
                return _wrong(f"known collections: {', '.join(self.world.tables)}", status=404)
            return JSONResponse(list(table.values()))

    async def show_faults(self, _: Request) -> Response:
        return JSONResponse(self.faults.models())

    async def add_fault(self, request: Request) -> Response:
        model = await _json(request)
        if not isinstance(model, dict):
            return _wrong("a fault is a JSON object")
        try:
            self.faults.from_model(model)
        except ValueError as error:
            return _wrong(str(error))
        return JSONResponse(self.faults.models())

    async def clear_faults(self, _: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)

    async def release(self, _: Request) -> Response:
        """Let every held answer go out."""
        self.faults.release()
        return Response(status_code=204)

    async def deliver(self, request: Request) -> Response:
        """Send the body as it is to the active webhooks that listen to its `eventType`.

        A body without one, such as the one the test button sends, goes to all of them.
        """
        raw_body = await request.body()
        event = await _json(request)
        name = event.get("eventType", "") if isinstance(event, dict) else ""
        return JSONResponse({"deliveries": len(self.sender.send_raw(raw_body, event=str(name)))})

    async def day(self, _: Request) -> Response:
        """Put a sample day's tasks, projects and people into the world; answers its deliveries."""
        deliveries = sample_day(self.world, self.world.clock())
        return JSONResponse([delivery.model() for delivery in deliveries])


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        return None


def _wrong(message: str, *, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)
