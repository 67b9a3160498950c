"""The console: what happened, and why. Reads only."""

from __future__ import annotations

from webhooks.console.pages import routes

__all__ = ["routes"]
