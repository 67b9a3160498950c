"""Workiva as tests and the demo hold it: its tasks, its calls, and all that can go wrong."""

from __future__ import annotations

from datetime import datetime

from deploy.sandbox.calls import Call, CallLog
from deploy.sandbox.faults import Faults
from deploy.sandbox.refusals import Model
from deploy.sandbox.stamps import Clock
from deploy.sandbox.workiva.api import Api
from deploy.sandbox.workiva.budget import Budget
from deploy.sandbox.workiva.gateway import Gateway
from deploy.sandbox.workiva.grant import Credentials, Grant
from deploy.sandbox.workiva.workspace import Workspace


class Workiva:
    """A whole Workiva of one's own, beside the awork of a Sandbox."""

    def __init__(self, clock: Clock, credentials: Credentials | None = None) -> None:
        """credentials: those it takes; None for its own."""
        self.workspace = Workspace(clock)
        self._grant = Grant(clock, credentials or Credentials())
        self._api = Api(self.workspace)
        self._budget = Budget(clock)
        self.gateway = Gateway(self._api, self._grant, clock, self._budget)

    @property
    def url(self) -> str:
        """What a client takes for `https://api.app.wdesk.com`."""
        return self.workspace.url

    @property
    def client_id(self) -> str:
        return self._grant.credentials.client_id

    @property
    def client_secret(self) -> str:
        return self._grant.credentials.client_secret

    @property
    def tasks(self) -> dict[str, Model]:
        """All tasks by their ids, as today's API shows them."""
        return self.workspace.tasks

    @property
    def faults(self) -> Faults:
        """Workiva's own; paths are matched as they are asked for below `/workiva`."""
        return self.gateway.faults

    @property
    def call_log(self) -> CallLog:
        return self.gateway.calls

    @property
    def calls(self) -> list[Call]:
        """Every call so far, sign-ins as well, in order."""
        return self.call_log.all()

    def writes(self, path_regex: str = ".*") -> list[Call]:
        """The calls that changed a task and whose whole path matches."""
        return self.call_log.writes(path_regex)

    def wait_for_call(
        self, method: str, path_regex: str, timeout_s: float = 10.0, nth: int = 1
    ) -> Call:
        """The nth matching call, as soon as it is applied and before it is answered.

        Raises TimeoutError when it does not come in time.
        """
        return self.call_log.wait_for(method, path_regex, timeout_s=timeout_s, nth=nth)

    def revoke(self) -> None:
        """Refuse every token and every sign-in until `grant`."""
        self._grant.revoke()

    def grant(self) -> None:
        """Let it sign in again; tokens from before the revocation stay invalid."""
        self._grant.restore()

    def end_tokens(self) -> None:
        """End every token now, as if its time was over."""
        self._grant.end_tokens()

    @property
    def tokens_given(self) -> int:
        """Sign-ins that were answered with a token."""
        return self._grant.tokens_given

    @property
    def scope(self) -> str:
        """What tokens from now on may do, such as `task:read task:write`."""
        return self._grant.scope

    @scope.setter
    def scope(self, scope: str) -> None:
        self._grant.scope = scope

    @property
    def expires_in_s(self) -> int:
        """Seconds that tokens from now on are valid."""
        return self._grant.expires_in_s

    @expires_in_s.setter
    def expires_in_s(self, seconds: int) -> None:
        self._grant.expires_in_s = seconds

    @property
    def per_second(self) -> int:
        """Calls in one second before a 429."""
        return self._budget.per_second

    @per_second.setter
    def per_second(self, calls: int) -> None:
        self._budget.per_second = calls

    @property
    def prototype_ends(self) -> datetime:
        """From when on, by the sandbox's clock, the prototype's paths are not there."""
        return self._api.prototype_ends

    @prototype_ends.setter
    def prototype_ends(self, instant: datetime) -> None:
        self._api.prototype_ends = instant

    @property
    def tells_deprecation(self) -> bool:
        """Whether the prototype's answers carry Deprecation and Sunset."""
        return self._api.tells_deprecation

    @tells_deprecation.setter
    def tells_deprecation(self, tells: bool) -> None:
        self._api.tells_deprecation = tells
