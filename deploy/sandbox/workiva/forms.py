"""What bodies may say: a body goes in, what is to be kept comes out, or a refusal with every flaw.

Performs no I/O. Source: the schemas Task, TaskApprovalStep, TaskLocation, TaskUser and TaskAction
of Workiva's OpenAPI file. They leave open what happens to properties they do not name; here those
are refused, so that a mistyped one is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from deploy.sandbox.refusals import Flaw, Model
from deploy.sandbox.workiva import times
from deploy.sandbox.workiva.refusals import Refused
from deploy.sandbox.workiva.versions import Version

#: of the older documentation; the newer one names none but the first
STATUSES = (
    "Created",
    "Started",
    "Awaiting Approval",
    "Approved",
    "Returned",
    "Reworking",
    "Staged",
    "Completed",
    "Cancelled",
)
MODES = ("ONE", "ALL")

#: says what is wrong with a value, part by part
_Check = Callable[[str, Any], Iterator[Flaw]]


def new_task(said: Any, version: Version) -> Model:
    """The properties of a task to be created, deadlines in UTC. Raises Refused with every flaw."""
    _judge(said, TASK, "", needed=("title",))
    _judge_lengths(said, version)
    _judge_status(said)
    return {name: kept(name, value) for name, value in said.items()}


def changed(name: str, value: Any, version: Version) -> Any:
    """The new value of one property. Raises Refused."""
    check = {**TASK, "owner": _text}[name]
    if flaws := list(check(name, value)):
        raise Refused(400, flaws)
    _judge_lengths({name: value}, version)
    return kept(name, value)


def action(said: Any) -> tuple[str, str | None]:
    """An action and its comment. Raises Refused."""
    checks: dict[str, _Check] = {"action": _one_of(ACTIONS), "comment": _or_null(_text)}
    _judge(said, checks, "", needed=("action",))
    return said["action"], said.get("comment")


def kept(name: str, value: Any) -> Any:
    """A value as it is kept: deadlines in UTC, and steps with the responses they may get."""
    if name == "dueDate":
        return None if value is None else times.stamp(times.read(value))
    if name == "location":
        return None if value is None else {"segment": None, **value}
    if name == "approvalSteps":
        return [
            {"dueDate": None, **{part: kept(part, step[part]) for part in step}, "responses": []}
            for step in value
        ]
    return value


def _judge(said: Any, checks: Mapping[str, _Check], at: str, *, needed: tuple[str, ...]) -> None:
    if flaws := list(_object(checks, needed=needed)(at, said)):
        raise Refused(400, flaws)


def _judge_lengths(said: Mapping[str, Any], version: Version) -> None:
    flaws = [
        Flaw(name, f"must have at most {longest} characters, has {len(said[name])}")
        for name, longest in version.longest.items()
        if len(said.get(name, "")) > longest
    ]
    if flaws:
        raise Refused(400, flaws)


def _judge_status(said: Mapping[str, Any]) -> None:
    # «Can only be updated for tasks with a single approval step»: of those with none nothing is
    # said, and they are let pass.
    if said.get("status", "Created") != "Created" and len(said.get("approvalSteps", [])) > 1:
        raise Refused(400, [Flaw("status", "follows the actions where there are several steps")])


def _object(checks: Mapping[str, _Check], *, needed: tuple[str, ...] = ()) -> _Check:
    def check(at: str, value: Any) -> Iterator[Flaw]:
        if not isinstance(value, dict):
            yield Flaw(at, "must be an object")
            return
        for name in needed:
            if name not in value:
                yield Flaw(_below(at, name), "is required")
        for name, part in value.items():
            if name not in checks:
                yield Flaw(_below(at, name), "is not known")
            else:
                yield from checks[name](_below(at, name), part)

    return check


def _list(each: _Check) -> _Check:
    def check(at: str, value: Any) -> Iterator[Flaw]:
        if not isinstance(value, list):
            yield Flaw(at, "must be a list")
            return
        for index, item in enumerate(value):
            yield from each(f"{at}[{index}]", item)

    return check


def _or_null(other: _Check) -> _Check:
    return lambda at, value: iter(()) if value is None else other(at, value)


def _one_of(values: tuple[str, ...]) -> _Check:
    def check(at: str, value: Any) -> Iterator[Flaw]:
        if value not in values:
            yield Flaw(at, f"must be one of {', '.join(values)}")

    return check


def _text(at: str, value: Any) -> Iterator[Flaw]:
    if not isinstance(value, str):
        yield Flaw(at, "must be a string")


def _filled(at: str, value: Any) -> Iterator[Flaw]:
    if not isinstance(value, str) or not value.strip():
        yield Flaw(at, "must be a string that is not empty")


def _boolean(at: str, value: Any) -> Iterator[Flaw]:
    if not isinstance(value, bool):
        yield Flaw(at, "must be true or false")


def _moment(at: str, value: Any) -> Iterator[Flaw]:
    try:
        times.read(value)
    except (TypeError, ValueError):
        yield Flaw(at, "must be a date-time like 2023-06-11T13:00:00+00:00")


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


ACTIONS = ("SUBMIT", "APPROVE", "REJECT", "CANCEL", "RESTART", "SKIP")
USER = _object({"id": _filled, "type": _one_of(("USER",))}, needed=("id", "type"))
STEP = _object(
    {"completionMode": _one_of(MODES), "participants": _list(USER), "dueDate": _or_null(_moment)},
    needed=("completionMode", "participants"),
)
LOCATION = _object({"resource": _filled, "segment": _or_null(_filled)}, needed=("resource",))
#: by property: what a task may be given
TASK: dict[str, _Check] = {
    "approvalSteps": _list(STEP),
    "assignees": _list(USER),
    "description": _text,
    "dueDate": _or_null(_moment),
    "location": _or_null(LOCATION),
    "notificationsDisabled": _boolean,
    "status": _one_of(STATUSES),
    "title": _filled,
}
