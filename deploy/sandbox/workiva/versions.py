"""Which of Workiva's APIs a request asks for: by its path and its header `X-Version`.

Performs no I/O. A request without the header is taken as one for 2022-01-01, so that today's paths
need it; one whose path and version do not fit each other is answered as if nothing were there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.sandbox.workiva.refusals import Refused

HEADER = "x-version"
#: taken for requests that name none
_UNNAMED = "2022-01-01"


@dataclass(frozen=True)
class Version:
    """One API."""

    #: as the header names it
    name: str
    #: before /tasks
    prefix: str
    token_path: str
    #: what a task's deadline is called in answers; it is sent as dueDate to both
    due: str
    #: characters of each property; what is not named has no limit that is known
    longest: Mapping[str, int]


CURRENT = Version("2026-01-01", "", "/oauth2/token", "dueDate", {})
PROTOTYPE = Version(
    "2022-01-01",
    "/prototype/platform",
    "/iam/v1/oauth2/token",
    "dueAt",
    {"title": 500, "description": 2_000},
)
VERSIONS = (CURRENT, PROTOTYPE)
#: from when on the prototype's tasks are not there any more
PROTOTYPE_ENDS = datetime(2027, 1, 31, tzinfo=UTC)
DEPRECATED_ON = datetime(2026, 2, 12, tzinfo=UTC)


def asked_for(headers: Mapping[str, str]) -> Version:
    """The version a request names, or the one it is taken for. Raises Refused for any other."""
    name = headers.get(HEADER, _UNNAMED)
    for version in VERSIONS:
        if version.name == name:
            return version
    raise Refused(404)


def is_sign_in(path: str) -> bool:
    """True for the token path of either version."""
    return any(path == version.token_path for version in VERSIONS)
