"""secrets.sh: what it makes, for whom, and that it changes nothing that is there."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.deploy.docker_files import DOCKER, settings

MADE = {
    ".env",
    "secrets/grafana/ADMIN_PASSWORD",
    "secrets/hookwork/AWORK_API_TOKEN",
    "secrets/hookwork/AWORK_WEBHOOK_SECRET",
    "secrets/hookwork/HOOKWORK_CONSOLE_PASSWORD",
    "secrets/hookwork/REDIS_URL",
    "secrets/redis/users.acl",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "example.env").write_text((DOCKER / "example.env").read_text(encoding="utf-8"))
    return tmp_path


def run(folder: Path, typed: str = "the key\n") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(DOCKER / "secrets.sh"), str(folder)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def contents(folder: Path) -> dict[str, str]:
    """Every file that was made -> what is in it."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "example.env")
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_that_the_example_names_is_made(folder: Path) -> None:
    done = run(folder)

    assert done.returncode == 0, done.stderr
    made = contents(folder)
    assert set(made) == MADE
    for name, place in settings().items():
        if name.endswith("_FILE"):
            assert f"secrets/hookwork/{Path(place).name}" in made
    assert made["secrets/hookwork/AWORK_API_TOKEN"] == "the key"
    random = [made[name] for name in MADE if name.endswith(("SECRET", "PASSWORD"))]
    assert len({*random}) == 3
    assert {len(one) for one in random} == {64}


def test_who_is_in_a_container_reads_them_and_nobody_else_on_the_machine(folder: Path) -> None:
    run(folder)

    assert mode(folder / "secrets") == 0o700
    assert mode(folder / ".env") == 0o600
    for path in (folder / "secrets").rglob("*"):
        assert mode(path) == (0o755 if path.is_dir() else 0o444), path


def test_no_secret_is_printed(folder: Path) -> None:
    done = run(folder)

    for secret in set(contents(folder).values()):
        assert secret not in done.stdout + done.stderr


def test_what_is_there_is_left_as_it_is_and_what_is_missing_is_made(folder: Path) -> None:
    run(folder)
    before = contents(folder)
    (folder / "secrets" / "grafana" / "ADMIN_PASSWORD").unlink()

    again = run(folder, typed="another key\n")

    after = contents(folder)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"secrets/grafana/ADMIN_PASSWORD"}
    assert again.stdout == "made secrets/grafana/ADMIN_PASSWORD\n"


def test_without_a_key_it_says_how_to_give_one_and_can_be_started_again(folder: Path) -> None:
    refused = run(folder, typed="")

    assert refused.returncode == 1
    assert refused.stderr == (
        "no API key: give it when asked, or sh secrets.sh < file-with-the-key\n"
    )
    assert "secrets/hookwork/AWORK_API_TOKEN" not in contents(folder)
    assert run(folder).returncode == 0
    assert set(contents(folder)) == MADE


def test_redis_and_its_address_never_have_two_passwords(folder: Path) -> None:
    run(folder)
    (folder / "secrets" / "redis" / "users.acl").unlink()

    refused = run(folder)
    (folder / "secrets" / "hookwork" / "REDIS_URL").unlink()
    made = run(folder)

    assert refused.returncode == 1
    assert "remove secrets/hookwork/REDIS_URL, too" in refused.stderr
    assert made.returncode == 0
    password = contents(folder)["secrets/hookwork/REDIS_URL"].split(":")[2].partition("@")[0]
    assert f">{password} " in contents(folder)["secrets/redis/users.acl"]
