"""What actions declare about themselves, and the loader checks rules against. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class ParameterKind(Enum):
    """What an action wants in a parameter."""

    TEXT = auto()
    #: text with units, such as 1h30m
    DURATION = auto()
    #: text such as 2026-03-27, or `today`
    DAY = auto()
    #: text such as 2026-03-27T18:00:00Z
    INSTANT = auto()
    #: a day, which awork means as midnight UTC, or text as for INSTANT
    DAY_OR_INSTANT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    #: an id or a name, or an object with an id
    REFERENCE = auto()
    #: an id, or an object with one: the thing has no name to go by
    ID = auto()
    #: a list; a single value stands for a list of one
    LIST = auto()
    MAP = auto()
    #: a part of a whole, such as 50%
    SHARE = auto()
    ANY = auto()


@dataclass(frozen=True)
class Parameter:
    """One parameter of one action, as the action declares it."""

    kind: ParameterKind
    required: bool = False
    #: one sentence for people
    about: str = ""
    #: the only values allowed, as they are written; empty: any
    choices: tuple[str, ...] = ()
    #: what a text looks like, as a regular expression; empty: any. With `like`, its words
    pattern: str = ""
    like: str = ""
    #: of a map: the keys it may have; empty: any
    fields: Mapping[str, Parameter] = field(default_factory=dict)
    #: of a list: what each item is; None: anything
    items: Parameter | None = None
    #: that it is null says something of its own, such as that a day is taken away
    may_be_null: bool = False
    #: with it, one of these must be given
    needs: tuple[str, ...] = ()
    #: where it is not given, one of these must be
    unless: tuple[str, ...] = ()
    #: with it, none of these may be given
    excludes: tuple[str, ...] = ()


#: action name -> parameter name -> what it takes
Vocabulary = Mapping[str, Mapping[str, Parameter]]
