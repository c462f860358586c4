"""How a person is named where no name may stand."""

from __future__ import annotations


def masked(name: str, person_id: str) -> str:
    """Somebody in a duty's label, without the name in clear: the family name and the end of the public key."""
    end = person_id[-min(4, max(1, len(person_id) // 3)) :]
    return f"{name[0]}** …{end}" if name else f"…{end}"
