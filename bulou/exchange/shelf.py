"""Every book of the city, by name: from here pages, HTTP, files and the matrix of roles take them."""

from __future__ import annotations

from collections.abc import Mapping

from bulou.arrivals.book import ARRIVAL_TESTS, ARRIVALS
from bulou.books.values import Book
from bulou.care.book import CARE, HOSPITAL_ANSWERS, STANDING_VISITS
from bulou.channels.book import CHANNELS
from bulou.channels.book import DELIVERIES as NOTICE_DELIVERIES
from bulou.environment.book import JOBS
from bulou.hazards.book import HAZARD_REPORTS, HAZARDS, RISK_POINTS
from bulou.institutions.book import DAILY_REPORTS, FINDINGS, INSTITUTIONS, MATTERS
from bulou.notices.book import BUILDINGS_TOLD, NOTICES, QUESTIONS, TEXTS
from bulou.orders.book import ADDRESSEES, CHECKS, CLASHES, ORDERS
from bulou.orders.meeting_book import DECISIONS, FIGURES, MEETINGS, SHEET
from bulou.orders.post_book import CHECKPOINTS, PASSES, PATROLS, SHIFTS
from bulou.requests.book import CALLS, CAUSES, DRAWS, REQUESTS
from bulou.supplies.book import DELIVERIES, ENTITLEMENTS, NEEDS, PROVISIONS
from bulou.supplies.book_stock import BOOKINGS, GOODS, POINTS, PURCHASES, SLOTS, SUPPLIERS, SUPPLIES
from bulou.testing.book import KIT_DELIVERIES, SELF_TESTS
from bulou.workforce.book import CERTIFICATES, DEPLOYMENTS, HANDS_NEEDED, TEAMS, WORKERS
from bulou.workforce.book import SHIFTS as WORK_SHIFTS
from bulou.workforce.event_book import EVENT_REPORTS, MAJOR_EVENTS
from bulou.worklists.book import SHEETS
from bulou.zones.book import ZONE_PARTS, ZONES

_ALL = (
    SHEETS,
    CHANNELS,
    NOTICE_DELIVERIES,
    JOBS,
    CARE,
    HOSPITAL_ANSWERS,
    STANDING_VISITS,
    KIT_DELIVERIES,
    SELF_TESTS,
    INSTITUTIONS,
    DAILY_REPORTS,
    MATTERS,
    FINDINGS,
    ORDERS,
    ADDRESSEES,
    CHECKS,
    CLASHES,
    MEETINGS,
    DECISIONS,
    SHEET,
    FIGURES,
    CHECKPOINTS,
    SHIFTS,
    PASSES,
    PATROLS,
    REQUESTS,
    CAUSES,
    DRAWS,
    CALLS,
    HAZARDS,
    HAZARD_REPORTS,
    RISK_POINTS,
    NEEDS,
    DELIVERIES,
    ENTITLEMENTS,
    PROVISIONS,
    GOODS,
    SUPPLIERS,
    PURCHASES,
    SUPPLIES,
    POINTS,
    SLOTS,
    BOOKINGS,
    ARRIVALS,
    ARRIVAL_TESTS,
    ZONES,
    ZONE_PARTS,
    WORKERS,
    CERTIFICATES,
    TEAMS,
    HANDS_NEEDED,
    WORK_SHIFTS,
    DEPLOYMENTS,
    MAJOR_EVENTS,
    EVENT_REPORTS,
    NOTICES,
    BUILDINGS_TOLD,
    TEXTS,
    QUESTIONS,
)
BOOKS: Mapping[str, Book] = {book.name: book for book in _ALL}
