"""awork inside this process, behind httpx's transport, and whoever is notified.

Nothing leaves the process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.sandbox.api import Api, Reply, Wire, decoded
from deploy.sandbox.contract import the_contract
from deploy.sandbox.world import World
from workers.targets.http import Answer, Request

#: nothing listens there: whatever does not come through the transport fails
BASE_URL = "http://awork.invalid/api/v1"
TOKEN = "no-token"  # noqa: S105  nobody asks for one

#: awork's answers to what its contract does not allow; a rule can never be right about them
_NOT_ALLOWED = ("validation-failed", "not-in-sandbox", "invalid-filter-or-order")


@dataclass(frozen=True)
class Sent:
    """One write that was made, as it was sent."""

    method: str
    #: below the base; for other hosts than awork their scheme and name
    path: str
    #: of the path, by their names in the contract
    ids: Mapping[str, str]
    body: Any
    #: which other system it went to
    target: str = "awork"


class InProcess(httpx.BaseTransport):
    """Answers from a world."""

    def __init__(self, world: World) -> None:
        self._api = Api(world)
        self._base_path = httpx.URL(BASE_URL).path
        #: every write that was made, in order
        self.sent: list[Sent] = []
        #: what was asked that awork's contract does not allow, and why not
        self.not_allowed: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = decoded(request.read())
        path = request.url.path.removeprefix(self._base_path)
        wire = Wire(request.method, path, dict(request.url.params), request.content)
        reply = self._api.answer(wire, "")
        self._note(wire, reply, body)
        headers = {"content-type": "application/json; charset=utf-8", **reply.headers}
        return httpx.Response(reply.status, headers=headers, content=reply.raw_body)

    def _note(self, wire: Wire, reply: Reply, body: Any) -> None:
        found = the_contract().find(wire.method, wire.path)
        if reply.is_done and wire.method != "GET":
            ids = found[1] if found else {}
            self.sent.append(Sent(wire.method, wire.path, ids, body))
        elif not reply.is_done:
            self._note_refusal(wire, decoded(reply.raw_body) or {}, is_known=found is not None)

    def _note_refusal(self, wire: Wire, said: dict[str, Any], *, is_known: bool) -> None:
        if is_known and said.get("code") not in _NOT_ALLOWED:
            return
        flaws = [
            f"{flaw['property']} {flaw['message']}" for flaw in said.get("validationErrors", [])
        ]
        asked = f"{wire.method} {wire.path}"
        if wire.raw_body:
            asked += f" {json.dumps(decoded(wire.raw_body), ensure_ascii=False)}"
        self.not_allowed.append(
            f"{asked}: {said.get('description', '')} {'; '.join(flaws)}".strip()
        )


class Notified:
    """Takes whatever it is sent, as the rule says it, and sends nothing on."""

    def __init__(self, sent: list[Sent]) -> None:
        """sent: every write, in order."""
        self._sent = sent

    def send(self, request: Request) -> Answer:
        """Answer one notification."""
        said = {name: value for name, value in request.json.items() if name != "id"}
        self._sent.append(Sent(request.method, request.path, {}, said, target=request.target))
        return Answer(200, None, {})
