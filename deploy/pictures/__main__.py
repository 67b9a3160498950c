"""Draws the pictures of the documentation anew.

    python -m deploy.pictures

A test compares them with what the code draws now.
"""

from __future__ import annotations

from pathlib import Path

from deploy.pictures import week

PLANNED_WEEK = Path(__file__).parent.parent.parent / "docs" / "planned-week.svg"


def main() -> None:
    """Write each file."""
    PLANNED_WEEK.parent.mkdir(exist_ok=True)
    PLANNED_WEEK.write_text(week.drawn(), encoding="utf-8")


if __name__ == "__main__":
    main()
