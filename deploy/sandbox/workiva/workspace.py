"""The state of Workiva: its tasks. Performs no I/O."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.sandbox.refusals import Flaw, Model
from deploy.sandbox.stamps import Clock, system_clock
from deploy.sandbox.workiva.refusals import Refused
from deploy.sandbox.workiva.times import stamp

#: whom the grant acts as
USER: Model = {
    "displayName": "Hookwork Integration",
    "email": "hookwork@nordlicht.example",
    "id": "V1ZVd2VyHzE1NiQ1NDA4NjIzNzk2MjD",
}
#: before the id in the address of a task's page
_SOURCE = "https://app.wdesk.com/tasks/d/"


def new_id() -> str:
    return uuid.uuid4().hex


@dataclass
class Workspace:
    """All of it. Hold `lock` while reading more than one thing or changing any."""

    clock: Clock = system_clock
    new_id: Callable[[], str] = new_id
    #: where it is asked, for the links in its answers; without a slash at the end
    url: str = ""
    #: by their ids, oldest first, as today's API shows them
    tasks: dict[str, Model] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def task(self, ident: str) -> Model:
        """The task with this id. Raises Refused when there is none."""
        if ident not in self.tasks:
            raise Refused(404, [Flaw("taskId", f"There is no task with the id {ident}.")])
        return self.tasks[ident]

    def blank(self, ident: str) -> Model:
        """A task of which nothing is said, made now."""
        act = self.act()
        return {
            "approvalSteps": [],
            "assignees": [],
            "created": act,
            "description": "",
            "dueDate": None,
            "id": ident,
            "location": None,
            "modified": act,
            "notificationsDisabled": False,
            "owner": USER["id"],
            "sourceUrl": f"{_SOURCE}{ident}",
            "status": "Created",
            "title": "",
        }

    def act(self) -> Model:
        """Who does something, and when: now, and the grant's user."""
        return {"dateTime": stamp(self.clock()), "user": dict(USER)}
