"""A stored reason is said in the reader's language; what somebody wrote by hand stays as it was written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bulou.duties import wording as duty_wording
from bulou.rounds import wording as round_wording
from bulou.testing import rules, wording
from bulou.testing.choices import VisitOutcome

ROOT = Path(__file__).parents[2] / "bulou"
FIELDS = re.compile(r"%\((\w+)\)s")


def catalogue(room: str) -> dict[str, str]:
    with (ROOT / room / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as text:
        return {str(one.id): str(one.string) for one in read_po(text) if one.id}


@pytest.mark.parametrize(
    ("room", "templates"),
    [("duties", duty_wording.TEMPLATES), ("rounds", round_wording.TEMPLATES), ("testing", wording.TEMPLATES)],
)
def test_every_reason_has_a_translation_with_the_same_fields(room, templates):
    found = catalogue(room)
    for template in templates:
        assert set(FIELDS.findall(found[template])) == set(FIELDS.findall(template)), template


def test_every_finding_at_the_door_has_a_word():
    found = catalogue("testing")
    assert all(found[outcome.value.replace("_", " ")] for outcome in VisitOutcome)


@pytest.fixture
def chinese(monkeypatch):
    words = catalogue("rounds") | catalogue("testing")
    monkeypatch.setattr(duty_wording, "gettext", lambda text: words.get(text, text))


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("not found, visited 09-20 10:00", "09-20 10:00 上门:未找到"),
        ("appointed, visited 09-20 10:00, appointed for 09-20 18:00", "09-20 10:00 上门:已约定 09-20 18:00"),
        ("its laboratory 9901:lab001 has said that it is full", "检测机构 9901:lab001 已报满"),
        ("61 people, 10 min", "排队 61 人,等待 10 分钟"),
        ("two of five samplers did not come", "two of five samplers did not come"),
        ("", ""),
    ],
)
def test_a_reason_is_said_in_the_readers_language(chinese, stored, said):
    assert wording.why(stored) == said


def test_the_rate_is_said_too(chinese):
    tally = rules.Tally(roster=1_200, tested=42, exempt=0)
    stored = rules.said_of_rate(rules.Projection(known=True), tally, done="", due="09-20 20:00")
    assert wording.why(stored) == "应检 1200 人,未检 1158 人,每小时采样 0 人:照此进度无法完成,截止 09-20 20:00"
