"""Workiva's API as a function: a call goes in, an answer comes out, the workspace has changed.

Performs no I/O. Tokens and budget are the gateway's; which version is asked for is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from deploy.sandbox.api import Reply, Wire, decoded
from deploy.sandbox.refusals import Model
from deploy.sandbox.workiva import forms, lists, progress, tasks
from deploy.sandbox.workiva.refusals import Refused, as_json, wrong
from deploy.sandbox.workiva.versions import (
    CURRENT,
    DEPRECATED_ON,
    PROTOTYPE,
    PROTOTYPE_ENDS,
    Version,
    asked_for,
)
from deploy.sandbox.workiva.workspace import Workspace

#: bytes that a body may have
LARGEST = 10_485_760

_PATH = re.compile(r"/tasks(?:/(?P<id>[^/]+)(?P<action>/actionSubmission)?)?")


@dataclass(frozen=True)
class _Ask:
    """A call whose version is known."""

    wire: Wire
    version: Version
    #: of the task in its path; empty without one
    id: str

    def body(self) -> object:
        """The JSON it carries. Raises Refused when that is none."""
        found = decoded(self.wire.raw_body)
        if found is None:
            raise wrong("", "The body must be JSON.")
        return found


@dataclass
class Api:
    """The operations of one workspace."""

    workspace: Workspace
    #: from when on the prototype answers that nothing is there
    prototype_ends: datetime = PROTOTYPE_ENDS
    #: whether the prototype's answers say that it ends: no page of Workiva's says that they do
    tells_deprecation: bool = False

    def version(self, wire: Wire) -> Version:
        """The API a call is for. Raises Refused when its path and its version do not fit, or when
        that API is not there any more."""
        version = asked_for(wire.headers)
        if version is PROTOTYPE and self.workspace.clock() >= self.prototype_ends:
            raise Refused(404)
        if not wire.path.startswith(f"{version.prefix}/tasks"):
            raise Refused(404)
        return version

    def answer(self, wire: Wire) -> Reply:
        """Do what is asked, or say why not. Safe to call from any thread."""
        # The answer is written down under the lock: it shows tasks others may change.
        with self.workspace.lock:
            try:
                return self.apply(wire, self.version(wire))
            except Refused as refused:
                # Handlers judge before they write, so a refused call has changed nothing.
                return refused.reply(asked_name(wire))

    def apply(self, wire: Wire, version: Version) -> Reply:
        """Do what is asked of one version. Raises Refused."""
        found = _PATH.fullmatch(wire.path.removeprefix(version.prefix))
        if found is None:
            raise Refused(404)
        if len(wire.raw_body) > LARGEST:
            raise Refused(413)
        place = "/tasks" + ("/ID" if found["id"] else "") + (found["action"] or "")
        handler = _ROUTES.get((wire.method, place))
        if handler is None:
            raise Refused(404)
        reply = handler(self.workspace, _Ask(wire, version, found["id"] or ""))
        return Reply(reply.status, reply.raw_body, {**reply.headers, **self._told(version)})

    def _told(self, version: Version) -> dict[str, str]:
        """RFC 9745 and RFC 8594."""
        if version is CURRENT or not self.tells_deprecation:
            return {}
        return {
            "deprecation": f"@{int(DEPRECATED_ON.timestamp())}",
            "sunset": format_datetime(self.prototype_ends.astimezone(UTC), usegmt=True),
        }


def asked_name(wire: Wire) -> str:
    """The version that an error names."""
    try:
        return asked_for(wire.headers).name
    except Refused:
        return CURRENT.name


def _create(workspace: Workspace, ask: _Ask) -> Reply:
    return _shown(201, tasks.create(workspace, ask.body(), ask.version), ask)


def _list(workspace: Workspace, ask: _Ask) -> Reply:
    page = lists.page(list(workspace.tasks.values()), ask.wire.query)
    body: Model = {"data": [tasks.shown(task, ask.version) for task in page.tasks]}
    if page.next:
        body["@nextLink"] = f"{workspace.url}{ask.version.prefix}/tasks?%24next={page.next}"
    return as_json(200, body)


def _one(workspace: Workspace, ask: _Ask) -> Reply:
    return _shown(200, workspace.task(ask.id), ask)


def _change(workspace: Workspace, ask: _Ask) -> Reply:
    task = workspace.task(ask.id)
    return _shown(200, tasks.change(workspace, task, ask.body(), ask.version), ask)


def _delete(workspace: Workspace, ask: _Ask) -> Reply:
    del workspace.tasks[workspace.task(ask.id)["id"]]
    return Reply(204, b"", {})


def _act(workspace: Workspace, ask: _Ask) -> Reply:
    task = workspace.task(ask.id)
    action, comment = forms.action(ask.body())
    progress.act(task, action, comment, workspace.act())
    return _shown(200, task, ask)


def _shown(status: int, task: Model, ask: _Ask) -> Reply:
    return as_json(status, tasks.shown(task, ask.version))


_ROUTES: dict[tuple[str, str], Callable[[Workspace, _Ask], Reply]] = {
    ("POST", "/tasks"): _create,
    ("GET", "/tasks"): _list,
    ("GET", "/tasks/ID"): _one,
    ("PATCH", "/tasks/ID"): _change,
    ("DELETE", "/tasks/ID"): _delete,
    ("POST", "/tasks/ID/actionSubmission"): _act,
}
