"""Words of paper lists, and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class SheetState(StrEnum):
    """Where a paper list is."""

    OUT = "out"  # 在外
    RETURNED = "returned"  # 已交回
    LOST = "lost"  # 遗失


RETURNED: Final = "worklist.returned"
LOSS_LOOKED: Final = "worklist.loss_looked"
