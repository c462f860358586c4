"""Which person an id means: ids found to be one person lead to the one that was kept."""

from __future__ import annotations

from collections.abc import Collection

from bulou.investigation.models import Merge


def persons(ids: Collection[str]) -> dict[str, str]:
    """For each id the one under which the person is known now; at most a few statements, one per merge in a row."""
    found = {one: one for one in ids}
    asked = set(ids)
    for _ in range(8):  # merges in a row; a circle cannot be merged
        step = dict(Merge.objects.filter(dropped__in=list(asked), undone_at=None).values_list("dropped", "kept"))
        if not step:
            break
        found = {one: step.get(now, now) for one, now in found.items()}
        asked = set(step.values())
    return found


def person(person_id: str) -> str:
    """The id under which somebody is known now."""
    return persons([person_id])[person_id]
