"""The ways Workiva says no: one exception in its error shape, and OAuth's shape for a sign-in.

Performs no I/O. Source: the error table of Workiva's developer documentation; its `code` is the
status and its name in one word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.sandbox.api import Reply
from deploy.sandbox.refusals import Flaw, Model

#: what it says of each status: its name in one word, and a sentence
_SAID = {
    400: (
        "BadRequest",
        "The request was unacceptable, often due to a missing or invalid parameter",
    ),
    401: ("Unauthorized", "No valid API token provided"),
    403: ("Forbidden", "The API token does not have permissions to perform the request"),
    404: ("NotFound", "The requested resource could not be found"),
    409: ("Conflict", "The request conflicts with another request"),
    413: ("PayloadTooLarge", "The request is larger than the API takes"),
    429: (
        "TooManyRequests",
        "Too many requests have been made against the API in too short a time",
    ),
    500: (
        "InternalServerError",
        "The server encountered an unexpected condition that prevented it from fulfilling the "
        "request",
    ),
    503: (
        "ServiceUnavailable",
        "The server cannot handle the request due to a temporary overload or scheduled maintenance",
    ),
}
#: OAuth's words, by status
_OAUTH = {401: "invalid_client", 429: "temporarily_unavailable", 503: "temporarily_unavailable"}


@dataclass(eq=False)
class Refused(Exception):
    """Workiva does not do it; nothing was written."""

    #: HTTP status
    status: int
    #: what in particular is wrong, each with the property or path it is wrong with
    flaws: Sequence[Flaw] = field(default=())
    #: of its answer
    headers: Mapping[str, str] = field(default_factory=dict)

    def reply(self, version: str) -> Reply:
        """The refusal as Workiva answers it. version: of the API that was asked."""
        word, message = _SAID.get(self.status, ("", "The sandbox was told to fail."))
        code = f"{self.status}{word}"
        details = [
            {"code": code, "message": flaw.message, "target": flaw.property} for flaw in self.flaws
        ]
        body: Model = {"code": code, "message": message}
        if details:
            body |= {"target": details[0]["target"], "details": details}
        return as_json(self.status, {**body, "version": version}, self.headers)


def wrong(target: str, message: str) -> Refused:
    """A refusal of one property, parameter or header."""
    return Refused(400, [Flaw(target, message)])


def conflict(target: str, message: str) -> Refused:
    """A refusal of what the task as it is does not allow."""
    return Refused(409, [Flaw(target, message)])


def sign_in_refused(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """A refused sign-in without a reason of its own."""
    return as_json(status, {"error": _OAUTH.get(status, "server_error")}, headers)


def as_json(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer of one status with a body."""
    return Reply(status, json.dumps(body).encode(), headers or {})
