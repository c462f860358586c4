"""The room's tables: sites with their parties and findings, rooms and stays, care, and the days at home."""

from __future__ import annotations

from bulou.isolation.models.care import GuestCheck, GuestNeed, GuestTest, HeadCount, InfectionReview, MealService, ReviewLink
from bulou.isolation.models.homes import FollowUp, FollowUpCheck
from bulou.isolation.models.sites import Finding, Inspection, InspectionAnswer, IsolationSite, SiteParty, Survey, Training
from bulou.isolation.models.stays import IN_ROOM, LIVE, Room, Stay

__all__ = [
    "IN_ROOM",
    "LIVE",
    "Finding",
    "FollowUp",
    "FollowUpCheck",
    "GuestCheck",
    "GuestNeed",
    "GuestTest",
    "HeadCount",
    "InfectionReview",
    "Inspection",
    "InspectionAnswer",
    "IsolationSite",
    "MealService",
    "ReviewLink",
    "Room",
    "SiteParty",
    "Stay",
    "Survey",
    "Training",
]
