"""What hangs on one task: its people and their efforts, tags, custom fields, comments."""

from __future__ import annotations

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import comment_shown, entry_shown, person_shown
from deploy.sandbox.stamps import stamp
from deploy.sandbox.tasks import announce_task, the_task

COLORS = ("red", "coral", "yellow", "green", "teal", "arctic", "blue", "azure", "purple", "violet")


def set_assignees(ask: Ask) -> Answer:
    """Replaces the whole list of people; an event for each who came and each who left."""
    task = the_task(ask)
    before = {person["id"]: person for person in task.get("assignees") or []}
    wanted = [_user(ask, ident) for ident in dict.fromkeys(i.lower() for i in ask.body)]
    effort = (task.get("plannedDuration") or 0) // max(len(wanted), 1)
    now = stamp(ask.world.clock())
    people = [
        before.get(u["id"]) or person_shown(u, planned_effort=effort, now=now) for u in wanted
    ]
    ask.world.touch(task, {"assignees": people})
    after = {person["id"] for person in people}
    for _ in after - before.keys():
        announce_task(ask.world, "taskassignment_added", task)
    for _ in before.keys() - after:
        announce_task(ask.world, "taskassignment_deleted", task)
    return NO_CONTENT


def set_planned_efforts(ask: Ask) -> Answer:
    """Sets the seconds planned for the assignees named; the others keep theirs."""
    task = the_task(ask)
    people = {person["id"]: dict(person) for person in task.get("assignees") or []}
    for form in ask.body:
        person = people.get(form["userId"].lower())
        if person is None:
            raise invalid("userId", f"is not assigned to this task: {form['userId']}")
        person["plannedEffort"] = form.get("plannedEffort") or 0
        person["isDistributedPlannedEffort"] = form.get("plannedEffort") is None
    ask.world.touch(task, {"assignees": list(people.values())})
    return NO_CONTENT


def add_tags(ask: Ask) -> Answer:
    """Adds all tags or, when one is empty, doubled or of an unknown color, none."""
    task = the_task(ask)
    names = [tag["name"].lower() for tag in task.get("tags") or []]
    for form in ask.body:
        if not form["name"].strip() or form["name"].lower() in names:
            raise invalid("name", f"is empty or already there: {form['name']!r}")
        if form.get("color") not in (None, *COLORS):
            raise invalid("color", f"is none of {', '.join(COLORS)}: {form['color']}")
        names.append(form["name"].lower())
    new = [{"id": ask.world.new_id(), **form} for form in ask.body]
    ask.world.touch(task, {"tags": [*(task.get("tags") or []), *new]})
    return Answer(body=task["tags"])


def set_custom_fields(ask: Ask) -> Answer:
    """Sets the fields named; the others keep their values."""
    task = the_task(ask)
    fields = {each["customFieldDefinitionId"]: each for each in task.get("customFields") or []}
    for form in ask.body:
        values = [name for name, value in form.items() if value is not None]
        if len(values) > len(("customFieldDefinitionId", "one value")):
            raise invalid("customFieldDefinitionId", "takes one value, not several")
        fields[form["customFieldDefinitionId"]] = form
    ask.world.touch(task, {"customFields": list(fields.values())})
    return NO_CONTENT


def list_comments(ask: Ask) -> Answer:
    comments = ask.world.find_where("comments", entityId=the_task(ask)["id"])
    return listed(ask, [comment_shown(ask.world, comment) for comment in comments])


def get_comment(ask: Ask) -> Answer:
    comment = ask.subject("comments", "commentId", "comment")
    return Answer(body=comment_shown(ask.world, comment))


def create_comment(ask: Ask) -> Answer:
    task, author = the_task(ask), ask.referred("users", "userId")
    comment = {
        "message": ask.body["message"],
        "entityId": task["id"],
        "entityType": "tasks",
        "userId": author["id"] if author else ask.world.api_user_id,
        "inReplyToCommentId": ask.body.get("inReplyToCommentId"),
        "isResolved": ask.body.get("isResolved"),
        "isHiddenForConnectUsers": ask.body.get("isHiddenForConnectUsers") or False,
        "resourceVersion": ask.world.next_version(),
    }
    shown = comment_shown(ask.world, ask.world.add("comments", comment))
    link = f"/tasks/{task['id']}"
    ask.world.announce("task_comment_added", shown, entity_type="comment", link=link)
    return Answer(body=shown)


def task_entries(ask: Ask) -> Answer:
    entries = ask.world.find_where("timeentries", taskId=ask.path["taskId"].lower())
    return listed(ask, [entry_shown(ask.world, entry) for entry in entries])


def task_dependencies(ask: Ask) -> Answer:
    """The task's predecessors and its successors: every dependency it is one end of."""
    dependencies = ask.world.table("taskdependencies").values()
    ident, ends = the_task(ask)["id"], ("predecessorId", "successorId")
    return Answer(body=[one for one in dependencies if ident in [one[end] for end in ends]])


def _user(ask: Ask, ident: str) -> Model:
    found = ask.world.users.get(ident)
    if found is None:
        raise ask.dangling("userId", ident)
    return found


ROUTES: Routes = {
    ("POST", "/tasks/{taskId}/setassignees"): set_assignees,
    ("POST", "/tasks/{taskId}/setplannedefforts"): set_planned_efforts,
    ("POST", "/tasks/{taskId}/addtags"): add_tags,
    ("POST", "/tasks/{taskId}/setcustomfields"): set_custom_fields,
    ("GET", "/tasks/{taskId}/comments"): list_comments,
    ("POST", "/tasks/{taskId}/comments"): create_comment,
    ("GET", "/tasks/{taskId}/comments/{commentId}"): get_comment,
    ("GET", "/tasks/{taskId}/timeentries"): task_entries,
    ("GET", "/tasks/{taskId}/taskdependencies"): task_dependencies,
}
