"""What a stored reason says to readers of either language."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from bulou.specimens import rules, wording
from bulou.specimens.choices import Discrepancy, Outcome

PO = Path(wording.__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_every_template_and_outcome_has_a_chinese_translation_with_the_same_fields():
    with PO.open("rb") as text:
        catalogue = {message.id: message.string for message in read_po(text) if message.id}
    for template in (*wording.TEMPLATES, *(outcome.value for outcome in Outcome)):
        assert catalogue.get(template), template
    for template in wording.TEMPLATES:
        named = {field.split(")")[0] for field in template.split("%(")[1:]}
        assert {field.split(")")[0] for field in catalogue[template].split("%(")[1:]} == named


@pytest.mark.parametrize(
    "text",
    [
        rules.SAID_POOL % {"tube": "T1"},
        rules.SAID_UNCLEAR % {"tube": "T1", "outcome": "invalid"},
        rules.said_differs(
            (Discrepancy.SEAL, Discrepancy.SHORT),
            expected=rules.Counted(box_id="B1", seal="S1", count=3),
            read=rules.Counted(box_id="B1", seal="S9", count=2),
        ),
        "van stolen; written by hand",
    ],
)
def test_a_reason_reads_in_english_as_it_is_stored(text):
    with translation.override("en"):
        assert wording.why(text) == text


def test_both_numbers_are_said_whatever_differs():
    expected = rules.Counted(box_id="B1", seal="S1", count=3)
    for found, box, seal, count in (
        ((Discrepancy.SWAPPED,), "B2", "S1", 3),
        ((Discrepancy.LOST,), "", "", 0),
        ((Discrepancy.OVER, Discrepancy.LATE), "B1", "S1", 4),
    ):
        said = rules.said_differs(found, expected=expected, read=rules.Counted(box_id=box, seal=seal, count=count))
        assert f"{count} tubes counted, 3 expected" in said
