"""Edge and worker need to write nowhere, to be nobody in particular, and to have no home."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.journey.conftest import free_port
from tests.journey.stack import HEADERS, SECRET, Part, Stack
from tests.security.hushed import REDIS_PASSWORD, environ, guarded_redis
from tests.security.wire import delivery, say

RULES = """
version: 1
rules:
  - id: tell
    when: task_added
    do: [{add_comment: {task: "${entity.id}", message: "It is new"}}]
"""
#: nobody's; may read what this Python is made of, wherever that is, and write nothing of it
UID = 61_234
AS_NOBODY = [
    *("setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups"),
    *("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search", "--no-new-privs"),
]
#: where anybody may write
OPEN_TO_ALL = ("/tmp", "/var/tmp", "/dev/shm", "/run")
_DOCKER = Path(__file__).parents[2] / "deploy" / "docker" / "Dockerfile"


class AsNobody(Stack):
    """Edge and workers with as few rights as the image gives them."""

    def _part(self, name: str, command: list[str], **added: str) -> Part:
        code = "import os, sys; os.chdir(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])"
        others = AS_NOBODY if os.geteuid() == 0 else []
        python = [sys.executable, *command]
        line = ["-c", code, str(self.folder / "cwd"), *others, *python]
        part = Part(line, {**self.environ, **added}, self.folder / f"{name}.log")
        self.parts.append(part)
        return part


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[AsNobody]:
    """In a folder that nobody may write to."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv here to give up root's rights with")
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    (cwd / "rules.yaml").write_text(RULES)
    cwd.chmod(0o555)
    with guarded_redis(tmp_path) as (place, store), Sandbox.start() as sandbox:
        told = {
            "REDIS_URL": environ(place, REDIS_PASSWORD)["REDIS_URL"],
            "AWORK_API_URL": sandbox.url,
            "AWORK_API_TOKEN": sandbox.token,
            "AWORK_WEBHOOK_SECRET": SECRET,
            "HOOKWORK_RULES": "rules.yaml",
            "HOME": "/nonexistent",
            "TMPDIR": "/nonexistent",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        one = AsNobody(told, store, tmp_path, free_port())
        yield one
        for part in one.parts:
            part.end()
    cwd.chmod(0o755)


def test_an_event_is_done_by_who_may_write_nothing(stack: AsNobody) -> None:
    edge, worker = stack.start_edge(), stack.start_worker()
    secret = f"X-Webhook-Secret: {HEADERS['X-Webhook-Secret']}".encode()
    raw_body = samples.raw(samples.fresh("task_added"))

    with stack.watching() as settled:
        event_id = say(stack.port, delivery(raw_body, secret)).body.split(b'"')[3].decode()
        (told,) = settled.wait_for(event_id)
    owners = {os.stat(f"/proc/{part.process.pid}").st_uid for part in stack.parts}
    codes = [part.stop() for part in (worker, edge)]

    assert told.outcome == "done"
    assert codes == [0, 0]
    assert os.listdir(stack.folder / "cwd") == ["rules.yaml"]
    if os.geteuid() == 0:
        assert owners == {UID}
        assert written_by(UID) == []


def written_by(uid: int) -> list[str]:
    """What a user has left where anybody may write."""
    entries = [Path(top, name) for top in OPEN_TO_ALL for name in os.listdir(top)]
    return [str(path) for path in entries if owner(path) == uid]


def owner(path: Path) -> int:
    try:
        return path.lstat().st_uid
    except OSError:
        # gone meanwhile: another test's
        return -1


def lines() -> list[str]:
    text = _DOCKER.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_runs_as_a_number_that_is_not_root_in_exec_form() -> None:
    stages = [at for at, line in enumerate(lines()) if line.startswith("FROM ")]
    last = lines()[stages[-1] :]

    (user,) = [line.split()[1] for line in last if line.startswith("USER ")]
    assert all(part.isdigit() and int(part) > 0 for part in user.split(":"))
    assert last[-1] == 'CMD ["python", "-m", "webhooks"]'
    assert "PYTHONDONTWRITEBYTECODE=1" in " ".join(last)
    # As root, and what it leaves behind stays: nothing but what an import does.
    (run,) = [line for line in last if line.startswith("RUN ")]
    assert run.startswith("RUN python -c 'import ")


def test_the_image_installs_what_is_locked_and_has_no_secret_in_a_layer() -> None:
    installs = [part for line in lines() for part in line.split("&&") if "pip install" in part]

    assert installs
    for install in installs:
        assert "--require-hashes" in install or "--no-deps /wheels/" in install
    words = " ".join(line for line in lines() if line.startswith(("ENV ", "ARG ", "COPY ")))
    assert not [
        w for w in ("TOKEN", "SECRET", "PASSWORD", "REDIS_URL", ".env", "COPY . ") if w in words
    ]


def test_what_is_sent_to_the_builder_is_named_one_by_one() -> None:
    ignored = (_DOCKER.parents[2] / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert ignored[0] == "*"
    assert "**/.env*" in ignored
