"""A daily report in the public figures' form, with invented numbers."""

from __future__ import annotations

from datetime import date

from bulou.web.preview.city import DIGEST, at, column, t
from bulou.web.preview.parts import figure, link, row
from bulou.web.show.figures import Align, Empty, Table
from bulou.web.show.reading import (
    Equation,
    ReportPage,
    Term,
)

NUMBER = Align.NUMBER
NOTHING = Empty(text="–")


def report(*, frozen: bool = True) -> ReportPage:
    """The report of the day before, in the public figures' form with invented numbers."""
    return ReportPage(
        day=date(2022, 10, 11),
        area=t("贵阳市(10 个县级区划)", "Guiyang (10 county-level divisions)"),
        series=t("发布口径 2", "series 2"),
        frozen_at=at("00:30") if frozen else None,
        frozen_by=t("清扫 · 值班长确认", "the sweep · confirmed by the duty leader"),
        seal=f"#47,220 · {DIGEST[:8]}…{DIGEST[-8:]}",
        headline=(
            figure(("新增确诊", "New confirmed"), "8", unit=("例", "")),
            figure(("新增无症状", "New asymptomatic"), "86", unit=("例", "")),
            figure(
                ("无症状转确诊", "Converted"),
                "2",
                unit=("例", ""),
                note=("只计一次,不重复新增", "counted once, not as new"),
            ),
        ),
        table=Table(
            caption=t("当日数据", "Figures of the day"),
            columns=(
                column("指标", "Statistic", lead=True),
                column("前一日", "Day before", NUMBER),
                column("当日", "Day", NUMBER),
                column("累计", "Cumulative", NUMBER),
                column("来源", "Source"),
            ),
            rows=(
                row(("确诊病例", "Confirmed cases"), "11", "8", link("35"), ("病例库", "case register")),
                row(("无症状感染者", "Asymptomatic infections"), "92", "86", link("833"), ("病例库", "case register")),
                row(("解除隔离", "Released"), "40", "43", link("217"), ("病例库", "case register")),
            ),
            empty=NOTHING,
        ),
        equations=(
            Equation(
                label=t("累计无症状", "Cumulative asymptomatic"),
                terms=(
                    Term(sign="", label=t("昨日累计", "yesterday"), value="747"),
                    Term(sign="+", label=t("新增", "new"), value="86"),
                    Term(sign="−", label=t("订正", "corrections"), value="0"),
                ),
                result_label=t("今日累计", "today"),
                result="833",
                holds=True,
            ),
            Equation(
                label=t("现有无症状", "Existing asymptomatic"),
                terms=(
                    Term(sign="", label=t("昨日现有", "yesterday"), value="2,496"),
                    Term(sign="+", label=t("新增", "new"), value="131"),
                    Term(sign="−", label=t("转确诊", "converted"), value="9"),
                    Term(sign="−", label=t("解除", "released"), value="43"),
                ),
                result_label=t("今日现有", "today"),
                result="2,575",
                holds=True,
            ),
        ),
        by_sample_day=Table(
            caption=t("按采样日拆分", "By day of sample"),
            columns=(
                column("采样日", "Day of sample", lead=True),
                column("确诊", "Confirmed", NUMBER),
                column("无症状", "Asymptomatic", NUMBER),
                column("至报告", "To report"),
            ),
            rows=(
                row("10-11", "5", "61", ("当日", "same day")),
                row("10-10", "3", "24", ("1 天", "1 day")),
                row(("更早", "earlier"), "0", "<5", ("2 天以上", "2 days or more")),
            ),
            empty=NOTHING,
        ),
        corrections=Table(
            caption=t("订正", "Corrections"),
            columns=(column("记入", "Entered", lead=True),),
            rows=(),
            empty=Empty(
                text=t("没有订正", "No corrections"),
                note=t("冻结后的更改只以订正记入,不改原数", "after freezing, changes are entered, never edited"),
                good=True,
            ),
        ),
        notes=(
            t("公开表中小于 5 的格以“<5”表示。", "Cells below 5 are shown as “<5” in public tables."),
            t(
                "区域为 2022-06-01 起的县级区划集合;口径变化不相减。",
                "The area is the dated set of divisions since 2022-06-01; unlike series are never subtracted.",
            ),
        ),
        previous_href="#",
        next_href="#",
        exports=(("JSON", "#"), ("Markdown", "#")),
    )
