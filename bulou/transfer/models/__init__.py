"""The room's tables: people who must move, the fleet and receivers, plans with their trips."""

from __future__ import annotations

from bulou.transfer.models.fleet import DriverShift, OutsideRoom, Receiver, TransferDriver, Vehicle, VehicleShift
from bulou.transfer.models.people import LIVE, NamedCarer, PickupPoint, TransferRequest
from bulou.transfer.models.plans import RUNNING, LeftOut, Leg, ListDay, Plan, SafetyStop, Trip, TripStop

__all__ = [
    "LIVE",
    "RUNNING",
    "DriverShift",
    "LeftOut",
    "Leg",
    "ListDay",
    "NamedCarer",
    "OutsideRoom",
    "PickupPoint",
    "Plan",
    "Receiver",
    "SafetyStop",
    "TransferDriver",
    "TransferRequest",
    "Trip",
    "TripStop",
    "Vehicle",
    "VehicleShift",
]
