"""Compile every room's translations (``.po`` → ``.mo``) with Babel, which needs no system package."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Compile what is older than its source."""
    for source in sorted(ROOT.glob("*/**/locale/*/LC_MESSAGES/*.po")):
        if ".venv" in source.parts:
            continue
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text)
        with target.open("wb") as out:
            write_mo(out, catalogue)


if __name__ == "__main__":
    main()
