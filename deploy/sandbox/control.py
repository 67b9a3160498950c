"""Routes for whoever runs the sandbox in another process; no part of awork's API, no token."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.calls import CallLog
from deploy.sandbox.day import sample_day
from deploy.sandbox.fault_routes import FaultRoutes, json_of, wrong
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
            *FaultRoutes(self.faults).routes(),
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
                return wrong(f"known collections: {', '.join(self.world.tables)}", status=404)
            return JSONResponse(list(table.values()))

    async def deliver(self, request: Request) -> Response:
        """Send the body as it is to the active webhooks that listen to its `eventType`.

        A body without one, such as the one the test button sends, goes to all of them.
        """
        raw_body = await request.body()
        event = await json_of(request)
        name = event.get("eventType", "") if isinstance(event, dict) else ""
        return JSONResponse({"deliveries": len(self.sender.send_raw(raw_body, event=str(name)))})

    async def day(self, _: Request) -> Response:
        """Put a sample day's tasks, projects and people into the world; answers its deliveries."""
        deliveries = sample_day(self.world, self.world.clock())
        return JSONResponse([delivery.model() for delivery in deliveries])
