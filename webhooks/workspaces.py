"""The workspaces of awork that one deployment serves, each with settings of its own.

`HOOKWORK_WORKSPACES=acme,globex` names them; AWORK_API_TOKEN__ACME is AWORK_API_TOKEN for acme
alone. What is not given for one is as it is for all, but no secret: nobody acts in one workspace
with the token of another because a line was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from webhooks import formats
from webhooks.errors import SettingsRejected
from webhooks.settings import NOTIFY_SECRET, Settings, given, read

#: secrets of one workspace: they are never taken from the settings of all
SECRETS = (
    "AWORK_API_TOKEN",
    "AWORK_WEBHOOK_SECRET",
    "AWORK_WEBHOOK_SECRET_PREVIOUS",
    "AWORK_WEBHOOK_SIGNING_KEY",
    "WORKIVA_CLIENT_ID",
    "WORKIVA_CLIENT_SECRET",
)
#: what each workspace may have a value of its own for
OWN = (
    *SECRETS,
    "AWORK_API_URL",
    "AWORK_RATE_PER_MINUTE",
    "AWORK_WEBHOOK_HEADER",
    "HOOKWORK_RULES",
    "HOOKWORK_WATCH",
    "HOOKWORK_CLOSED_BEFORE",
    "HOOKWORK_NOTIFY_ALLOW",
    "WORKIVA_API_URL",
    "WORKIVA_API",
)
_CHOICE = "HOOKWORK_WORKSPACE"
#: either says that there is a workspace that needs no name
_UNNAMED = ("AWORK_API_TOKEN", "AWORK_WEBHOOK_SECRET")
#: a setting of one workspace: its name, the workspace, and whether it names a file
_OF_ONE = re.compile(r"([A-Z][A-Z0-9_]*?)__([A-Z][A-Z0-9_]*?)(_FILE)?")


def read_all(environ: Mapping[str, str]) -> dict[str, Settings]:
    """The settings of each workspace, by its name; empty for the one that needs none.

    Raises SettingsRejected with one line for each that is missing or unreadable.
    """
    found, problems = {}, list(_strangers(environ, _names(environ)))
    for name in known(environ):
        try:
            found[name] = read(environ_of(environ, name))
        except SettingsRejected as rejected:
            problems += [_renamed(line, name) for line in rejected.problems]
    if problems:
        raise SettingsRejected(list(dict.fromkeys(problems)))
    return found


def known(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of all workspaces; empty for one that needs none. Raises SettingsRejected when
    they cannot be read."""
    names = _names(environ)
    has_unnamed = any({name, f"{name}_FILE"} & environ.keys() for name in _UNNAMED)
    return names if names and not has_unnamed else ("", *names)


def which(environ: Mapping[str, str]) -> str:
    """The workspace that HOOKWORK_WORKSPACE names; where it names none, the only one, or the one
    without a name.

    Raises SettingsRejected when there is no such workspace.
    """
    names, name = known(environ), environ.get(_CHOICE, "")
    if name in names:
        return name
    if not name and len(names) == 1:
        return names[0]
    named = ", ".join(filter(None, names))
    others = f"There are {named}" if named else "HOOKWORK_WORKSPACES names none"
    wrong = f"there is no workspace {name!r}" if name else "which workspace is meant is not said"
    raise SettingsRejected([f"{wrong} (--workspace, or HOOKWORK_WORKSPACE). {others}"])


def environ_of(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """The environment as it is for one workspace alone, its name among it."""
    names = _names(environ)
    return {**(_alone(environ, name, names) if names else environ), _CHOICE: name}


def chosen(environ: Mapping[str, str]) -> Settings:
    """The settings of the workspace that is meant. Raises SettingsRejected as read_all and which
    do."""
    name = which(environ)
    return read_all(environ)[name]


def _names(environ: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return formats.workspaces(given(environ, "HOOKWORK_WORKSPACES"))
    except ValueError as error:
        raise SettingsRejected(
            [f"HOOKWORK_WORKSPACES {error}. Example: HOOKWORK_WORKSPACES=acme,globex"]
        ) from error


def _alone(environ: Mapping[str, str], name: str, names: Sequence[str]) -> dict[str, str]:
    suffixes = {_suffix(one) for one in names}
    of_all = {
        key: value
        for key, value in environ.items()
        if not (match := _OF_ONE.fullmatch(key)) or match[2] not in suffixes
    }
    if not name:
        return of_all
    of_one = {
        match[1] + (match[3] or ""): value
        for key, value in environ.items()
        if (match := _OF_ONE.fullmatch(key)) and match[2] == _suffix(name)
    }
    replaced = {key.removesuffix("_FILE") for key in of_one}
    return {
        key: value
        for key, value in of_all.items()
        if (base := key.removesuffix("_FILE")) not in replaced and not _is_secret(base)
    } | of_one


def _strangers(environ: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    """Settings of a workspace that is not named, or that no single one can have."""
    if not names:
        return
    suffixes = {_suffix(one): one for one in names}
    aliases = {str(field.alias) for field in Settings.model_fields.values()}
    for key in sorted(environ):
        if not (match := _OF_ONE.fullmatch(key)):
            continue
        base, suffix = match[1], match[2]
        is_own = base in OWN or _is_secret(base)
        if suffix in suffixes and base in aliases and not is_own:
            yield f"{key} cannot be given for one workspace: {base} is of the whole deployment"
        elif suffix not in suffixes and base in OWN:
            yield f"{key} is of no workspace that HOOKWORK_WORKSPACES names: {', '.join(names)}"


def _is_secret(name: str) -> bool:
    return name in SECRETS or bool(NOTIFY_SECRET.fullmatch(name))


def _suffix(name: str) -> str:
    return name.upper().replace("-", "_")


def _renamed(line: str, workspace: str) -> str:
    """What is wrong, with the name that the setting has for this workspace."""
    if not workspace:
        return line
    names = "|".join((*OWN, NOTIFY_SECRET.pattern))
    return re.sub(rf"\b({names})(?=[ =:]|_FILE\b)", rf"\1__{_suffix(workspace)}", line)
