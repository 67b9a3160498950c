"""A deployment of two workspaces, and whoever gives commands about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.sandbox.server import Sandbox
from tests.contract.several import environ_for
from tests.contract.unheard import RULES

NAMES = ("acme", "globex")


def desk_of(environ: Mapping[str, str], sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Its environment; the sandbox is acme's awork, and globex's is away."""
    rules = folder / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    own = {
        "AWORK_API_URL__ACME": sandbox.url,
        "AWORK_API_TOKEN__ACME": sandbox.token,
        "HOOKWORK_RULES": str(rules),
        "HOOKWORK_WORKSPACE": "",
    }
    return {**environ_for(environ, *NAMES), **own}


def hookwork(env: Mapping[str, str], *arguments: str) -> Result:
    """Give a command."""
    return CliRunner().invoke(app, arguments, env=env)


def of(env: Mapping[str, str], workspace: str, *arguments: str) -> Result:
    """Give a command about one workspace."""
    return hookwork(env, "--workspace", workspace, *arguments)
