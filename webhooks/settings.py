"""Every setting, read once from the environment. The only module that knows the environment.

A secret may come from a file: NAME_FILE names it. Secrets never print.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from webhooks import formats, urls
from webhooks.errors import SettingsRejected
from webhooks.formats import Secret

#: names of the secrets that notifications are signed with; a rule can name no other
NOTIFY_SECRET = re.compile(r"NOTIFY_SECRET_[A-Z0-9_]+(?<!_FILE)")
#: stands for what is in a file that cannot be read: it is not missing, too
_UNREADABLE = "unreadable"
#: what a grant of Workiva's is
WORKIVA_GRANT = ("WORKIVA_CLIENT_ID", "WORKIVA_CLIENT_SECRET")
#: requests that awork allows a Premium workspace; others have fewer
PREMIUM_PER_MINUTE = 1000


class Settings(BaseModel):
    """All settings of one process; see the README's table for what each does."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    redis_url: Annotated[SecretStr, AfterValidator(urls.of_redis)] = Field(
        alias="REDIS_URL", examples=["redis://localhost:6379/0"]
    )
    redis_tls_verify: Literal["required", "none"] = Field(
        "required", alias="REDIS_TLS_VERIFY", examples=["none"]
    )
    port: int = Field(8000, alias="PORT", ge=1, le=65535, examples=["8000"])
    host: str = Field("0.0.0.0", alias="HOST", examples=["127.0.0.1"])  # noqa: S104  as containers and dynos want it
    web_concurrency: int = Field(1, alias="WEB_CONCURRENCY", ge=1, le=64, examples=["1"])
    worker_concurrency: int = Field(8, alias="WORKER_CONCURRENCY", ge=1, le=256, examples=["8"])
    awork_api_url: Annotated[str, AfterValidator(urls.of_http)] = Field(
        "https://api.awork.com/api/v1",
        alias="AWORK_API_URL",
        examples=["https://api.awork.com/api/v1"],
    )
    awork_api_token: Annotated[Secret, AfterValidator(formats.ascii_secret)] = Field(
        alias="AWORK_API_TOKEN", examples=["eyJhbGciOi..."]
    )
    awork_rate_per_minute: int = Field(
        1000, alias="AWORK_RATE_PER_MINUTE", ge=1, le=100_000, examples=["3000"]
    )
    workiva_api_url: Annotated[str, AfterValidator(urls.of_workiva)] = Field(
        "https://api.app.wdesk.com",
        alias="WORKIVA_API_URL",
        examples=["https://api.eu.wdesk.com"],
    )
    workiva_client_id: Secret | None = Field(
        None, alias="WORKIVA_CLIENT_ID", examples=["the id of a grant"]
    )
    workiva_client_secret: Secret | None = Field(
        None, alias="WORKIVA_CLIENT_SECRET", examples=["its secret"]
    )
    workiva_api: Literal["2026-01-01", "prototype-2022-01-01"] = Field(
        "2026-01-01", alias="WORKIVA_API", examples=["2026-01-01"]
    )
    awork_webhook_header: Annotated[str, AfterValidator(formats.header_name)] = Field(
        "x-webhook-secret", alias="AWORK_WEBHOOK_HEADER", examples=["X-Webhook-Secret"]
    )
    awork_webhook_secret: Secret = Field(
        alias="AWORK_WEBHOOK_SECRET", examples=["a long random text"]
    )
    awork_webhook_secret_previous: Secret | None = Field(
        None, alias="AWORK_WEBHOOK_SECRET_PREVIOUS", examples=["the secret before this one"]
    )
    awork_webhook_signing_key: Secret | None = Field(
        None, alias="AWORK_WEBHOOK_SIGNING_KEY", examples=["the key your proxy signs with"]
    )
    hookwork_rules: Path = Field(
        Path("deploy/rules"), alias="HOOKWORK_RULES", examples=["deploy/rules"]
    )
    hookwork_workspaces: Annotated[tuple[str, ...], BeforeValidator(formats.workspaces)] = Field(
        (), alias="HOOKWORK_WORKSPACES", examples=["acme,globex"]
    )
    #: the one that these settings are of; empty for the only one, and for that without a name
    hookwork_workspace: str = Field("", alias="HOOKWORK_WORKSPACE", examples=["acme"])
    hookwork_watch: Literal["auto", "on", "off"] = Field(
        "auto", alias="HOOKWORK_WATCH", examples=["off"]
    )
    hookwork_console_password: Secret | None = Field(
        None, alias="HOOKWORK_CONSOLE_PASSWORD", examples=["a long random text"]
    )
    hookwork_retention: Annotated[timedelta, BeforeValidator(formats.days)] = Field(
        timedelta(days=30), alias="HOOKWORK_RETENTION", examples=["30d"]
    )
    hookwork_closed_before: Annotated[str, AfterValidator(formats.closed_before)] | None = Field(
        None, alias="HOOKWORK_CLOSED_BEFORE", examples=["14d"]
    )
    hookwork_alive: Path | None = Field(None, alias="HOOKWORK_ALIVE", examples=["/run/hookwork"])
    hookwork_notify_allow: Annotated[frozenset[str], BeforeValidator(formats.hosts)] = Field(
        frozenset(),
        alias="HOOKWORK_NOTIFY_ALLOW",
        examples=["mattermost.internal,127.0.0.1:9000"],
    )
    #: by their whole names
    notify_secrets: Mapping[str, Annotated[Secret, AfterValidator(formats.signing_secret)]] = Field(
        {}, alias="NOTIFY_SECRET_", examples=["whsec_..."]
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lambda text: text.lower()),
    ] = Field("info", alias="LOG_LEVEL", examples=["info"])
    log_format: Literal["json", "console"] | None = Field(
        None, alias="LOG_FORMAT", examples=["json"]
    )

    @property
    def retention_s(self) -> int:
        """Seconds that settled events, their runs and the ledger are kept."""
        return int(self.hookwork_retention.total_seconds())

    @property
    def watches(self) -> bool:
        """True when the inbox is compared with awork all the time. That takes requests, which
        budgets below Premium's have none to spare for."""
        if self.hookwork_watch == "auto":
            return self.awork_rate_per_minute >= PREMIUM_PER_MINUTE
        return self.hookwork_watch == "on"

    def closed_before(self, now: datetime) -> date | None:
        """The first day that is open for writing time; None when every day is.

        now: in the zone whose days are counted.
        """
        text = self.hookwork_closed_before
        if text is None:
            return None
        if match := formats.DAYS.fullmatch(text):
            return (now - timedelta(days=int(match[1]))).date()
        return date.fromisoformat(text)


def read(environ: Mapping[str, str]) -> Settings:
    """Read all settings.

    Raises SettingsRejected with one line for each that is missing or unreadable.
    """
    values, problems = _with_files(environ)
    secrets = {
        name: value
        for name, value in values.items()
        if NOTIFY_SECRET.fullmatch(name) and value != _UNREADABLE
    }
    try:
        settings = Settings.model_validate({**values, "NOTIFY_SECRET_": secrets})
    except ValidationError as error:
        problems += [_line([*map(str, e["loc"])], e["type"], e["msg"]) for e in error.errors()]
    problems += _halves(values)
    if problems:
        raise SettingsRejected(problems)
    return settings


def example(name: str) -> str:
    """How a setting is given, for who is told that it is not."""
    return f"Example: {name}={_fields()[name]}"


def given(environ: Mapping[str, str], name: str) -> str:
    """One setting alone; empty when it is not set. Raises SettingsRejected."""
    pair = environ.keys() & {name, f"{name}_FILE"}
    values, problems = _with_files({one: environ[one] for one in pair})
    if problems:
        raise SettingsRejected(problems)
    return values.get(name, "")


def _with_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The environment with every NAME_FILE read. An empty value counts as not set."""
    values = {name: value for name, value in environ.items() if value != ""}
    problems = []
    names = [name.removesuffix("_FILE") for name in values]
    for name in [*_fields(), *filter(NOTIFY_SECRET.fullmatch, names)]:
        if name in values or f"{name}_FILE" not in values:
            continue
        path = values[f"{name}_FILE"]
        try:
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            values[name] = _UNREADABLE
            problems.append(f"{name}_FILE: cannot read {path!r}: {error}")
    return values, problems


def _halves(values: Mapping[str, str]) -> list[str]:
    """A grant's id is of no use without its secret, nor the other way round."""
    lacking = [name for name in WORKIVA_GRANT if name not in values]
    there = [name for name in WORKIVA_GRANT if name in values]
    return [
        f"{name} is missing, though {one} is set. {example(name)}"
        for name in lacking
        for one in there
    ]


def _fields() -> dict[str, str]:
    """Name of each setting and an example of it."""
    return {
        str(field.alias): str((field.examples or [""])[0])
        for field in Settings.model_fields.values()
    }


def _line(place: list[str], kind: str, message: str) -> str:
    name, like = place[-1], _fields()[place[0]]
    problem = "is missing" if kind == "missing" else message.removeprefix("Value error, ")
    verb = "" if problem.startswith(("is ", "must ")) else "cannot be read: "
    return f"{name} {verb}{problem[0].lower()}{problem[1:]}. Example: {name}={like}"
