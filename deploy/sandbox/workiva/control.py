"""Routes below `/sandbox/workiva` for whoever runs the sandbox in another process; no token."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.fault_routes import FaultRoutes
from deploy.sandbox.workiva.service import Workiva


@dataclass(frozen=True)
class Control:
    """What can be seen and moved from outside."""

    workiva: Workiva

    def routes(self) -> list[Route]:
        return [
            Route("/tasks", self.show_tasks),
            Route("/calls", self.show_calls),
            Route("/revoke", self.revoke, methods=["POST"]),
            Route("/grant", self.grant, methods=["POST"]),
            *FaultRoutes(self.workiva.faults).routes(),
        ]

    async def show_tasks(self, _: Request) -> Response:
        with self.workiva.workspace.lock:
            return JSONResponse(list(self.workiva.tasks.values()))

    async def show_calls(self, _: Request) -> Response:
        return JSONResponse([call.model() for call in self.workiva.calls])

    async def revoke(self, _: Request) -> Response:
        """Refuse every token and every sign-in until it is granted again."""
        self.workiva.revoke()
        return Response(status_code=204)

    async def grant(self, _: Request) -> Response:
        """Let it sign in again; tokens from before stay invalid."""
        self.workiva.grant()
        return Response(status_code=204)
