"""The duties of this room by their kinds in the pack, and what each is about."""

from __future__ import annotations

from datetime import date
from typing import Final

from bulou.isolation.choices import NeedKind

SITE_READY: Final = "isolation.site_ready"
RESERVE_OPENED: Final = "isolation.reserve_opened"
PARTY_NAMED: Final = "isolation.party_named"
FINDING_FIXED: Final = "isolation.finding_fixed"
FINDING_RECHECKED: Final = "isolation.finding_rechecked"
STAFF_TRAINED: Final = "isolation.staff_trained"
DOOR_CLEARED: Final = "isolation.door_cleared"
RELEASE_DECIDED: Final = "isolation.release_decided"
EXIT_REVIEWED: Final = "isolation.exit_reviewed"
ROOM_DISINFECTED: Final = "isolation.room_disinfected"
HEADS_COUNTED: Final = "isolation.heads_counted"
HEADS_RECONCILED: Final = "isolation.heads_reconciled"
TESTS_TAKEN: Final = "isolation.tests_taken"
TEST_CAUGHT_UP: Final = "isolation.test_caught_up"
CHECKS_DONE: Final = "isolation.checks_done"
CHECK_CAUGHT_UP: Final = "isolation.check_caught_up"
INFECTION_REVIEWED: Final = "isolation.infection_reviewed"
HOME_ACCEPTED: Final = "followup.home_accepted"
DAY_CHECKED: Final = "followup.day_checked"
HOME_TESTED: Final = "followup.home_tested"
PERSON_FOUND: Final = "followup.person_found"

NEEDS: Final = {
    NeedKind.QUESTION: "isolation.question_answered",
    NeedKind.MEAL: "isolation.meal_brought",
    NeedKind.MEDICINE: "isolation.medicine_given",
    NeedKind.DOCTOR: "isolation.doctor_came",
    NeedKind.SUPPLY: "isolation.supply_brought",
    NeedKind.COUNSEL: "isolation.counsel_given",
}

# Why a duty is owed, stored in English and said again in the reader's language (wording.py).
SAID_ARRIVED: Final = "%(people)s people arrived"
SAID_HEADS: Final = "%(present)s there, %(listed)s on the list"
SAID_ABSENT: Final = "%(people)s on the list were not scanned"
SAID_UNLISTED: Final = "%(people)s scanned are on no list here"
SAID_INSIDE: Final = "negative at entry, positive on day %(day)s; infected and near: %(near)s"
SAID_AGAIN: Final = "found for the %(times)s. time: %(note)s"
SAID_UNTRAINED: Final = "not trained in: %(topics)s"
SAID_TEST_MISSED: Final = "the test of %(day)s was not taken"
SAID_CHECK_MISSED: Final = "not seen often enough on %(day)s"
SAID_LEFT: Final = "%(why)s: %(note)s"

CHECKLIST: Final = "isolation.site"
TRAINING: Final = "isolation.training"


def site_about(site: str) -> str:
    """What a site's duties and ledger entries are about."""
    return f"isosite:{site}"


def day_about(site: str, on: date) -> str:
    """A site on one local day: its tests, checks and head count are owed once a day."""
    return f"isosite:{site}@{on.isoformat()}"


def party_about(site: str, kind: str) -> str:
    """One of the five parties of a site."""
    return f"isosite:{site}/party:{kind}"


def training_about(site: str, staff: str) -> str:
    """Somebody who is to work at a site."""
    return f"isosite:{site}/staff:{staff}"


def finding_about(code: str) -> str:
    """A finding of an inspection."""
    return f"finding:{code}"


def room_about(room: str) -> str:
    """A room."""
    return f"isoroom:{room}"


def stay_about(code: str) -> str:
    """Somebody's stay."""
    return f"stay:{code}"


def test_about(stay: str, day: int) -> str:
    """The test of one day of a stay."""
    return f"stay:{stay}/test:{day}"


def check_about(stay: str) -> str:
    """The checks that a stay lacks."""
    return f"stay:{stay}/check"


def need_about(code: str) -> str:
    """A guest's need."""
    return f"need:{code}"


def review_about(code: str) -> str:
    """The review of an infection."""
    return f"infection:{code}"


def home_about(code: str) -> str:
    """Somebody's days at home."""
    return f"followup:{code}"


def home_day_about(code: str, day: int, kind: str) -> str:
    """What is owed on one of the days at home."""
    return f"followup:{code}/{kind}:{day}"
