"""Calls to the sandbox's Workiva, each by itself: no client of ours in between."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from deploy.sandbox.workiva.service import Workiva

TODAY = "2026-01-01"
OLD = "2022-01-01"
#: version -> what stands before /tasks, and the token path
PLACES = {TODAY: ("", "/oauth2/token"), OLD: ("/prototype/platform", "/iam/v1/oauth2/token")}

SOMEONE = {"id": "V1ZVd2VyFzU3NiQ1NDA4NjIzNzk2MjD", "type": "USER"}
STEP = {"completionMode": "ONE", "participants": [SOMEONE], "dueDate": "2023-06-11T13:00:00+00:00"}
#: Workiva's own example of a body
EXAMPLE: Mapping[str, Any] = {
    "approvalSteps": [STEP],
    "assignees": [SOMEONE],
    "description": "Be sure to double-check the balance sheet",
    "dueDate": None,
    "location": {
        "resource": "124efa2a142f472ba1ceab34ed18915f",
        "segment": "465ttdh2a142y75ehsft5ab34edf5675",
    },
    "notificationsDisabled": True,
    "status": "Completed",
    "title": "Please complete the quarterly report",
}
#: made once: it costs more than a call
_TLS = ssl.create_default_context()


@dataclass
class Moment:
    """A clock that moves when told to."""

    now: datetime = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class Caller:
    """Somebody who calls one version of the API."""

    workiva: Workiva
    version: str = TODAY
    token: str = ""

    @property
    def prefix(self) -> str:
        return PLACES[self.version][0]

    def sign_in(self, **form: str) -> httpx.Response:
        """Ask for a token, with these fields in place of the right ones."""
        right = {
            "grant_type": "client_credentials",
            "client_id": self.workiva.client_id,
            "client_secret": self.workiva.client_secret,
        }
        answer = _called(
            "POST",
            self.workiva.url + PLACES[self.version][1],
            data={**right, **form},
            headers={"X-Version": self.version},
        )
        self.token = answer.json().get("access_token", "")
        return answer

    def ask(
        self,
        method: str,
        path: str = "/tasks",
        *,
        headers: Mapping[str, str] | None = None,
        **rest: Any,
    ) -> httpx.Response:
        """Ask for a path below /tasks, as today's API has it. headers: in place of the right
        ones."""
        right = {"X-Version": self.version, "Authorization": f"Bearer {self.token}"}
        return _called(
            method,
            f"{self.workiva.url}{self.prefix}{path}",
            headers=right if headers is None else headers,
            **rest,
        )

    def made(self, **task: Any) -> dict[str, Any]:
        """A new task."""
        answer = self.ask("POST", json={"title": "Report", **task})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def act(self, ident: str, action: str, comment: str | None = None) -> httpx.Response:
        """Do something to a task."""
        body = {"action": action, "comment": comment}
        return self.ask("POST", f"/tasks/{ident}/actionSubmission", json=body)

    def replace(self, ident: str, **values: Any) -> httpx.Response:
        """Change properties of a task."""
        patch = [{"op": "replace", "path": f"/{n}", "value": v} for n, v in values.items()]
        return self.ask("PATCH", f"/tasks/{ident}", json=patch)


def _called(method: str, url: str, **rest: Any) -> httpx.Response:
    return httpx.request(method, url, verify=_TLS, timeout=10, **rest)


def signed_in(workiva: Workiva, version: str = TODAY) -> Caller:
    """One who has a token."""
    caller = Caller(workiva, version)
    assert caller.sign_in().status_code == 200
    return caller


def wrongs(answer: httpx.Response) -> list[tuple[str, str]]:
    """What a refusal says is wrong, with what."""
    return [(detail["target"], detail["message"]) for detail in answer.json()["details"]]
