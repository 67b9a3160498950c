"""What Heroku reads: app.json, Procfile, .python-version; and the page for who deploys."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr

from deploy.cli import app as hookwork
from tests.journey.heroku_slug import ROOT, app_json, compiled, config_vars, procfile
from webhooks import VERSION
from webhooks.settings import Settings, read

SCHEMA = json.loads((Path(__file__).parent / "heroku_app_json.schema.json").read_text())
PAGE = (ROOT / "deploy" / "heroku" / "README.md").read_text(encoding="utf-8")
ALIASES = {str(field.alias) for field in Settings.model_fields.values()}
#: settings that app.json does not ask for -> why
LEFT_OUT = {
    "REDIS_URL": "the add-on sets it",
    "PORT": "Heroku sets it, anew for each dyno",
    "HOST": "the router comes from elsewhere, so all addresses: the default",
    "HOOKWORK_ALIVE": "for whoever supervises a worker; Heroku sees that a process has ended",
    "NOTIFY_SECRET_": "rules name them",
    "HOOKWORK_WORKSPACE": "of a command; processes serve all",
}
TYPED = {"AWORK_API_TOKEN": "typed-in"}


def test_app_json_is_as_heroku_wants_it() -> None:
    jsonschema.validate(app_json(), SCHEMA)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda app: app.update(adons=[]),
        lambda app: app.update(description="long " * 40),
        lambda app: app["env"].update(token={"value": "lower case"}),
        lambda app: app["env"]["WEB_CONCURRENCY"].update(value=1),
        lambda app: app["env"]["WEB_CONCURRENCY"].update(generator="secret"),
        lambda app: app["env"]["LOG_LEVEL"].update(requird=False),
        lambda app: app["formation"]["web"].update(size="standard"),
        lambda app: app["formation"]["web"].pop("quantity"),
        lambda app: app["addons"].append({"as": "REDIS"}),
        lambda app: app["buildpacks"].append("heroku/python"),
        lambda app: app["environments"]["test"].update(script="true"),
        lambda app: app.update(stack="heroku-18"),
    ],
)
def test_a_mistake_in_app_json_is_found(spoil: Callable[[dict[str, Any]], Any]) -> None:
    app = app_json()

    spoil(app)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(app, SCHEMA)


def test_every_setting_is_asked_for_or_left_out_for_a_reason() -> None:
    asked = set(app_json()["env"])

    assert asked | LEFT_OUT.keys() == ALIASES
    assert asked & LEFT_OUT.keys() == set()


def test_every_setting_is_described() -> None:
    short = {name for name, told in app_json()["env"].items() if len(told["description"]) < 20}

    assert short == set()


def test_an_app_made_from_app_json_has_settings_that_can_be_read() -> None:
    heroku = {"REDIS_URL": "rediss://:p@ec2-1.example.com:12345", "PORT": "51234"}

    settings = read(config_vars(TYPED) | heroku)

    assert settings.redis_tls_verify == "none"
    assert settings.web_concurrency == 1
    assert settings.hookwork_console_password is not None
    assert len(settings.awork_webhook_secret.get_secret_value()) == 64


def test_no_secret_has_a_value_that_everybody_can_read() -> None:
    secret = {
        str(field.alias)
        for field in Settings.model_fields.values()
        if "Secret" in str(field.annotation) or field.annotation is SecretStr
    }
    given = {name for name, told in app_json()["env"].items() if "value" in told}

    assert {"AWORK_API_TOKEN", "HOOKWORK_CONSOLE_PASSWORD"} <= secret
    assert given & secret == set()


def test_each_process_takes_the_place_of_the_shell_that_is_given_its_command() -> None:
    # A shell in between would end at Heroku's SIGTERM, and with it the dyno.
    shells = {name for name, line in procfile().items() if not line.startswith("exec python -m ")}

    assert procfile().keys() == {"release", "web", "worker"}
    assert shells == set()


def test_the_formation_has_every_process_that_goes_on() -> None:
    assert app_json()["formation"].keys() == procfile().keys() - {"release"}


def test_the_buildpack_finds_one_list_of_packages_and_one_version_of_python() -> None:
    others = ("Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "runtime.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()

    assert [name for name in others if (ROOT / name).exists()] == []
    # Without its third number, so that security fixes come with the next build.
    assert re.fullmatch(r"3\.\d+", version)
    oldest = project["requires-python"].removeprefix(">=")
    assert tuple(map(int, version.split("."))) >= tuple(map(int, oldest.split(".")))


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == VERSION


def test_the_page_names_settings_and_commands_that_there_are() -> None:
    there = {
        command.name or getattr(command.callback, "__name__", "")
        for command in hookwork.registered_commands
    }
    named = set(re.findall(r"\b((?:AWORK|HOOKWORK|REDIS|WEB|WORKER|WORKIVA)_[A-Z_]+)\b", PAGE))
    commands = set(re.findall(r"python -m deploy\.cli (\w+)", PAGE))

    assert named - {"HOOKWORK_WORKSPACES"} <= ALIASES
    assert commands
    assert commands <= there


@pytest.mark.nightly
def test_heroku_ci_checks_and_tests_the_rules(tmp_path: Path) -> None:
    slug = compiled(tmp_path)
    script = app_json()["environments"]["test"]["scripts"]["test"]

    done = subprocess.run(
        ["sh", "-c", script], cwd=slug.folder, env=slug.environ, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert b"no mistakes" in done.stdout
