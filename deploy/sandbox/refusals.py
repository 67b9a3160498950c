"""The ways awork says no: one exception, rendered in the vendor's error shape.

Performs no I/O. Source: https://developers.awork.com/error-handling
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Model = dict[str, Any]

ERROR_LINK = "https://developers.awork.com/error-handling"


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a body."""

    #: dotted path of the property, empty for the body as a whole
    property: str
    #: what is wrong with it
    message: str


@dataclass(eq=False)
class Refusal(Exception):
    """awork does not do it; nothing was written."""

    #: HTTP status
    status: int
    #: awork's word for it, such as `not-found`
    code: str
    #: for the reader
    description: str
    flaws: Sequence[Flaw] = field(default=())

    def body(self, trace_id: str) -> Model:
        """The refusal as awork's ErrorResponse."""
        body: Model = {
            "code": self.code,
            "description": self.description,
            "link": ERROR_LINK,
            "traceId": trace_id,
        }
        if self.flaws:
            body["validationErrors"] = [vars(flaw) for flaw in self.flaws]
        return body


def not_found(noun: str, ident: str) -> Refusal:
    return Refusal(404, "not-found", f"There is no {noun} with the id {ident}.")


def invalid(property_: str, message: str, *, code: str = "invalid-model") -> Refusal:
    """A refusal of one property the schema alone could not judge."""
    return Refusal(400, code, f"{property_}: {message}", [Flaw(property_, message)])


def unfit(flaws: Sequence[Flaw]) -> Refusal:
    """A refusal of what the contract does not allow in a path or a body, with all its flaws."""
    return Refusal(400, "validation-failed", "The request does not fit the contract.", flaws)
