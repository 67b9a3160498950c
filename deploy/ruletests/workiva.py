"""Workiva inside this process, behind httpx's transport. Nothing leaves the process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count

import httpx
from pydantic import SecretStr

from deploy.ruletests.inprocess import Sent
from deploy.ruletests.names import Names
from deploy.sandbox.api import Wire, decoded
from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva.api import Api
from deploy.sandbox.workiva.grant import Credentials as Known
from deploy.sandbox.workiva.grant import Grant
from deploy.sandbox.workiva.versions import is_sign_in
from deploy.sandbox.workiva.workspace import Workspace
from workers.targets.workiva import NAME, Connection, Credentials

#: nothing listens there: whatever does not come through the transport fails
BASE_URL = "http://workiva.invalid"
_KNOWN = Known()
_CREDENTIALS = Credentials(SecretStr(_KNOWN.client_id), SecretStr(_KNOWN.client_secret))


class InProcess(httpx.BaseTransport):
    """Answers from a workspace."""

    def __init__(self, workspace: Workspace, sent: list[Sent]) -> None:
        """sent: every write of a test, in order, to which its own are added."""
        self._api = Api(workspace)
        self._grant = Grant(workspace.clock, _KNOWN)
        self._sent = sent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        query, headers = dict(request.url.params), dict(request.headers)
        wire = Wire(request.method, request.url.path, query, request.read(), headers)
        signs_in = is_sign_in(wire.path)
        reply = self._grant.sign_in(wire) if signs_in else self._api.answer(wire)
        if reply.is_done and wire.method != "GET" and not signs_in:
            self._sent.append(
                Sent(wire.method, wire.path, _ids(wire), decoded(wire.raw_body), NAME)
            )
        headers = {"content-type": "application/json; charset=utf-8", **reply.headers}
        return httpx.Response(reply.status, headers=headers, content=reply.raw_body)


def workspace(tasks: Iterable[Model], *, now: datetime, names: Names) -> Workspace:
    """Workiva as a test begins. tasks: with their ids; what they do not say is filled in."""
    made = Workspace(clock=lambda: now, new_id=_counted(names), url=BASE_URL)
    for task in tasks:
        made.tasks[task["id"]] = {**made.blank(task["id"]), **task}
    return made


def connection(there: Workspace, sent: list[Sent]) -> Connection:
    """What the rules of one test reach it by."""
    transport = InProcess(there, sent)
    return Connection(BASE_URL, _CREDENTIALS, transport=transport, now=there.clock)


def _ids(wire: Wire) -> dict[str, str]:
    _, _, ident, *_ = [*wire.path.split("/"), ""]
    return {"workivaTaskId": ident} if ident else {}


def _counted(names: Names) -> Callable[[], str]:
    """Ids for what is made during a test, the same each time: `workiva-1`, `workiva-2`."""
    made = count(1)
    return lambda: names.id(f"workiva-{next(made)}")
