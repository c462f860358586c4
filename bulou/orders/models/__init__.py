"""The room's tables."""

from __future__ import annotations

from bulou.orders.models.meetings import Decision, Meeting, MeetingFigure, SheetLine
from bulou.orders.models.orders import Addressee, Check, Order, OrderClash
from bulou.orders.models.posts import Checkpoint, CheckpointShift, Pass, Patrol

__all__ = [
    "Addressee",
    "Check",
    "Checkpoint",
    "CheckpointShift",
    "Decision",
    "Meeting",
    "MeetingFigure",
    "Order",
    "OrderClash",
    "Pass",
    "Patrol",
    "SheetLine",
]
