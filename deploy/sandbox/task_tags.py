"""Tags of tasks: on one task, and on all of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.task_changes import change_task, the_task
from deploy.sandbox.world import World

COLORS = ("red", "coral", "yellow", "green", "teal", "arctic", "blue", "azure", "purple", "violet")


def task_tags(ask: Ask) -> Answer:
    """The task's tags by name, with the stamps of the task: awork keeps none of their own."""
    task = the_task(ask)
    tags = sorted(task.get("tags") or [], key=lambda tag: str(tag["name"]).lower())
    return Answer(body=[_stamped(tag, task) for tag in tags])


def tags_in_use(ask: Ask) -> Answer:
    """Every tag some task has, those most used first."""
    found = [(tag, task) for task in ask.world.tasks.values() for tag in task.get("tags") or []]
    counts = Counter(_key(tag["name"]) for tag, _ in found)
    first = {_key(tag["name"]): _stamped(tag, task) for tag, task in reversed(found)}
    return Answer(body=[first[name] for name, _ in counts.most_common()])


def project_tags(ask: Ask) -> Answer:
    """The tags of a project itself, not those of its tasks."""
    project = ask.subject("projects", "projectId", "project")
    return listed(ask, [_stamped(tag, project) for tag in project.get("tags") or []])


def add_tags(ask: Ask) -> Answer:
    """Adds all tags or, when one is empty, doubled or of an unknown color, none."""
    task = the_task(ask)
    names = [_key(tag["name"]) for tag in task.get("tags") or []]
    for form in ask.body:
        check_tag(form)
        if _key(form["name"]) in names:
            raise invalid("name", f"is there already: {form['name']!r}")
        names.append(_key(form["name"]))
    tag_task(ask.world, task, ask.body)
    return Answer(body=task["tags"])


def check_tag(form: Model) -> None:
    """Raises a refusal of a tag without a name or of a color awork does not have."""
    if not form["name"].strip():
        raise invalid("name", "must not be empty")
    if form.get("color") not in (None, *COLORS):
        raise invalid("color", f"is none of {', '.join(COLORS)}: {form['color']}")


def tag_task(world: World, task: Model, forms: Iterable[Model]) -> None:
    """Add the tags a task does not have yet."""
    tags = list(task.get("tags") or [])
    for form in forms:
        if _key(form["name"]) not in [_key(tag["name"]) for tag in tags]:
            tags.append({"id": world.new_id(), **form})
    change_task(world, task, {"tags": tags})


def delete_tags(ask: Ask) -> Answer:
    """Takes tags off a task; those it does not have turn the answer into a 207."""
    task, names = the_task(ask), {_key(form["name"]) for form in ask.body}
    had = {_key(tag["name"]) for tag in task.get("tags") or []}
    _untag(ask.world, task, names)
    return NO_CONTENT if names <= had else Answer(207)


def delete_tag_everywhere(ask: Ask) -> Answer:
    for task in ask.world.find_where("tasks", baseType="projecttask"):
        _untag(ask.world, task, {_key(ask.body["name"])})
    return NO_CONTENT


def update_tag_everywhere(ask: Ask) -> Answer:
    """Renames a tag on all project tasks; a task that has the new one already needs a merge."""
    old, form = _key(ask.body["oldTagName"]), ask.body["newTag"]
    check_tag(form)
    tagged = [t for t in ask.world.tasks.values() if t.get("projectId") and old in _names(t)]
    is_taken = _key(form["name"]) != old and any(_key(form["name"]) in _names(t) for t in tagged)
    if is_taken and not ask.body.get("shouldMerge"):
        raise invalid("newTag", f"is there already: {form['name']!r}", code="already-exist-error")
    for task in tagged:
        others = [tag for tag in task["tags"] if _key(tag["name"]) not in (old, _key(form["name"]))]
        new = {"id": ask.world.new_id(), **form}
        change_task(ask.world, task, {"tags": [*others, new]})
    return NO_CONTENT


def _untag(world: World, task: Model, names: set[str]) -> None:
    tags = task.get("tags") or []
    if names & _names(task):
        change_task(world, task, {"tags": [tag for tag in tags if _key(tag["name"]) not in names]})


def _names(task: Model) -> set[str]:
    return {_key(tag["name"]) for tag in task.get("tags") or []}


def _key(name: str) -> str:
    # awork tells tags apart by their names, without regard to case.
    return name.lower()


def _stamped(tag: Model, owner: Model) -> Model:
    names = ("createdOn", "createdBy", "updatedOn", "updatedBy")
    return {**tag, **{name: owner[name] for name in names if name in owner}}


ROUTES: Routes = {
    ("GET", "/tasks/tags"): tags_in_use,
    ("GET", "/projects/{projectId}/tags"): project_tags,
    ("GET", "/tasks/{taskId}/tags"): task_tags,
    ("POST", "/tasks/{taskId}/addtags"): add_tags,
    ("POST", "/tasks/{taskId}/deletetags"): delete_tags,
    ("POST", "/tasks/deletetags"): delete_tag_everywhere,
    ("POST", "/tasks/updatetags"): update_tag_everywhere,
}
