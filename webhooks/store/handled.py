"""What is kept of the events of an entity that were settled, so that a later one is known as old.

One hash for each lane, written in the same step in which an event is settled, and given to whoever
claims the next one. For each kind it has the newest version of the object, and short digests of
the bodies that showed it. Versions are text: prefix and digits of one width, which compare as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webhooks.store.reply import text

#: the field that says the object is gone; its value is the kind that told so, and when, in us
DELETED = "deleted"


@dataclass(frozen=True)
class Handled:
    """What is kept of one settled event."""

    kind: str
    #: of the object in it: prefix and digits; "-" when it told none
    version: str
    #: tells a repetition from another event; empty when nothing does
    digest: str
    #: microseconds since 1970 UTC by the sender's clock
    occurred_us: int = 0
    #: it says that the object is gone
    deletes: bool = False
    #: some rule left it out, as our own doing: it counts for other rules only
    left_out: bool = False

    @property
    def field(self) -> str:
        """Where its version is kept."""
        return _field(self.kind, self.version[:1], left_out=self.left_out)


@dataclass(frozen=True)
class Gone:
    """The object was deleted."""

    #: of the event that told so
    kind: str
    #: when, in microseconds since 1970 UTC by the sender's clock
    at_us: int


def gone(handled: Mapping[str, str]) -> Gone | None:
    """Whether the object was deleted; None when nobody told so."""
    kind, _, at_us = handled.get(DELETED, "").partition(" ")
    return Gone(kind, int(at_us)) if at_us.isdigit() else None


@dataclass(frozen=True)
class Newest:
    """The newest of the settled events of one kind."""

    version: str
    #: of the latest events with this version
    digests: tuple[str, ...]


def newest(handled: Mapping[str, str], kind: str, form: str, *, left_out: bool) -> Newest | None:
    """The newest event of a kind whose version has this form.

    form: the version's prefix. left_out: of those that some rule left out as our own doing.
    """
    version, *digests = handled.get(_field(kind, form, left_out=left_out), "").split() or [""]
    return Newest(version, tuple(digests)) if version else None


def from_reply(flat: Sequence[bytes | str]) -> dict[str, str]:
    """The hash as a script returns it."""
    parts = [text(part) for part in flat]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _field(kind: str, form: str, *, left_out: bool) -> str:
    return f"{'own:' if left_out else ''}{form}:{kind}"
