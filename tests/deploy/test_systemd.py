"""The files of deploy/systemd are what systemd, a shell and hookwork read them as."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.processes import PATIENCE_S
from tests.deploy.unitfile import SYSTEMD, Unit, settings_in
from webhooks.settings import NOTIFY_SECRET, Settings
from webhooks.workspaces import read_all

UNIT = Unit.read(SYSTEMD / "hookwork.service")
SECRETS = Unit.read(SYSTEMD / "secrets.conf")
EXAMPLE = (SYSTEMD / "environment.example").read_text(encoding="utf-8")
#: which workspace a command is about, where a service is about all; and signs for the probes of
#: Kubernetes, where `hookwork up` looks after its own processes
NOT_HERE = {"HOOKWORK_WORKSPACE", "HOOKWORK_ALIVE"}
#: seconds that Redis is given beside the others
REDIS_S = 10


def credentials(unit: Unit) -> dict[str, str]:
    """Name of each secret, and the file it is loaded from."""
    return dict(value.split(":", 1) for value in unit.all("LoadCredential"))


def test_every_setting_is_in_the_example_or_a_secret_and_nothing_else_is() -> None:
    of_all = [*settings_in(EXAMPLE), *credentials(UNIT), *credentials(SECRETS)]
    known = {str(field.alias) for field in Settings.model_fields.values()}

    bases = {name.partition("__")[0] for name in of_all}
    named = {"NOTIFY_SECRET_" if NOTIFY_SECRET.fullmatch(base) else base for base in bases}

    assert named == known - NOT_HERE


def test_the_example_can_be_read_as_it_is_and_with_every_line_in_force() -> None:
    secrets = {"AWORK_API_TOKEN": "t", "AWORK_WEBHOOK_SECRET": "s"}
    theirs = {f"{name}__{one}": "x" for name in secrets for one in ("ACME", "GLOBEX")}
    in_force = "\n".join(line for line in EXAMPLE.splitlines() if not line.startswith("#"))

    [as_it_is] = read_all(
        {"REDIS_URL": "unix:///r.sock"} | secrets | settings_in(in_force)
    ).values()
    whole = read_all(secrets | theirs | settings_in(EXAMPLE))

    assert list(whole) == ["", "acme", "globex"]
    assert whole["acme"].awork_rate_per_minute == 3000
    # What a line that begins with # shows is the default, where there is one.
    default, shown = as_it_is.model_dump(), whole[""].model_dump()
    assert {name for name in shown if shown[name] != default[name]} == {
        "redis_url",
        "hookwork_rules",
        "hookwork_closed_before",
        "hookwork_notify_allow",
        "hookwork_workspaces",
        "log_format",
    }


@pytest.mark.parametrize("unit", [UNIT, SECRETS], ids=["service", "secrets"])
def test_each_secret_is_loaded_from_its_file_and_named_to_hookwork(unit: Unit) -> None:
    environ = dict(pair.split("=", 1) for pair in unit.all("Environment"))

    for name, file in credentials(unit).items():
        assert file == f"/etc/hookwork/secrets/{name}"
        assert environ[f"{name}_FILE"] == f"%d/{name}"


def test_no_secret_stands_in_the_environment_file() -> None:
    loaded = credentials(UNIT).keys() | credentials(SECRETS).keys()

    assert not loaded & settings_in(EXAMPLE).keys()


def test_there_is_time_for_all_to_end_in_order() -> None:
    assert int(UNIT.one("TimeoutStopSec")) > PATIENCE_S + REDIS_S
    # Redis must outlive the others: `hookwork up` tells each when.
    assert UNIT.one("KillMode") == "mixed"


def test_whatever_ends_it_it_is_started_again() -> None:
    assert UNIT.one("Restart") == "on-failure"
    assert UNIT.one("StartLimitIntervalSec") == "0"


def test_systemd_finds_no_fault_in_it(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("no systemd-analyze here: the unit's words and its exposure were not checked")
    file = tmp_path / "hookwork.service"
    text = (SYSTEMD / "hookwork.service").read_text(encoding="utf-8")
    # It wants the command to be there.
    file.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", text, flags=re.MULTILINE))

    found = subprocess.run([analyze, "verify", file], capture_output=True, text=True, check=False)
    exposed = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", "--no-pager", file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stderr) == (0, "")
    # Of 100, where 0 is the least exposed; what is left is that it speaks to the network.
    assert exposed.returncode == 0, exposed.stdout


def test_hookworkctl_gives_a_command_the_settings_the_secrets_and_the_data(tmp_path: Path) -> None:
    etc, state = tmp_path / "etc", tmp_path / "state"
    (etc / "secrets").mkdir(parents=True)
    state.mkdir()
    (etc / "secrets" / "AWORK_API_TOKEN").write_text("token", encoding="utf-8")
    (etc / "environment").write_text(f'{EXAMPLE}\nHOOKWORK_RETENTION="7d"\n', encoding="utf-8")
    program = tmp_path / "hookwork"
    program.write_text('#!/bin/sh\npwd; env; echo "given $*"\n', encoding="utf-8")
    program.chmod(0o700)
    places = {"HOOKWORK_ETC": etc, "HOOKWORK_STATE": state, "HOOKWORK_PROGRAM": program}

    done = subprocess.run(
        [SYSTEMD / "hookworkctl", "failed", "--limit", "3"],
        env={"PATH": os.environ["PATH"], **{name: str(place) for name, place in places.items()}},
        capture_output=True,
        text=True,
        check=True,
    )

    told = done.stdout.splitlines()
    assert told[0] == str(state)
    assert "HOOKWORK_RETENTION=7d" in told
    assert f"AWORK_API_TOKEN_FILE={etc}/secrets/AWORK_API_TOKEN" in told
    assert f"HOOKWORK_RULES={etc}/rules" in told
    assert "token" not in told
    assert told[-1] == "given failed --limit 3"
