"""Bring Workiva's tasks that were made for a task of awork to where that is now.

    - sync_workiva_task:
        task: "${entity.id}"
        title: "Please approve: ${entity.name}"

    - sync_workiva_task:
        task: "${entity.id}"
        due_date: null
        when_done: SUBMIT
        when_reopened: RESTART
        comment: "By awork"
        made_by: ask-for-approval

It is for every Workiva task that create_workiva_task has made when an event was about this task,
or, with `made_by`, those of one rule. What is given (`title`, `due_date`, `description`,
`assignees`, `location`) is compared with what we wrote last, and only what is not the same is
written: what a person has changed in Workiva, and awork has not, stays. `due_date: null` takes the
day away. A description keeps its marker. Workiva restarts a task whose assignees or location
change; its pages also say that a location cannot be changed once it is set. What a later event of
the same task has told already stays: one that is late or replayed writes nothing over it.

When the task is done in awork, or `done: true` says so, `when_done` is submitted once: SUBMIT (the
default), APPROVE, REJECT, CANCEL, RESTART or SKIP; null for nothing. When it is not done any more,
`when_reopened` is, by default nothing. It is left out where Workiva's status shows that nothing is
left to do. `comment` goes with it. What Workiva does not take as its task is (409) fails after a
minute, and waits in the failed list.

Which tasks were made is known for a year after the last write. One that is gone in Workiva is
forgotten, and ends the action as gone once the others are written.

Writes PATCH /tasks/ID, which may be repeated; after a lost answer it is found again by what the
task has. Writes POST /tasks/ID/actionSubmission, which must not be repeated: it is found again by
the task's status and responses, which are not those from before.
Source: https://developers.workiva.com, "Partially update a single task" and "Initiate a task action
submission", 2026-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webhooks.errors import TargetGone
from workers import versions
from workers.actions import values, workiva_alike, workiva_form
from workers.actions.base import Context, Parameters, invalid
from workers.actions.workiva_conflicts import told_apart
from workers.actions.workiva_submission import ACTIONS, Submission, Unneeded
from workers.holdings import BEGUN
from workers.mirrors import Mirror, Mirrors, thing
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.targets.workiva import NAME as WORKIVA
from workers.trail import Trail

Item = Mapping[str, Any]

#: among what is told of a task: whether it is done
_DONE = "done"
NAME = "sync_workiva_task"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task of awork"),
    "title": Parameter(ParameterKind.TEXT, about="what it is called"),
    **workiva_form.SHARED,
    "done": Parameter(ParameterKind.BOOLEAN, about="by default whether the task is done in awork"),
    "when_done": Parameter(
        ParameterKind.TEXT,
        about="what is submitted then; by default SUBMIT",
        choices=ACTIONS,
        may_be_null=True,
    ),
    "when_reopened": Parameter(
        ParameterKind.TEXT,
        about="what is submitted when it is not done any more; by default nothing",
        choices=ACTIONS,
        may_be_null=True,
    ),
    "comment": Parameter(ParameterKind.TEXT, about="what is said with it"),
    "made_by": Parameter(ParameterKind.TEXT, about="the rule that made them; by default any"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Bring each Workiva task there is up to date; the result has their ids. See Action.run."""
    task = values.needed(parameters, "task").lower()
    mirrors = Mirrors(context.holdings, context.effects, context.now)
    made_by = str(parameters.get("made_by") or "")
    listed = mirrors.listed(task)
    with mirrors.alone(map(thing, listed), at_most=BEGUN):
        made = {
            ident: mirror
            for ident in listed
            if (mirror := mirrors.one(ident)) and mirror.is_of(made_by)
        }
        if made:
            wanted = _action(task, parameters, context)
            _Sync(parameters, context, mirrors, wanted, _version(task, context)).all(made)
        else:
            context.effects.notes.append(_none_known(task, made_by))
    return {"tasks": list(made)}


@dataclass(frozen=True)
class _Wanted:
    """Where the task is in awork, and what that means for Workiva."""

    #: None: nothing is asked for about it
    is_done: bool | None
    #: one of ACTIONS; empty for none
    action: str = ""


@dataclass(frozen=True)
class _Sync:
    parameters: Parameters
    context: Context
    mirrors: Mirrors
    wanted: _Wanted
    #: of the task that the event shows, as versions.py has it
    version: str

    def all(self, made: Mapping[str, Mirror]) -> None:
        """Bring them up to date, one after the other. Raises the first TargetGone at the end."""
        gone: list[TargetGone] = []
        for ident, mirror in made.items():
            try:
                self._one(ident, mirror)
            except TargetGone as one:
                # The others are brought up to date all the same.
                self.mirrors.forget(ident)
                gone.append(one)
        if gone:
            raise gone[0]
        if not self.context.effects.made and not self.context.effects.notes:
            self.context.effects.notes.append("nothing differs from what was written before")

    def _one(self, ident: str, mirror: Mirror) -> None:
        given = self._given(mirror)
        fresh = [name for name in given if not mirror.is_told_since(name, self.version)]
        changed = {
            name: given[name]
            for name in fresh
            if name != _DONE and not workiva_alike.alike(name, given[name], mirror.task.get(name))
        }
        if changed:
            mirror = self._patched(ident, mirror, changed)
        if _DONE in fresh and self.wanted.is_done != mirror.done:
            mirror = self._submit(ident, mirror)
        if (told := mirror.told(fresh, self.version)) != mirror:
            self.mirrors.wrote(ident, told)
        if late := ", ".join(name for name in given if name not in fresh):
            self.context.effects.notes.append(f"{ident}: a later event has told {late} already")

    def _given(self, mirror: Mirror) -> dict[str, Any]:
        """What is asked for, by Workiva's names, and whether the task is done."""
        form = workiva_form.Form(
            timezone=self.context.timezone,
            api=self.context.workiva.api,
            marker=workiva_alike.marker_of(mirror.task.get("description")),
        )
        wanted = workiva_form.wanted(self.parameters, form)
        return wanted if self.wanted.is_done is None else {**wanted, _DONE: self.wanted.is_done}

    def _patched(self, ident: str, mirror: Mirror, changed: dict[str, Any]) -> Mirror:
        path, item, effects = f"/tasks/{ident}", f"patch.{ident}", self.context.effects
        patch = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in changed.items()
        ]
        with told_apart(item, effects):
            answer = effects.once(
                item,
                Request("PATCH", path, patch, target=WORKIVA),
                find=lambda trail: _as_sent(self.context.workiva.one(path), trail),
                summary=f"Workiva task {ident}: {', '.join(changed)}",
            )
        return self._keep(ident, mirror, answer, task={**mirror.task, **changed})

    def _submit(self, ident: str, mirror: Mirror) -> Mirror:
        answer: dict[str, Any] = {}
        if self.wanted.action:
            comment = str(self.parameters.get("comment") or "")
            wrote_at = workiva_alike.modified({"modified": mirror.modified})
            submission = Submission(ident, self.wanted.action, comment, self.context, wrote_at)
            try:
                answer = submission.send()
            except Unneeded as unneeded:
                self.context.effects.notes.append(str(unneeded))
        return self._keep(ident, mirror, answer, done=self.wanted.is_done)

    def _keep(self, ident: str, mirror: Mirror, answer: Item, **changes: Any) -> Mirror:
        """The mirror after a write; not where the answer is of long ago, of an event replayed."""
        last = workiva_alike.modified({"modified": mirror.modified})
        then = workiva_alike.modified(answer)
        if last and then and then < last:
            return mirror
        after = mirror.answered(answer, **changes)
        self.mirrors.wrote(ident, after)
        return after


def _version(task: str, context: Context) -> str:
    """Of the task, where the event is about it."""
    payload = context.cause.payload
    is_of_it = str(payload.get("entityId")).lower() == task
    return versions.of_event(payload) if is_of_it else versions.NONE


def _action(task: str, parameters: Parameters, context: Context) -> _Wanted:
    when_done = _named("when_done", parameters, "SUBMIT")
    when_reopened = _named("when_reopened", parameters, "")
    if not (when_done or when_reopened):
        return _Wanted(None)
    # Over all tries the same: what one of them has begun, another must settle.
    is_done = context.effects.decided("done", lambda: _is_done(task, parameters, context))
    return _Wanted(is_done, when_done if is_done else when_reopened)


def _named(name: str, parameters: Parameters, otherwise: str) -> str:
    given = parameters.get(name, otherwise) or ""
    if given and given not in ACTIONS:
        raise invalid(name, given, f"one of {', '.join(ACTIONS)}, in capitals, or null")
    return str(given)


def _is_done(task: str, parameters: Parameters, context: Context) -> bool:
    if "done" not in parameters:
        status = context.task(task).get("taskStatus")
        return isinstance(status, Mapping) and status.get("type") == "done"
    given = parameters["done"]
    if not isinstance(given, bool):
        raise invalid("done", given, "true or false")
    return given


def _as_sent(there: Item, trail: Trail) -> dict[str, Any] | None:
    """The task, when it has all that was sent."""
    task = workiva_alike.answered(there)
    parts = [(part["path"].removeprefix("/"), part["value"]) for part in trail.body]
    is_done = all(workiva_alike.alike(name, task.get(name), value) for name, value in parts)
    return dict(there) if is_done else None


def _none_known(task: str, made_by: str) -> str:
    by = f" by rule {made_by}" if made_by else ""
    return (
        f"no Workiva task is known that was made for {task}{by}: there was none, it was made by"
        " something else, it is gone, or nothing was written of it for a year"
    )
