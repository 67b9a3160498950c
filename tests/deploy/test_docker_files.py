"""compose.yaml and its settings: what runs is held, hidden, and told all there is to tell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy import docker_files
from tests.deploy.docker_files import COMPOSE, DOCKER, compose, megabytes, mounted, services
from webhooks.settings import NOTIFY_SECRET, Settings, read

NAMES = sorted(services())
OURS = ("edge", "worker")
ALIASES = {str(field.alias) for field in Settings.model_fields.values()}
#: settings that example.env has no line for -> why
LEFT_OUT = {
    "HOST": "compose.yaml sets it: the way in is a published port",
    "PORT": "compose.yaml sets it, and publishes it",
    "LOG_FORMAT": "compose.yaml sets it",
    "HOOKWORK_RULES": "compose.yaml mounts RULES_FOLDER there",
    "HOOKWORK_ALIVE": "compose.yaml mounts a folder there",
    "HOOKWORK_WORKSPACE": "of a command; processes serve all",
    "NOTIFY_SECRET_": "rules name them; one is there as an example",
}


def checked(path: Path) -> subprocess.CompletedProcess[str]:
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=60, check=False
    )


def test_compose_is_as_its_specification_wants_it(tmp_path: Path) -> None:
    misspelt = tmp_path / "compose.yaml"
    text = COMPOSE.read_text(encoding="utf-8")
    misspelt.write_text(text.replace("stop_grace_period", "stop_grace"), encoding="utf-8")

    good, bad = checked(COMPOSE), checked(misspelt)

    assert good.returncode == 0, good.stdout + good.stderr
    assert bad.returncode == 1
    assert "stop_grace" in bad.stdout


def docker_compose() -> list[str]:
    """Compose itself, which needs no daemon to read a file."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            asked = subprocess.run([*command, "version"], capture_output=True, check=False)
            if asked.returncode == 0:
                return command
    pytest.skip("there is no docker compose here: only its specification was asked")


def test_compose_itself_reads_it_with_what_the_script_makes(tmp_path: Path) -> None:
    command = docker_compose()
    there = tmp_path / "deploy" / "docker"
    shutil.copytree(DOCKER, there, ignore=shutil.ignore_patterns("secrets", ".env"))
    making = ["sh", str(there / "secrets.sh")]
    subprocess.run(making, input="a key\n", text=True, check=True, capture_output=True)

    done = subprocess.run(
        [*command, "-f", str(there / "compose.yaml"), "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_every_service_has_no_rights_and_no_disk_and_comes_back(name: str) -> None:
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert service["pids_limit"] > 0
    assert megabytes(service["mem_limit"]) > 0
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & service.keys()


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(OURS)))
def test_what_is_pulled_is_pinned_to_one_version(name: str) -> None:
    image = services()[name]["image"]

    assert re.search(r":v?\d+\.\d+\.\d+(-[a-z]+)?(@sha256:[0-9a-f]{64})?$", image), image


def test_edge_and_worker_are_one_image_which_is_built_here() -> None:
    edge, worker = (services()[name] for name in OURS)

    assert edge["image"] == worker["image"]
    assert edge["build"] == worker["build"]
    built = edge["build"]
    context = (DOCKER / built["context"]).resolve()
    assert context == docker_files.ROOT
    assert (context / built["dockerfile"]).is_file()


def test_nothing_is_published_but_edge_and_grafana_and_that_on_this_machine_alone() -> None:
    published = {
        name: docker_files.substituted(port)
        for name in NAMES
        for port in services()[name].get("ports", ())
    }

    assert published == {"edge": "127.0.0.1:8000:8000", "grafana": "127.0.0.1:3000:3000"}


def test_redis_is_reached_by_edge_and_worker_alone_and_has_no_way_out() -> None:
    networks = compose()["networks"]
    beside = {
        name
        for name in NAMES
        if set(services()["redis"]["networks"]) & {*services()[name]["networks"]}
    }

    assert beside == {"redis", *OURS}
    for name in ("redis", "prometheus"):
        assert all(networks[one].get("internal") for one in services()[name]["networks"]), name
    assert set(networks) == {one for name in NAMES for one in services()[name]["networks"]}


@pytest.mark.parametrize("name", OURS)
def test_a_process_is_given_the_time_it_takes_to_end(name: str) -> None:
    assert int(services()[name]["stop_grace_period"].removesuffix("s")) > 25


@pytest.mark.parametrize("name", NAMES)
def test_what_is_mounted_is_there_or_a_volume_or_made_by_the_script(name: str) -> None:
    for source in mounted(services()[name]).values():
        made = source.startswith("./secrets/")
        assert made or source in compose()["volumes"] or (DOCKER / source).exists(), source


@pytest.mark.parametrize("name", NAMES)
def test_what_is_mounted_of_the_host_is_never_written_to(name: str) -> None:
    for one in services()[name].get("volumes", ()):
        if isinstance(one, str):
            assert one.endswith(":ro") or one.split(":")[0] in compose()["volumes"], one
        else:
            assert one["read_only"] is True, one
            # A folder that Docker makes up is empty, and root's.
            assert one["bind"] == {"create_host_path": False}, one


def test_each_service_is_asked_whether_it_lives() -> None:
    asked = {name for name in NAMES if "healthcheck" in services()[name]}

    # That of the edge is the image's own.
    assert asked == {*NAMES} - {"edge"}
    assert "HEALTHCHECK" in (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def test_a_worker_gives_its_signs_where_it_is_asked_for_them() -> None:
    worker = services()["worker"]

    folder = worker["environment"]["HOOKWORK_ALIVE"]
    assert worker["healthcheck"]["test"] == [
        *("CMD", "python", "-m", "workers.alive"),
        *(folder, "ready"),
    ]
    (mount,) = worker["tmpfs"]
    assert mount.startswith(f"{folder}:")
    # As whom the image runs.
    assert "uid=10001,gid=10001" in mount


def test_every_variable_is_a_setting_or_one_of_compose() -> None:
    for name in {*docker_files.settings(commented=True), *services()["worker"]["environment"]}:
        bare = re.sub(r"(__[A-Z0-9_]+?)?(_FILE)?$", "", name)
        known = bare in ALIASES or NOTIFY_SECRET.fullmatch(bare) or name in docker_files.variables()
        assert known, name


def test_every_setting_has_a_line_or_a_reason_to_have_none() -> None:
    told = {name.removesuffix("_FILE") for name in docker_files.settings(commented=True)}

    assert told & LEFT_OUT.keys() == set()
    # What compose.yaml sets may be a setting that only some versions have.
    assert ALIASES - told - LEFT_OUT.keys() == set()


@pytest.mark.parametrize("commented", [False, True])
def test_settings_can_be_read_as_they_stand_and_with_every_line_in_force(
    commented: bool, tmp_path: Path
) -> None:
    told = docker_files.settings(commented=commented)
    environ = {**told, **services()["worker"]["environment"]}
    # A workspace by name has no room beside the only one: its lines are another choice.
    environ = {name: value for name, value in environ.items() if "WORKSPACES" not in name}
    for name in [name for name in environ if name.endswith("_FILE")]:
        contents = {
            "REDIS_URL_FILE": "redis://:x@redis:6379/0",
            "NOTIFY_SECRET_CHAT_FILE": "whsec_",
        }
        (tmp_path / name).write_text(contents.get(name, "something") + "A" * 32 * (name[0] == "N"))
        assert environ[name].startswith("/run/secrets/")
        environ[name] = str(tmp_path / name)

    found = read(environ)

    assert found.port == 8000
    assert found.hookwork_console_password is not None
    assert (found.workiva_client_id is not None) == commented
