"""The workspaces of awork that one deployment serves, each with settings of its own.

`HOOKWORK_WORKSPACES=acme,globex` names them; AWORK_API_TOKEN__ACME is AWORK_API_TOKEN for acme
alone. What is not given for one is as it is for all, but no secret: nobody acts in one workspace
with the token of another because a line was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

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
_OF_ONE = re.compile(r"([A-Z][A-Z0-9_]*)__([A-Z][A-Z0-9_]*?)(_FILE)?")

#: a command that is about one workspace, in what people are told
_COMMAND = re.compile(r"\bhookwork (?=(backfill|check|doctor|drop|failed|replay|resume|undo)\b)")


def read_all(environ: Mapping[str, str]) -> dict[str, Settings]:
    """The settings of each workspace, by its name; empty for the one that needs none.

    Raises SettingsRejected with one line for each that is missing or unreadable.
    """
    found, problems = {}, list(_strangers(environ, _names(environ)))
    for name in known(environ):
        try:
            found[name] = _read(environ, name)
        except SettingsRejected as rejected:
            problems += rejected.problems
    if problems:
        raise SettingsRejected(list(dict.fromkeys(problems)))
    return found


def known(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of all workspaces; empty for one that needs none. Raises SettingsRejected when
    they cannot be read."""
    names = _names(environ)
    has_unnamed = any(environ.get(name) or environ.get(f"{name}_FILE") for name in _UNNAMED)
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
    """The settings of the workspace that is meant; those of others need not be there. Raises
    SettingsRejected as read_all and which do."""
    return _read(environ, which(environ))


def named(line: str, workspace: str) -> str:
    """A line for people about one workspace: its secrets by the names they have for it, and
    commands that name it. Twice is once."""
    if not workspace:
        return line
    return _COMMAND.sub(f"hookwork --workspace {workspace} ", _renamed(line, workspace, _is_secret))


def _read(environ: Mapping[str, str], name: str) -> Settings:
    own = {key.removesuffix("_FILE") for key in _own(environ, name)}
    try:
        return read(environ_of(environ, name))
    except SettingsRejected as rejected:
        # What all share has no other name for one of them.
        lines = [
            _renamed(line, name, lambda base: _is_secret(base) or base in own)
            for line in rejected.problems
        ]
        raise SettingsRejected(lines) from rejected


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
    of_one = _own(environ, name)
    replaced = {key.removesuffix("_FILE") for key in of_one}
    return {
        key: value
        for key, value in of_all.items()
        if (base := key.removesuffix("_FILE")) not in replaced and not _is_secret(base)
    } | of_one


def _own(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """What is given for one workspace alone. An empty value counts as not given."""
    return {
        match[1] + (match[3] or ""): value
        for key, value in environ.items()
        if value
        and (match := _OF_ONE.fullmatch(key))
        and match[2] == _suffix(name)
        and _is_own(match[1])
    }


def _strangers(environ: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    """Settings of a workspace that is not named, or that no single one can have; and secrets that
    none will have."""
    suffixes = [_suffix(one) for one in names]
    aliases = {str(field.alias) for field in Settings.model_fields.values()}
    given_names = sorted(key for key, value in environ.items() if value)
    if "" not in known(environ):
        yield from _of_nobody(given_names, suffixes)
    for key in given_names:
        if not (match := _OF_ONE.fullmatch(key)):
            continue
        base, suffix = match[1], match[2]
        if suffix in suffixes and base in aliases and not _is_own(base):
            yield f"{key} cannot be given for one workspace: {base} is of the whole deployment"
        elif suffix not in suffixes and base in OWN:
            told = ", ".join(names) or "it names none"
            yield f"{key} is of no workspace that HOOKWORK_WORKSPACES names: {told}"


def _of_nobody(given_names: Sequence[str], suffixes: Sequence[str]) -> Iterator[str]:
    """Whoever sets a key for signatures must not believe that they are asked for."""
    for key in given_names:
        match, base = _OF_ONE.fullmatch(key), key.removesuffix("_FILE")
        if _is_secret(base) and not (match and match[2] in suffixes):
            example = f"{match[1] if match else base}__{suffixes[0]}"
            yield f"{key} is of no workspace: each has secrets of its own. Example: {example}=..."


def _is_own(name: str) -> bool:
    return name in OWN or _is_secret(name)


def _is_secret(name: str) -> bool:
    return name in SECRETS or bool(NOTIFY_SECRET.fullmatch(name))


def _suffix(name: str) -> str:
    return name.upper().replace("-", "_")


def _renamed(line: str, workspace: str, is_own: Callable[[str], bool]) -> str:
    """What is wrong, with the names that settings have for this workspace."""
    if not workspace:
        return line
    names = "|".join((*OWN, NOTIFY_SECRET.pattern))

    def renamed(match: re.Match[str]) -> str:
        name, end = match[1], f"__{_suffix(workspace)}"
        return name if name.endswith(end) or not is_own(name) else name + end

    return re.sub(rf"\b({names})(?=_FILE\b|\b)", renamed, line)
