"""Processes that work for several workspaces, each with rules in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.contract.several import environ_for
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.reply import text
from webhooks.workspaces import read_all
from workers.runtime import Runtime
from workers.space import Space

_GOOD = """
version: 1
rules:
  - id: {name}
    mode: {mode}
    when: task_added
    do: [{{{action}}}]
"""
BAD = "version: 1\nrules: nothing\n"
COMMENT = 'add_comment: {task: "${entity.id}", message: m}'
MIRROR = "create_workiva_task: {title: t}"
#: one of these workspaces, with these settings beside
Make = Callable[..., Runtime]


def good(name: str, *, mode: str = "shadow", action: str = COMMENT) -> str:
    """A set of one rule."""
    return _GOOD.format(name=name, mode=mode, action=action)


def put(folder: Path, name: str, rules: str) -> Path:
    """The rules of a workspace, in a folder of its own."""
    (folder / name).mkdir(exist_ok=True)
    file = folder / name / "rules.yaml"
    file.write_text(rules, encoding="utf-8")
    return file


@contextmanager
def making(environ: Mapping[str, str], folder: Path) -> Iterator[Make]:
    """Makes processes, and closes what they have open."""
    made: list[Runtime] = []

    def new(*names: str, **others: str) -> Runtime:
        own = {f"HOOKWORK_RULES__{name.upper()}": str(folder / name) for name in names if name}
        made.append(Runtime(read_all(environ_for({**environ, **own}, *names) | others)))
        return made[-1]

    try:
        yield new
    finally:
        for one in made:
            for space in one._spaces:
                space.stop()


def spaces(runtime: Runtime) -> dict[str, Space]:
    """Those of a process, by their names."""
    return {space.name: space for space in runtime._spaces}


def look(runtime: Runtime, times: int = 2) -> None:
    """As the thread does that watches the files."""
    for _ in range(times):
        for space in runtime._spaces:
            space.look_at_rules()


def states(client: Client, name: str) -> list[str]:
    """Of all events of a workspace."""
    found = client.keys(Keys(name).event("*"))
    return [text(client.hget(key, "state")) for key in found if isinstance(key, bytes)]


def rule_ids(space: Space) -> list[str]:
    """Of the rules in force."""
    return [rule.id for rule in space.rules().rules]
