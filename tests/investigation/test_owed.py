"""What contacts owe is the pack's: another disease has other days, and nothing of the first is compiled in."""

from __future__ import annotations

from collections import Counter

import pytest

from bulou.investigation.choices import Grade, Setting
from bulou.investigation.rules import owed
from bulou.investigation.rules.grading import Seen, by_rules
from bulou.policy import load_pack
from tests.city import at


def kinds(pack: str, grade: Grade, *, listed: float = 5) -> Counter[str]:
    one = owed.Standing(grade=grade, last_exposed_at=at(2), listed_at=at(listed), graded_at=at(listed))
    return Counter(found.kind for found in owed.expected([one], owed.measures(load_pack(pack))))


@pytest.mark.parametrize(
    ("pack", "grade", "wanted"),
    [
        ("guiyang-2022", Grade.CLOSE, {"contact.released": 1, "contact.tested": 5, "contact.checked": 7}),
        (
            "guiyang-2022",
            Grade.SECONDARY,
            {"contact.released": 1, "contact.home_quarantined": 1, "contact.tested": 3, "contact.checked": 7},
        ),
        ("guiyang-2022", Grade.GENERAL, {"contact.told": 1}),
        ("measles-who", Grade.CLOSE, {"contact.released": 1, "contact.checked": 21}),
        ("measles-who", Grade.GENERAL, {"contact.told": 1}),
    ],
)
def test_each_pack_asks_for_its_own(pack: str, grade: Grade, wanted: dict[str, int]) -> None:
    assert kinds(pack, grade) == wanted


def test_a_second_ring_is_known_to_one_pack_and_not_to_the_other() -> None:
    assert Grade.SECONDARY in owed.measures(load_pack("guiyang-2022"))
    assert Grade.SECONDARY not in owed.measures(load_pack("measles-who"))


def test_ten_minutes_in_a_room_are_much_for_measles_and_little_for_the_other() -> None:
    seen = [Seen(setting=Setting.VENUE, from_at=at(0), until_at=at(1), minutes=10)]
    assert by_rules(seen, since=None, gradings=load_pack("measles-who").gradings).grade is Grade.CLOSE
    assert by_rules(seen, since=None, gradings=load_pack("guiyang-2022").gradings).grade is Grade.GENERAL


def test_who_is_listed_after_the_days_are_over_is_only_told_so() -> None:
    assert kinds("guiyang-2022", Grade.CLOSE, listed=24 * 8) == {"contact.released": 1}


def test_a_grade_that_the_pack_does_not_know_owes_no_days() -> None:
    assert kinds("measles-who", Grade.SECONDARY) == {"contact.told": 1}
