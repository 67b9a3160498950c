"""Every failure hookwork has a name for. Performs no I/O.

    HookworkError
    ├── Rejected               the sender's fault; `status` is the HTTP answer
    │   ├── Unauthorized           401
    │   ├── BodyIncomplete         400
    │   └── BodyTooLarge           413
    ├── Unreadable             authentic, but no event: kept in quarantine, answered 202
    ├── Unavailable            ours, and passing
    │   ├── StorageUnavailable     503; Redis did not take or give it
    │   └── LeaseLost              another worker owns the event now; write nothing more
    ├── TargetFailed           theirs (awork, Workiva, a notified host)
    │   ├── TargetBusy             passing, certainly not applied; `retry_after_s` when they said so
    │   │   ├── BudgetSpent            not sent: nothing is left of what we may send; no failure
    │   │   └── TargetAway             not sent: it has answered nobody for a while; no failure
    │   ├── TargetUnknown          sent, no answer known: look before writing again
    │   ├── TargetGone             the object is not there any more: settled as gone
    │   └── TargetRefused          permanent
    ├── RunHeld                a rule must wait: paused, or its limit is reached
    ├── RunFailed              a run cannot go on: a template, a name or a limit says no
    ├── SettingsRejected       one line for each setting
    └── RuleFilesRejected      the author's; every mistake of every file

`reason` is the slug that logs, metrics and the failed list share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class HookworkError(Exception):
    """Something hookwork knows went wrong."""

    reason = "error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n")[0])


class Rejected(HookworkError):
    """The request cannot be accepted."""

    reason = "rejected"
    status = 400


class Unauthorized(Rejected):
    """The secret or the signature is missing or wrong."""

    reason = "unauthorized"
    status = 401


class BodyIncomplete(Rejected):
    """The body did not arrive whole."""

    reason = "body-incomplete"
    status = 400


class BodyTooLarge(Rejected):
    """The body is larger than 1 MiB."""

    reason = "body-too-large"
    status = 413


class Unreadable(HookworkError):
    """The delivery is authentic but no event can be read from it.

    reason: the slug shown with the quarantined delivery.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unavailable(HookworkError):
    """A part of ours is away; trying later helps."""

    reason = "unavailable"


class StorageUnavailable(Unavailable):
    """Redis did not take it in time."""

    reason = "storage-unavailable"
    status = 503


class LeaseLost(Unavailable):
    """The lease on this event ended; another worker may be at it."""

    reason = "lease-lost"


class TargetFailed(HookworkError):
    """A call to another system did not succeed.

    code: the other system's own word (awork's `code`), or our slug.
    trace_id: what their support asks for; empty when they sent none.
    status: HTTP status, 0 when there was no answer.
    target: whose failure it is, as its circuit is named; set by whoever sent.
    probe_in_s: seconds until it is asked again, where it answers nobody; None where it answers.
    """

    reason = "target-failed"
    target = "awork"
    probe_in_s: float | None = None

    def __init__(
        self, message: str = "", *, code: str = "", trace_id: str = "", status: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.trace_id = trace_id
        self.status = status


class TargetBusy(TargetFailed):
    """The other system cannot take it now; nothing was applied.

    retry_after_s: seconds they asked us to wait; None when they did not say.
    """

    reason = "target-busy"

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        trace_id: str = "",
        status: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, code=code, trace_id=trace_id, status=status)
        self.retry_after_s = retry_after_s


class BudgetSpent(TargetBusy):
    """Nothing is left of what may be sent to the other system now; nothing was sent.

    retry_after_s: seconds until it is this request's turn.
    """

    reason = "budget"


class TargetAway(TargetBusy):
    """The other system has answered nobody for a while, and is not asked now; nothing was sent.

    code: the cause of the problem that was raised. retry_after_s: seconds until it is asked again.
    """

    reason = "target-away"


class TargetUnknown(TargetFailed):
    """The call was sent and no answer is known; it may have been applied."""

    reason = "outcome-unknown"


class TargetGone(TargetFailed):
    """The object does not exist any more."""

    reason = "gone"


class TargetRefused(TargetFailed):
    """The other system refused for good."""

    reason = "target-refused"


class RunHeld(HookworkError):
    """The rule has to wait.

    retry_in_s: seconds until it is worth asking again.
    """

    reason = "held"

    def __init__(self, reason: str, message: str, retry_in_s: float) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_in_s = retry_in_s


class RunFailed(HookworkError):
    """The run cannot go on; it waits in the failed list."""

    reason = "run-failed"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake in one rule file, ready to print."""

    #: path as the user gave it
    path: str
    #: counted from 1
    line: int
    #: counted from 1
    column: int
    #: what is wrong, what was expected, the way out
    message: str
    #: slug, as in `[unknown-action]`
    code: str
    #: the line of the file the mistake is in, without its newline
    source: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message} [{self.code}]"

    def with_caret(self) -> str:
        """The mistake, its line, and a caret under the place."""
        if not self.source:
            return str(self)
        return f"{self}\n    {self.source}\n    {' ' * (self.column - 1)}^"


class RuleFilesRejected(HookworkError):
    """The rules cannot be loaded; `mistakes` has all of them, sorted."""

    reason = "rule-files-rejected"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class SettingsRejected(HookworkError):
    """Settings are missing or unreadable; `problems` has one line for each."""

    reason = "settings-rejected"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
