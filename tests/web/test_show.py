"""What a page shows is placed, worded and masked as its rules say."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel.clock import CITY_ZONE
from bulou.web.navigation import NAV
from bulou.web.show.band import Kind, LaneHead, Mark, band
from bulou.web.show.chart import Point, needed_by, progress_chart
from bulou.web.show.figures import (
    Align,
    Cell,
    Column,
    Empty,
    Meter,
    Row,
    State,
    Table,
    clock_chip,
    percent,
    state_of,
    waiting_chip,
)
from bulou.web.show.story import Interval, Moment, StoryLane, age_lane, story
from bulou.web.show.words import count, late_words, mask_id, mask_name, share, span_words, time_of

NOW = datetime(2022, 10, 12, 14, 26, tzinfo=CITY_ZONE)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONE = (LaneHead(key="a", name="Specimens", href="/late"),)


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


def marks(*minutes: float, label: str = "") -> list[Mark]:
    return [Mark(lane="a", due_at=NOW + m * MINUTE, label=label, href=f"/{m}") for m in minutes]


def bars(*minutes: float, label: str = ""):
    return band(marks(*minutes, label=label), NOW, lanes=ONE).lanes[0].bars


class TestBand:
    def test_now_stands_where_the_past_ends(self):
        assert band([], NOW, lanes=ONE).now_x == "25.00%"
        assert band([], NOW, 2 * HOUR, 2 * HOUR, lanes=ONE).now_x == "50.00%"

    def test_a_late_mark_reaches_from_its_due_instant_to_now(self):
        (bar,) = bars(-30)
        assert (bar.kind, bar.x, bar.w, bar.end) == (Kind.LATE, "12.50%", "12.50%", "25.00%")

    def test_the_due_instant_itself_is_late(self):
        assert bars(0)[0].kind is Kind.LATE
        assert bars(0.02)[0].kind is Kind.SOON

    def test_within_the_hour_is_hollow_and_beyond_it_is_filled(self):
        soon, later = bars(60, 61.5)
        assert (soon.kind, later.kind) == (Kind.SOON, Kind.LATER)

    def test_what_was_due_before_the_band_is_cut_at_its_edge_and_says_so(self):
        (bar,) = bars(-300)
        assert (bar.x, bar.clipped) == ("0.00%", True)
        assert "5 h 00 min late" in bar.title
        assert not bars(-59)[0].clipped

    def test_what_is_due_after_the_band_is_left_out(self):
        assert bars(179) != ()
        assert bars(180) == ()

    def test_late_marks_pile_up_in_steps_that_rise_towards_now(self):
        steps = bars(-40, -10, -25)
        assert [step.count for step in steps] == [1, 2, 3]
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert [step.step for step in steps] == sorted({step.step for step in steps})
        assert {step.end for step in steps} == {"25.00%"}
        assert {step.href for step in steps} == {"/late"}

    def test_late_marks_of_one_instant_are_one_step_and_all_are_counted(self):
        lane = band(marks(-20, -20, -5), NOW, lanes=ONE).lanes[0]
        assert [bar.count for bar in lane.bars] == [2, 3]
        assert lane.late == 3
        assert lane.words == "3 late"

    def test_a_single_late_mark_links_to_itself(self):
        assert bars(-20)[0].href == "/-20"

    def test_crowded_marks_become_one_with_their_number_and_share_label_and_link_only_if_equal(self):
        (bar,) = bars(90, 91, 92, label="boxes")
        assert (bar.count, bar.label, bar.href) == (3, "boxes", "")
        assert bar.title == "3 boxes · first due 15:56"
        mixed = [*marks(90, label="boxes"), *marks(91, label="teams")]
        (bar,) = band(mixed, NOW, lanes=ONE).lanes[0].bars
        assert (bar.count, bar.label, bar.title) == (2, "", "2 duties · first due 15:56")

    def test_marks_that_do_not_touch_on_a_phone_stay_apart(self):
        assert [bar.count for bar in bars(90, 120)] == [1, 1]

    def test_a_crowd_does_not_join_what_is_due_within_the_hour_with_what_is_later(self):
        assert [(bar.kind, bar.count) for bar in bars(58, 59, 61, 62)] == [(Kind.SOON, 2), (Kind.LATER, 2)]

    def test_a_slot_is_as_wide_as_it_lasts(self):
        slot = Mark(lane="a", due_at=NOW + HOUR * 1.5, until=NOW + HOUR * 2)
        (bar,) = band([slot], NOW, lanes=ONE).lanes[0].bars
        assert bar.w == "12.50%"

    def test_a_label_that_would_run_into_the_next_bar_is_left_to_the_title(self):
        first, second = bars(90, 110, label="twenty letters of it")
        assert first.label == ""
        assert "twenty letters of it" in first.title
        assert second.label == "twenty letters of it"

    def test_a_mark_of_no_lane_is_an_error_of_the_caller(self):
        with pytest.raises(ValueError, match="unknown lane 'b'"):
            band([Mark(lane="b", due_at=NOW)], NOW, lanes=ONE)

    def test_full_hours_are_named_but_not_beside_now(self):
        lines = band([], NOW, lanes=ONE).lines
        assert [line.text for line in lines] == ["14:00", "15:00", "16:00", "17:00", "now 14:26"]
        at_the_hour = band([], NOW + 30 * MINUTE, lanes=ONE).lines
        assert [line.text for line in at_the_hour if line.kind == "hour"] == ["14:00", "", "16:00", "17:00"]

    @given(st.lists(st.floats(min_value=-400, max_value=400), max_size=60))
    def test_nothing_is_lost_and_all_stays_inside(self, minutes: list[float]):
        lane = band(marks(*minutes), NOW, lanes=ONE).lanes[0]
        late = [m for m in minutes if NOW + m * MINUTE <= NOW]
        coming = [m for m in minutes if NOW < NOW + m * MINUTE < NOW + 3 * HOUR]
        assert lane.late == len(late)
        assert max((bar.count for bar in lane.bars if bar.kind is Kind.LATE), default=0) == len(late)
        assert sum(bar.count for bar in lane.bars if bar.kind is not Kind.LATE) == len(coming)
        assert all(0 <= bar.at <= bar.at + bar.width <= 1.0000001 for bar in lane.bars)
        drawn = [bar for bar in lane.bars if bar.kind is not Kind.LATE]
        assert all(a.at + a.width <= b.at for a, b in pairwise(drawn) if a.kind is b.kind)


class TestStory:
    def one(self, **changes):
        lanes = (
            StoryLane(name="Site", intervals=(Interval(start=NOW - 5 * HOUR, until=NOW - 3 * HOUR),), moments=()),
            StoryLane(
                name="Courier",
                intervals=(Interval(start=NOW - 3 * HOUR),),
                moments=(Moment(at=NOW - HOUR, label="told"),),
            ),
        )
        values = {"now": NOW, "opened_at": NOW - 5 * HOUR, "due_at": NOW - HOUR, "closed_at": None} | changes
        return story(lanes, **values)

    def test_owners_follow_each_other_without_gap_or_overlap(self):
        site, courier = self.one().lanes
        assert [bar.kind for bar in site.bars] == [Kind.HELD]
        assert site.bars[0].end == courier.bars[0].x

    def test_time_beyond_the_limit_is_late_and_begins_at_the_limit(self):
        shown = self.one()
        held, late, told = shown.lanes[1].bars
        assert (held.kind, late.kind, told.kind) == (Kind.HELD, Kind.LATE, Kind.TOLD)
        (limit,) = [line for line in shown.lines if line.kind == "limit"]
        assert held.end == late.x == limit.x
        assert late.end == shown.now_x
        assert "1 h 00 min beyond the limit" in late.title

    def test_a_closed_story_has_no_now_and_ends_at_its_close(self):
        shown = self.one(closed_at=NOW - 2 * HOUR)
        assert shown.now_x == ""
        assert not [line for line in shown.lines if line.kind == "now"]
        assert [bar.kind for bar in shown.lanes[1].bars] == [Kind.HELD, Kind.TOLD]

    def test_without_a_clock_nothing_is_late(self):
        shown = self.one(due_at=None)
        assert Kind.LATE not in [bar.kind for lane in shown.lanes for bar in lane.bars]

    def test_an_age_is_held_to_its_limit_and_late_beyond(self):
        lane = age_lane(NOW - 5 * HOUR, NOW - HOUR, now=NOW, before=6 * HOUR, after=2 * HOUR)
        assert [(bar.kind, bar.x, bar.end) for bar in lane.bars] == [
            (Kind.HELD, "12.50%", "62.50%"),
            (Kind.LATE, "62.50%", "75.00%"),
        ]
        assert lane.words == "since 09:26, 1 h 00 min late"

    def test_an_age_that_ended_in_time_is_done(self):
        lane = age_lane(NOW - 5 * HOUR, NOW - HOUR, now=NOW, before=6 * HOUR, after=HOUR, closed_at=NOW - 2 * HOUR)
        assert [bar.kind for bar in lane.bars] == [Kind.DONE]


class TestChart:
    START, END = NOW - 8 * HOUR, NOW + 2 * HOUR

    def test_needed_rises_evenly_from_the_start_to_the_deadline(self):
        def at(hours: float) -> int:
            return needed_by(self.START + hours * HOUR, starts_at=self.START, deadline=self.END, total=1000)

        assert [at(-1), at(0), at(5), at(10), at(11)] == [0, 0, 500, 1000, 1000]

    def test_the_table_behind_says_how_far_behind(self):
        chart = progress_chart(
            [Point(at=self.START, tested=0), Point(at=NOW, tested=700)],
            starts_at=self.START,
            deadline=self.END,
            total=1000,
            now=NOW,
            projected_at=NOW + 4 * HOUR,
        )
        assert [(row.tested, row.needed, row.ahead) for row in chart.rows] == [(0, 0, 0), (700, 800, -100)]
        assert chart.projected.startswith(chart.tested.split(" ")[-1])

    def test_a_projection_beyond_the_plot_ends_at_its_edge_below_all(self):
        chart = progress_chart(
            [Point(at=NOW, tested=100)],
            starts_at=self.START,
            deadline=self.END,
            total=1000,
            now=NOW,
            projected_at=NOW + 100 * HOUR,
        )
        x, y = chart.projected.split(" ")[-1].split(",")
        assert x == "100.00"
        assert float(y) > 6

    def test_without_points_and_without_people_it_is_empty_and_does_not_fail(self):
        chart = progress_chart([], starts_at=self.START, deadline=self.END, total=0, now=NOW)
        assert (chart.tested, chart.area, chart.projected, chart.end_x, chart.rows) == ("", "", "", "", ())


class TestStates:
    @pytest.mark.parametrize(
        ("minutes", "state"),
        [(-1, State.LATE), (0, State.LATE), (1, State.SOON), (60, State.SOON), (61, State.LATER)],
    )
    def test_late_from_the_due_instant_soon_within_the_hour(self, minutes: int, state: State):
        assert state_of(NOW + minutes * MINUTE, NOW) is state

    def test_a_clock_says_what_it_shows(self):
        assert clock_chip(NOW - 56 * MINUTE, NOW).text == "56 min late"
        assert clock_chip(NOW + 18 * MINUTE, NOW).text == "18 min left"

    @pytest.mark.parametrize(("waited", "state"), [(29, State.PLAIN), (30, State.SOON), (59, State.SOON), (60, State.LATE)])
    def test_waiting_turns_amber_at_half_of_the_time_to_answer_and_late_at_its_end(self, waited: int, state: State):
        assert waiting_chip(NOW - waited * MINUTE, NOW, answer_within=HOUR).state is state

    def test_waiting_without_a_time_to_answer_is_only_told(self):
        assert waiting_chip(NOW - 9 * HOUR, NOW).state is State.PLAIN

    def test_a_meter_stays_within_its_drawing(self):
        meter = Meter(share=1.2, needed=-0.1, words="120 %")
        assert (meter.fill, meter.tick) == ("100.00%", "0.00%")
        assert Meter(share=0.5, words="half").tick == ""
        assert percent(0.873) == "87.30%"

    def test_a_row_of_another_length_is_refused(self):
        columns = (Column(label="Unit"), Column(label="Missing", align=Align.NUMBER))
        with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
            Table(caption="t", columns=columns, rows=(Row(cells=(Cell(text="a"),)),), empty=Empty(text="none"))


class TestWords:
    @pytest.mark.parametrize(
        ("span", "words"),
        [
            (timedelta(seconds=59), "under 1 min"),
            (MINUTE, "1 min"),
            (59 * MINUTE + timedelta(seconds=59), "59 min"),
            (HOUR, "1 h 00 min"),
            (4 * HOUR + 12 * MINUTE, "4 h 12 min"),
            (24 * HOUR, "1 d"),
            (27 * HOUR + 59 * MINUTE, "1 d 3 h"),
            (-56 * MINUTE, "56 min"),
        ],
    )
    def test_a_span_has_two_units_at_most_and_is_rounded_down(self, span: timedelta, words: str):
        assert span_words(span) == words

    @pytest.mark.usefixtures("_compiled")
    def test_spans_and_clocks_in_chinese(self):
        with translation.override("zh-hans"):
            assert span_words(4 * HOUR + 12 * MINUTE) == "4 小时 12 分"
            assert late_words(NOW - 56 * MINUTE, NOW) == "逾期 56 分"
            assert late_words(NOW + 18 * MINUTE, NOW) == "余 18 分"
            assert band(marks(-20, -5), NOW, lanes=ONE).lanes[0].words == "逾期 2 项"

    def test_a_share_is_never_rounded_up_to_all(self):
        assert share(59983, 59984) == "99.9%"
        assert share(1, 1) == "100.0%"
        assert share(0, 0) == "–"

    def test_counts_have_commas_at_thousands_in_every_language(self):
        with translation.override("zh-hans"):
            assert count(5987018) == "5,987,018"

    def test_another_day_is_named(self):
        assert time_of(NOW, NOW) == "14:26"
        assert time_of(NOW - 24 * HOUR, NOW) == "10-11 14:26"

    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("张三", "张*"),
            ("张小三", "张**"),
            ("买买提江·某某", "买**"),
            ("Ann Other", "A** O**"),
            ("甲", "甲*"),
            ("", ""),
        ],
    )
    def test_a_name_shows_its_first_character_only(self, name: str, masked: str):
        assert mask_name(name) == masked

    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("11010119900307021X", "****021X"),
            ("13800001234", "****234"),
            ("AB12345", "****45"),
            ("12", "****"),
            ("", ""),
        ],
    )
    def test_a_number_shows_a_third_and_four_characters_at_most(self, number: str, masked: str):
        assert mask_id(number) == masked

    @given(st.text(alphabet="0123456789X", min_size=1, max_size=30))
    def test_a_mask_never_tells_the_length_or_more_than_a_third(self, number: str):
        shown = mask_id(number).removeprefix("****")
        assert len(shown) <= min(4, len(number) // 3)
        assert number.endswith(shown)


def test_no_two_pages_of_the_navigation_have_one_key():
    keys = [page.key for group in NAV for page in group.pages if page.key]
    assert len(keys) == len(set(keys))
