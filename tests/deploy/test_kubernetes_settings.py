"""Every variable is a setting, and every setting is there or said to be left at its default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from ssl import CERT_REQUIRED

import pytest
from kombu import Connection

from tests.deploy import kube_files
from tests.deploy.kube_files import SOURCES, of_kind, one
from webhooks import workspaces
from webhooks.settings import Settings
from webhooks.store import connection

RENDERED = list(kube_files.RENDERED)
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
SECRETS = "/etc/hookwork/secrets/"
#: a setting, for a workspace alone or for all, from a file or not
_VARIABLE = re.compile(r"([A-Z][A-Z0-9_]*?)(__[A-Z0-9_]+?)?(_FILE)?")


def setting(variable: str) -> str:
    """The setting that a variable is of."""
    match = _VARIABLE.fullmatch(variable)
    assert match, variable
    return "NOTIFY_SECRET_" if match[1].startswith("NOTIFY_SECRET_") else match[1]


def variables(name: str) -> dict[str, str]:
    """What edge and worker are told."""
    told: dict[str, str] = one(kube_files.kept(name), "ConfigMap", "hookwork-settings")["data"]
    return told


def made_up(told: dict[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """The same, where each secret is a file that is there."""
    for variable, value in told.items():
        if variable.endswith("_FILE"):
            secret = folder / value.removeprefix(SECRETS)
            content = "redis://redis:6379/0" if variable == "REDIS_URL_FILE" else "something"
            secret.write_text(content)
            yield variable, str(secret)
        else:
            yield variable, value


@pytest.mark.parametrize("name", RENDERED)
def test_every_variable_is_a_setting(name: str) -> None:
    assert {setting(variable) for variable in variables(name)} <= SETTINGS
    own = [
        each["name"]
        for _, pod in kube_files.pods(kube_files.kept(name))
        for container in kube_files.containers(pod)
        for each in container.get("env", ())
    ]
    assert own == (["REDISCLI_AUTH"] if name == "local" else [])


def test_every_setting_is_set_or_said_to_be_left_alone() -> None:
    text = (SOURCES / "base" / "settings.env").read_text(encoding="utf-8")

    named = re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE)

    assert {setting(variable) for variable in named} == SETTINGS
    assert len(named) == len(set(named))


def test_what_is_said_to_be_a_default_is_one(tmp_path: Path) -> None:
    text = (SOURCES / "base" / "settings.env").read_text(encoding="utf-8")
    left = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE))
    fields = {str(field.alias): name for name, field in Settings.model_fields.items()}
    as_it_is = dict(made_up(variables("local"), tmp_path))
    (found,) = workspaces.read_all({k: v for k, v in as_it_is.items() if "LOG" not in k}).values()

    unlike = []
    for variable, value in left.items():
        field = fields.get(variable)
        if field is None or getattr(found, field) in (None, frozenset(), (), ""):
            continue  # an example: by default there is nothing
        (given,) = workspaces.read_all({**as_it_is, variable: value}).values()
        if getattr(given, field) != getattr(found, field):
            unlike.append(variable)
    assert unlike == []


@pytest.mark.parametrize("name", RENDERED)
def test_no_secret_is_told_but_by_the_name_of_its_file(name: str) -> None:
    secret = [
        str(field.alias)
        for field in Settings.model_fields.values()
        if "Secret" in str(field.annotation)
    ]

    assert "AWORK_API_TOKEN" in secret
    told = variables(name)
    assert [each for each in told if setting(each) in secret and not each.endswith("_FILE")] == []
    assert [
        each for each, value in told.items() if each.endswith("_FILE") and SECRETS not in value
    ] == []


@pytest.mark.parametrize("name", RENDERED)
def test_what_they_are_told_can_be_read(name: str, tmp_path: Path) -> None:
    found = workspaces.read_all(dict(made_up(variables(name), tmp_path)))

    assert list(found) == (["", "acme", "globex"] if name == "everything" else [""])


@pytest.mark.parametrize("name", RENDERED)
def test_every_path_that_is_named_is_mounted(name: str) -> None:
    (worker,) = (
        pod for pod in of_kind(kube_files.kept(name), "Deployment") if "worker" in str(pod)
    )
    (container,) = kube_files.pod_of(worker)["spec"]["containers"]
    mounted = [mount["mountPath"] for mount in container["volumeMounts"]]

    paths = [value for value in variables(name).values() if value.startswith("/")]
    assert paths
    assert [path for path in paths if not {path, path.rpartition("/")[0]} & {*mounted}] == []


def test_an_authority_of_ones_own_is_told_to_both_clients_of_redis(tmp_path: Path) -> None:
    readme = (SOURCES / "README.md").read_text(encoding="utf-8")
    (url,) = re.findall(r"`(rediss://\S+ssl_ca_certs\S+)`", readme)
    told = dict(made_up(variables("production"), tmp_path))
    (tmp_path / "REDIS_URL").write_text(url)
    (settings,) = workspaces.read_all(told).values()

    ours = connection.sync_client(settings).connection_pool.connection_kwargs
    celerys = Connection(connection.broker_url(settings)).ssl

    assert isinstance(celerys, dict)
    assert ours["ssl_ca_certs"] == celerys["ssl_ca_certs"] == f"{SECRETS}REDIS_CA"
    assert (ours["ssl_cert_reqs"], celerys["ssl_cert_reqs"]) == ("required", CERT_REQUIRED)
