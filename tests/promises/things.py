"""A target that is a plain list: what is in it exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from webhooks.errors import TargetBusy, TargetGone, TargetRefused, TargetUnknown
from workers.targets.http import Answer, Request
from workers.trail import Trail

#: What becomes of the next request. lost: it is applied, its answer is lost. vanished: it never
#: arrives, and nobody knows. busy: it is not applied, and says so. refused: for good.
Mood = Literal["well", "lost", "vanished", "busy", "refused"]


@dataclass
class Thing:
    """Something that was made, or is gone since."""

    id: str
    body: dict[str, Any]
    made_ms: int
    #: from when on a look finds it
    seen_ms: int
    is_gone: bool = False


@dataclass
class Things:
    """Everything that was ever made."""

    now_ms: Callable[[], int]
    made: list[Thing] = field(default_factory=list)
    mood: Mood = "well"
    #: a look does not find what was made less than so long ago
    lag_ms: int = 0

    def send(self, request: Request) -> Answer:
        """Apply a request as the mood is."""
        mood, self.mood = self.mood, "well"
        if mood == "vanished":
            raise TargetUnknown("no answer", code="no-answer")
        if mood == "busy":
            raise TargetBusy("busy", code="rate-limit")
        if mood == "refused":
            raise TargetRefused("no", code="no")
        answer = self._removed(request) if request.method == "DELETE" else self._added(request)
        if mood == "lost":
            raise TargetUnknown("no answer", code="no-answer")
        return Answer(200, answer, {})

    def find(self, trail: Trail) -> dict[str, Any] | None:
        """The oldest with this body, unless it is older than the write, or another's."""
        now, since_ms = self.now_ms(), trail.since.timestamp() * 1000
        for one in self.made:
            is_same = one.body == trail.body and since_ms <= one.made_ms and one.seen_ms <= now
            if is_same and not one.is_gone and not trail.is_taken(one.id):
                return {"id": one.id}
        return None

    def count(self, body: dict[str, Any]) -> int:
        """How often something was made, be it gone since."""
        return sum(one.body == body for one in self.made)

    def _added(self, request: Request) -> dict[str, Any]:
        now = self.now_ms()
        made = Thing(f"thing-{len(self.made)}", request.json, now, now + self.lag_ms)
        self.made.append(made)
        return {"id": made.id}

    def _removed(self, request: Request) -> dict[str, Any]:
        for one in self.made:
            if one.id == request.path.rpartition("/")[2] and not one.is_gone:
                one.is_gone = True
                return {}
        raise TargetGone(f"no {request.path}", code="not-found")
