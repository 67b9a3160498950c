"""What people say about a task.

Source: the contract's operations on `/tasks/{taskId}/comments`.
"""

from __future__ import annotations

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid, not_found
from deploy.sandbox.shown import comment_shown
from deploy.sandbox.task_changes import the_task
from deploy.sandbox.world import World


def list_comments(ask: Ask) -> Answer:
    comments = ask.world.find_where("comments", entityId=the_task(ask)["id"])
    return listed(ask, [comment_shown(ask.world, comment) for comment in comments])


def get_comment(ask: Ask) -> Answer:
    return Answer(body=comment_shown(ask.world, _comment(ask)))


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


def put_comment(ask: Ask) -> Answer:
    """Replaces the message; awork has no event for it."""
    comment = _comment(ask)
    optional = ("isResolved", "isHiddenForConnectUsers", "previews", "userId")
    given = {name: ask.body[name] for name in optional if ask.body.get(name) is not None}
    ask.referred("users", "userId")
    ask.world.touch(comment, {"message": ask.body["message"], **given})
    return Answer(body=comment_shown(ask.world, comment))


def delete_comment(ask: Ask) -> Answer:
    """Takes its replies away with it."""
    remove_comment(ask.world, _comment(ask))
    return NO_CONTENT


def delete_comments(ask: Ask) -> Answer:
    for comment in ask.world.find_where("comments", entityId=the_task(ask)["id"]):
        ask.world.remove("comments", comment["id"])
    return NO_CONTENT


def remove_comment(world: World, comment: Model) -> None:
    for reply in world.find_where("comments", inReplyToCommentId=comment["id"]):
        remove_comment(world, reply)
    world.remove("comments", comment["id"])


def react(ask: Ask) -> Answer:
    """Adds or takes back one emoji of the API user."""
    comment, operation = _comment(ask), ask.body["operation"].lower()
    if operation not in ("add", "remove"):
        raise invalid("operation", f"is add or remove: {ask.body['operation']}")
    mine = {"emoji": ask.body["emoji"], "userId": ask.world.api_user_id}
    others = [each for each in comment.get("reactions") or [] if each != mine]
    reactions = [*others, mine] if operation == "add" else others
    ask.world.touch(comment, {"reactions": reactions})
    return NO_CONTENT


def _comment(ask: Ask) -> Model:
    comment = ask.subject("comments", "commentId", "comment")
    if comment["entityId"] != the_task(ask)["id"]:
        raise not_found("comment of this task", comment["id"])
    return comment


ROUTES: Routes = {
    ("GET", "/tasks/{taskId}/comments"): list_comments,
    ("POST", "/tasks/{taskId}/comments"): create_comment,
    ("DELETE", "/tasks/{taskId}/comments"): delete_comments,
    ("GET", "/tasks/{taskId}/comments/{commentId}"): get_comment,
    ("PUT", "/tasks/{taskId}/comments/{commentId}"): put_comment,
    ("DELETE", "/tasks/{taskId}/comments/{commentId}"): delete_comment,
    ("POST", "/tasks/{taskId}/comments/{commentId}/react"): react,
}
