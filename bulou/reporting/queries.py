"""Reading a day's report: frozen with its corrections, or provisional."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import rows as duty_rows
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.places.models import Area, Division
from bulou.reporting import rules
from bulou.reporting.actions import content_digest, top_code
from bulou.reporting.figures import Counted, count_day, in_area
from bulou.reporting.models import Correction, FrozenDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A day's report of an area, ready for words: ``frozen_at`` None means provisional."""

    area: str
    area_name: str
    area_name_en: str
    day: date
    series: str
    frozen_at: datetime | None
    seal: str
    digest: str
    intact: bool
    figures: Sequence[Counted]
    corrections: Sequence[Correction]
    equations: Sequence[rules.Equation]
    smallest: int
    names: dict[str, str]

    def value(self, statistic: str, split: str = "") -> int:
        """One figure; zero when nothing of the kind was counted."""
        return next((one.value for one in self.figures if (one.statistic, one.split) == (statistic, split)), 0)

    def splits(self, statistic: str, by: str) -> dict[str, int]:
        """A figure's parts: by ``district`` or by ``sampled`` day."""
        start = f"{by}:"
        return {
            one.split.removeprefix(start): one.value
            for one in self.figures
            if one.statistic == statistic and one.split.startswith(start)
        }

    def public_splits(self, statistic: str, by: str) -> dict[str, str]:
        """A figure's parts as a public table may show them: small cells suppressed, and none derivable from the total."""
        places = dict.fromkeys(self.names, 0) if by == "district" else {}
        return rules.public_row(places | self.splits(statistic, by), smallest=self.smallest)


def daily(reader: Actor, *, area: Area, on: date) -> Report:
    """The report of a day within the reader's jurisdiction."""
    permit(reader, Operation.SEE_REPORT, top_code(area))
    frozen = FrozenDay.objects.filter(area=area, day_on=on, series_version=rules.SERIES).first()
    figures = _frozen(frozen) if frozen else count_day(area, on)
    before = FrozenDay.objects.filter(area=area, day_on=on - timedelta(days=1), series_version=rules.SERIES).first()
    yesterday = _frozen(before) if before else count_day(area, on - timedelta(days=1))
    corrections = list(
        Correction.objects.filter(figure__frozen=frozen).select_related("figure") if frozen else Correction.objects.none()
    )
    pack = duty_rows.pack_now(on)
    smallest = int(pack.amount("small_cell")) if "small_cell" in pack.numbers else 1
    return Report(
        area=area.pk,
        area_name=area.name,
        area_name_en=area.name_en or area.name,
        day=on,
        series=rules.SERIES,
        frozen_at=frozen.frozen_at if frozen else None,
        seal=frozen.seal if frozen else "",
        digest=frozen.digest if frozen else "",
        intact=frozen is None or content_digest(area.pk, on, list(figures)) == frozen.digest,
        figures=figures,
        corrections=corrections,
        equations=rules.equations(today=_whole(figures), yesterday=_whole(yesterday)),
        smallest=smallest,
        names=dict(
            Division.objects.filter(in_area(area, "code"), level=codes.Level.DISTRICT)
            .order_by("code")
            .values_list("code", "name")
        ),
    )


def _frozen(day: FrozenDay) -> list[Counted]:
    return [Counted(one.statistic, one.split, one.value, one.source) for one in day.figures.all()]


def _whole(figures: Sequence[Counted]) -> dict[str, int]:
    return {one.statistic: one.value for one in figures if not one.split}
