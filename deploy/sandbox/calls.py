"""What was asked of the sandbox: every call under `/api/v1`, in order; waited for, not polled."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deploy.sandbox.refusals import Model


@dataclass(frozen=True)
class Call:
    """One call, as it was decided: recorded after its write, before its answer."""

    method: str
    #: below where the API is mounted, as it was asked for
    path: str
    query: Mapping[str, str]
    #: decoded JSON; None when there was none or it was not JSON
    body: Any
    #: of the answer; 0 when the connection was closed without one
    status: int
    #: the request's, without its secrets
    headers: Mapping[str, str]
    #: whether it changed the world
    written: bool
    trace_id: str
    at: datetime

    def model(self) -> Model:
        return {**asdict(self), "at": self.at.isoformat()}


class CallLog:
    """All calls so far. Safe to use from any thread."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._news = threading.Condition()

    def record(self, call: Call) -> None:
        with self._news:
            self._calls.append(call)
            self._news.notify_all()

    def all(self) -> list[Call]:
        with self._news:
            return list(self._calls)

    def writes(self, path_regex: str) -> list[Call]:
        """The calls that changed something and whose whole path matches."""
        return [c for c in self.all() if c.written and re.fullmatch(path_regex, c.path)]

    def wait_for(self, method: str, path_regex: str, *, timeout_s: float, nth: int = 1) -> Call:
        """The nth matching call, as soon as it has been applied.

        Raises TimeoutError when it does not come in time.
        """
        with self._news:
            if not self._news.wait_for(
                lambda: len(self._found(method, path_regex)) >= nth, timeout_s
            ):
                seen = ", ".join(f"{call.method} {call.path}" for call in self._calls) or "none"
                wanted = f"call {nth} of {method} {path_regex}"
                raise TimeoutError(f"{wanted} did not come in {timeout_s} s; calls so far: {seen}")
            return self._found(method, path_regex)[nth - 1]

    def _found(self, method: str, path_regex: str) -> list[Call]:
        return [call for call in self._calls if _matches(call, method, path_regex)]


def _matches(call: Call, method: str, path_regex: str) -> bool:
    return call.method == method.upper() and re.fullmatch(path_regex, call.path) is not None
