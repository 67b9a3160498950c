"""The rules of a chaos run: every kind of write, every kind of line. Pure.

Each delivery gives its entity a name of its own; what a rule writes says that name, so an effect
is known by it.
"""

from __future__ import annotations

from random import Random

#: the description of the tasks that are planned, and of those that get blocks by the clock
PLANNED, PLAIN = "planned", "plain"
#: whose calendar gets the blocks of `block`, and who logs time
HOLDER, LOGGER, BOOKED = "Block Holder", "Timo Brandt", "Mara Jensen"
#: seconds
LOGGED_S = 900
BLOCK_S = 1800

_HEAD = """version: 1
defaults:
  timezone: Europe/Berlin
  working_hours: {mon-fri: ["09:00-12:30", "13:30-17:30"]}

rules:
"""
_COMMENT = 'add_comment: {task: "${entity.id}", message: "RULE ${entity.name}"}'
_LIMITS = "limits: {writes_per_run: 50, writes_per_hour: 1000000}"

#: rules that comment on each update, by their flow
COMMENTING = {
    "say": "{}",
    "keyed": "{key: entity.projectId}",
    "settled": "{settle: 2s, settle_at_most: 8s}",
    "once": "{once_within: {time: 30d, per: [entity.id]}}",
}
#: works out the same comment, and must not write it
SHADOW = "hidden"

_OTHERS = (
    f"""
  - id: log
    when: task_status_changed
    {_LIMITS}
    do:
      - log_time: {{user: "{LOGGER}", task: "${{entity.id}}", duration: {LOGGED_S}s,
                   note: "${{entity.name}}"}}
""",
    f"""
  - id: follow
    when: task_status_changed
    {_LIMITS}
    do:
      - create_task: {{name: "follow ${{entity.name}}", project: "${{entity.projectId}}"}}
""",
    f"""
  - id: move
    when: task_status_changed
    {_LIMITS}
    do:
      - change_status: {{task: "${{entity.id}}", status: Review}}
        id: review
        if: [{{entity.plannedDuration: {{at_least: 2h}}}}]
      - change_status: {{task: "${{entity.id}}", status: In progress}}
        id: progress
        if: [{{entity.plannedDuration: {{less_than: 2h}}}}]
      - set_priority: {{task: "${{entity.id}}", prio: true}}
        id: prio
        if: [{{entity.plannedDuration: {{at_least: 2h}}}}]
      - set_priority: {{task: "${{entity.id}}", prio: false}}
        id: no-prio
        if: [{{entity.plannedDuration: {{less_than: 2h}}}}]
""",
    f"""
  - id: tag
    when: task_type_changed
    {_LIMITS}
    do:
      - add_tags: {{task: "${{entity.id}}", tags: ["${{entity.name}}"]}}
""",
    f"""
  - id: tell
    when: task_type_changed
    {_LIMITS}
    do:
      - notify: {{url: "URL", json: {{name: "${{entity.name}}"}}}}
""",
    f"""
  - id: file
    when: task_type_changed
    {_LIMITS}
    do:
      - create_workiva_task: {{title: "file ${{entity.name}}", once_per: "${{entity.name}}"}}
""",
    f"""
  - id: mirror
    when: task_type_changed
    {_LIMITS}
    do:
      - create_workiva_task: {{title: "mirror ${{entity.name}}"}}
      - sync_workiva_task: {{task: "${{entity.id}}", made_by: mirror,
                            title: "mirror ${{entity.name}}"}}
""",
    f"""
  - id: block
    when: taskassignment_added
    {_LIMITS}
    if: [{{entity.description: {PLAIN}}}]
    do:
      - create_schedule: {{task: "${{entity.id}}", user: {HOLDER}, start: "${{entity.startOn}}",
                          end: "${{entity.dueOn}}"}}
""",
    f"""
  - id: plan
    when: taskassignment_added
    {_LIMITS}
    if: [{{entity.description: {PLANNED}}}]
    do:
      - plan_task: {{task: "${{entity.id}}", effort: "${{entity.plannedDuration}}",
                    from: "${{entity.startOn}}", until: "${{entity.dueOn}}",
                    block: {{min: 30m, max: 4h, round: 15m}}}}
""",
    f"""
  - id: book
    when: project_updated
    {_LIMITS}
    do:
      - book_project: {{project: "${{entity.id}}", users: [{BOOKED}], from: "${{entity.startDate}}",
                       to: "${{entity.dueDate}}", duration: "${{entity.timeBudget}}"}}
""",
)
BROKEN = "  - id: broken\n    when: task_updatd\n    do: [{crate_task: {}}]\n"

#: rule -> the kind of event it is for
KIND_OF = {
    **dict.fromkeys([*COMMENTING, SHADOW], "task_updated"),
    **dict.fromkeys(["log", "follow", "move"], "task_status_changed"),
    **dict.fromkeys(["tag", "tell", "file", "mirror"], "task_type_changed"),
    **dict.fromkeys(["block", "plan"], "taskassignment_added"),
    "book": "project_updated",
}


def text(notify_url: str, chance: Random | None = None) -> str:
    """The rule file; with a chance in another order and with other comments, which means the
    same."""
    each = [_commenting(name, flow) for name, flow in COMMENTING.items()]
    each += [_commenting(SHADOW, "{}", mode="shadow"), *_OTHERS]
    if chance:
        chance.shuffle(each)
        each = [f"  # edited, {chance.getrandbits(32):x}\n{one}" for one in each]
    return _HEAD + "".join(each).replace("URL", notify_url)


def _commenting(name: str, flow: str, *, mode: str = "live") -> str:
    do = _COMMENT.replace("RULE", name)
    told = f"\n  - {{id: {name}, mode: {mode}, when: task_updated, flow: {flow}, {_LIMITS},\n"
    return f"{told}     do: [{{{do}}}]}}\n"
