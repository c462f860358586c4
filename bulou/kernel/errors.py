"""The one tree of errors; every message says what was wrong, where, and what to do.

BulouError
├── InputFault      a file, row or field cannot be taken         (exit 2, HTTP 422)
├── NotPermitted    the actor may not do this here               (exit 2, HTTP 403)
├── NotFound        missing, or not visible to this actor        (exit 2, HTTP 404)
├── Conflict        the same key with other content              (exit 2, HTTP 409)
├── Refused         the state of the record forbids the step     (exit 2, HTTP 409)
├── CapacityFull    no slot, room, laboratory line is left       (exit 2, HTTP 409)
└── PolicyFault     a policy pack is wrong or lacks a value      (exit 2, HTTP 500)
"""

from __future__ import annotations

import traceback


def let_go(fault: BaseException) -> None:
    """Empty the frames that an error's traceback keeps, once it is answered.

    A cursor of SQLite in such a frame would be cleared later by whichever thread collects garbage, which then waits for
    this thread's connection; when it holds the one write lock meanwhile, both stand still until the lock's time is over.
    """
    seen: list[BaseException | None] = [fault, fault.__cause__, fault.__context__]
    for one in seen:
        if one is not None:
            traceback.clear_frames(one.__traceback__)


class BulouError(Exception):
    """An error that a user can act upon: message, stable ``code``, ``remedy``, and where it happened."""

    default_code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        remedy: str = "",
        file: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        """Keep the parts; ``line()`` and ``as_json()`` put them together."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.remedy = remedy
        self.file = file
        self.row = row
        self.column = column

    @property
    def where(self) -> str:
        """The place in words (``roster.csv, row 7, column person_id``), empty when there is none."""
        parts = [self.file] if self.file else []
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def line(self) -> str:
        """One line for a terminal: where, what, remedy."""
        head = f"{self.where}: " if self.where else ""
        tail = f" {self.remedy}" if self.remedy else ""
        return f"{head}{self.message}{tail}"

    def as_json(self) -> dict[str, object]:
        """The object that ``--json`` prints and the API's problem documents extend."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.remedy:
            body["remedy"] = self.remedy
        if self.file:
            body["file"] = self.file
        if self.row is not None:
            body["row"] = self.row
        if self.column:
            body["column"] = self.column
        return body

    def __str__(self) -> str:
        return self.line()


class InputFault(BulouError):
    """A file, row or field cannot be taken as it is."""

    default_code = "input"


class NotPermitted(BulouError):
    """The actor's role or jurisdiction does not cover this operation."""

    default_code = "not-permitted"


class NotFound(BulouError):
    """The record is missing, or not visible to this actor: the two answer alike."""

    default_code = "not-found"


class Conflict(BulouError):
    """The same natural key arrived with other content."""

    default_code = "conflict"


class Refused(BulouError):
    """The present state of the record forbids the step."""

    default_code = "refused"


class CapacityFull(BulouError):
    """No slot is left where one was asked for."""

    default_code = "full"


class TooMany(BulouError):
    """Somebody asked too often; the remedy says what else there is."""

    default_code = "too-many"


class PolicyFault(BulouError):
    """A policy pack is wrong, or lacks a value that a rule needs."""

    default_code = "policy"
