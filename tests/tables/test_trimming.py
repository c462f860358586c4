"""Ids are trimmed in SQL as Python would trim them, whichever blanks stand around them."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from bulou.tables.relation import trimmed
from bulou.tables.text import BLANKS

INSIDE = ["a", "张", "0", "]", "\\", "x{20}", "\u200b", "a b"]


@settings(deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from([*BLANKS, *INSIDE]), max_size=6).map("".join), min_size=1, max_size=30))
def test_blanks_go_from_both_ends_and_stay_inside(texts):
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {trimmed('t')} FROM (SELECT unnest(?::VARCHAR[]) AS t)", [texts]).fetchall()
        assert [row[0] for row in found] == [text.strip(BLANKS) for text in texts]
        assert connection.execute(f"SELECT {trimmed('NULL::VARCHAR')}").fetchone() == (None,)
