"""The events of models that only hold what changed: a project's tasks, its time entries.

awork sends these to every webhook that does not ask for changes of the main entity alone; one
changed tag of a project has been seen to raise about 5,000.
"""

from __future__ import annotations

from deploy.sandbox.entry_changes import announce_entry
from deploy.sandbox.task_changes import announce_task
from deploy.sandbox.world import World


def fan_out(world: World, property_: str, ident: str) -> None:
    """Tell of every task and every time entry that refers to something changed.

    property_: the reference they hold, such as `projectId`.
    """
    for task in world.find_where("tasks", **{property_: ident}):
        announce_task(world, "task_updated", task, nested=True)
    for entry in world.find_where("timeentries", **{property_: ident}):
        announce_entry(world, "timetracking_updated", entry, nested=True)
