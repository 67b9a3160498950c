"""When people work, for actions that plan: capacity, days off. Reads what the process keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.errors import TargetRefused
from workers.actions.base import Context
from workers.planning.absences import Absence, of_awork

Item = Mapping[str, Any]


def capacity_s(user: str, context: Context) -> Mapping[str, int]:
    """Seconds a person works on each weekday: mon, tue, …"""
    weekly = context.directory.capacity(context.awork, user).get("weeklyCapacity")
    return weekly if isinstance(weekly, Mapping) else {}


def absences(user: str, context: Context) -> tuple[Absence, ...]:
    """The days a person is away: their own, the workspace's, and those of their region."""
    own = context.directory.absences(context.awork, user)
    days_off = context.directory.workspace_absences(context.awork)
    regions = _regions(user, context) if any(one.get("regionId") for one in days_off) else set()
    items = [one for one in own if not one.get("deletedOn")]
    items += [one for one in days_off if one.get("regionId") in {None, *regions}]
    return tuple(of_awork(item) for item in items if item.get("startOn"))


def _regions(user: str, context: Context) -> set[str]:
    try:
        regions = context.directory.regions(context.awork)
    except TargetRefused as refused:
        # Planning goes on without: which region people belong to takes a permission of its own.
        context.effects.notes.append(f"days off of regions do not count: {refused}")
        return set()
    return {str(one["id"]) for one in regions if user in (one.get("assignedUsers") or [])}
