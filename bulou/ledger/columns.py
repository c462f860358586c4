"""Column types that every room's models share."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class CodeField(models.CharField):  # type: ignore[type-arg]  # CharField's parameters differ between stubs and runtime
    """A prefix code, compared by code point on every database.

    SQLite compares bytes by itself. PostgreSQL needs ``COLLATE "C"``, or half-open ranges of codes would follow the
    language's sorting rules and leak siblings.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A code has at most 64 characters unless said otherwise."""
        kwargs.setdefault("max_length", 64)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """The column's type, with the collation where the database needs it."""
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
