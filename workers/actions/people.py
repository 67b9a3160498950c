"""When people work, for actions that plan: capacity, days off. Reads what the process keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.errors import TargetRefused
from workers.actions.base import Context
from workers.planning.absences import Absence, of_person

Item = Mapping[str, Any]


def capacity_s(user: str, context: Context) -> Mapping[str, int]:
    """Seconds a person works on each weekday: mon, tue, …"""
    weekly = context.directory.capacity(context.awork, user).get("weeklyCapacity")
    return weekly if isinstance(weekly, Mapping) else {}


def absences(user: str, context: Context) -> tuple[Absence, ...]:
    """The days a person is away: their own, the workspace's, and those of their region."""
    return of_person(
        user,
        context.directory.absences(context.awork, user),
        context.directory.workspace_absences(context.awork),
        lambda: _regions(context),
    )


def _regions(context: Context) -> list[Item]:
    try:
        return context.directory.regions(context.awork)
    except TargetRefused as refused:
        # Planning goes on without: which region people belong to takes a permission of its own.
        context.effects.notes.append(f"days off of regions do not count: {refused}")
        return []
