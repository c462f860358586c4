"""Lines of a filled paper list, read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault, Refused
from bulou.worklists import rules
from bulou.worklists.choices import SheetState

OUTCOMES = {"away", "refused", "not_found", "sick"}
_notes = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40).map(str.strip)


@given(st.dictionaries(st.integers(1, 9999), st.tuples(st.sampled_from(sorted(OUTCOMES)), _notes), min_size=1, max_size=30))
def test_what_is_written_is_read_whatever_the_order(lines):
    text = "\n\n".join(f" {number} {outcome} {note}" for number, (outcome, note) in reversed(lines.items()))
    assert rules.read_ticks(text, outcomes=OUTCOMES) == [(number, *lines[number]) for number in sorted(lines)]


@pytest.mark.parametrize(
    ("text", "says"), [("", "nothing"), ("x away", "not a number"), ("3 gone", "not a number"), ("3 away\n3 sick", "twice")]
)
def test_what_cannot_be_read_says_which_line(text, says):
    with pytest.raises(InputFault, match=says) as found:
        rules.read_ticks(text, outcomes=OUTCOMES)
    assert found.value.column == "ticks"


def test_a_list_is_as_long_as_a_walk():
    rules.require_length(rules.MOST, place="x")
    with pytest.raises(Refused):
        rules.require_length(0, place="x")
    with pytest.raises(InputFault, match="601 people"):
        rules.require_length(rules.MOST + 1, place="x")


@pytest.mark.parametrize("state", [SheetState.RETURNED, SheetState.LOST])
def test_what_is_not_out_is_not_filled_in(state):
    with pytest.raises(Refused):
        rules.require_out(state, doing="filled in")
