"""Keyset paging: the key of a list's row, ``sort|id``, as it stands in an address and comes back from it."""

from __future__ import annotations

from datetime import datetime

from bulou.kernel.errors import InputFault


def key(sort: datetime | str, pk: str) -> str:
    """The key after which the next page begins."""
    return f"{sort.isoformat() if isinstance(sort, datetime) else sort}|{pk}"


def text_of(given: str) -> tuple[str, str]:
    """The sort value and the id of a key; ``InputFault`` when it is not one."""
    sort, bar, pk = given.partition("|")
    if not bar:
        raise _not_a_key()
    return sort, pk


def instant_of(given: str) -> tuple[datetime, str]:
    """The instant and the id of a key; ``InputFault`` when it is not one."""
    sort, pk = text_of(given)
    try:
        found = datetime.fromisoformat(sort)
    except ValueError as fault:
        raise _not_a_key() from fault
    if found.tzinfo is None:
        raise _not_a_key()
    return found, pk


def _not_a_key() -> InputFault:
    return InputFault("this is not a key of the list", column="after", remedy="Use the key that the page before gave.")
