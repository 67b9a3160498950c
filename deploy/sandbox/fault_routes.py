"""Routes by which failures are shown, set, released and cleared from outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.faults import Faults


@dataclass(frozen=True)
class FaultRoutes:
    """Of one API's faults."""

    faults: Faults

    def routes(self) -> list[Route]:
        return [
            Route("/faults", self.show_faults),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
            Route("/release", self.release, methods=["POST"]),
        ]

    async def show_faults(self, _: Request) -> Response:
        return JSONResponse(self.faults.models())

    async def add_fault(self, request: Request) -> Response:
        model = await json_of(request)
        if not isinstance(model, dict):
            return wrong("a fault is a JSON object")
        try:
            self.faults.from_model(model)
        except ValueError as error:
            return wrong(str(error))
        return JSONResponse(self.faults.models())

    async def clear_faults(self, _: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)

    async def release(self, _: Request) -> Response:
        """Let every held answer go out."""
        self.faults.release()
        return Response(status_code=204)


async def json_of(request: Request) -> Any:
    """The JSON in a body; None when there is none."""
    try:
        return json.loads(await request.body())
    except ValueError:
        return None


def wrong(message: str, *, status: int = 400) -> Response:
    """What a caller did wrong."""
    return JSONResponse({"error": message}, status)
