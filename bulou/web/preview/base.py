"""Invented base figures of a district."""

from __future__ import annotations

from bulou.web.preview.city import NOW, column, t
from bulou.web.preview.parts import chip, figure, link, row
from bulou.web.show.figures import Align, Empty, Figure, State, Table
from bulou.web.show.reading import (
    FigureGroup,
    FiguresPage,
)
from bulou.web.show.words import count

NUMBER = Align.NUMBER
NOTHING = Empty(text="–")


def figures() -> FiguresPage:
    """Base figures of a district."""

    def base(
        zh: str,
        en: str,
        value: str,
        unit: tuple[str, str] = ("", ""),
        source: tuple[str, str] = ("", ""),
        *,
        late: bool = False,
        note: tuple[str, str] = ("", ""),
        word: tuple[str, str] = ("超限", "over"),
    ) -> Figure:
        return figure(
            (zh, en),
            value,
            unit=unit,
            href="#",
            as_of=NOW,
            source=source,
            late=late,
            note=note,
            chip=chip(State.LATE, *word) if late else None,
        )

    roster, scans, labs, ledger = (
        ("名册 10-11", "roster 10-11"),
        ("扫码", "scans"),
        ("实验室", "laboratories"),
        ("职责账", "duties"),
    )
    people_unit, tube_unit, duty_unit = (("人", "people"), ("管", "tubes"), ("项", ""))
    return FiguresPage(
        place=t("东岭区", "Dongling"),
        as_of=NOW,
        groups=(
            FigureGroup(
                heading=t("人与户", "People and homes"),
                figures=(
                    base(
                        "在册人口",
                        "People on the roster",
                        count(34912),
                        people_unit,
                        roster,
                        note=("较昨日 +41:迁入 52、迁出 11", "41 more than yesterday: 52 in, 11 out"),
                    ),
                    base("住户", "Households", count(12408), ("户", ""), roster),
                    base("重点照护", "Vulnerable people", count(1306), people_unit, roster),
                    base("楼栋", "Buildings", count(318), ("栋", ""), roster),
                ),
            ),
            FigureGroup(
                heading=t("第 4 轮采样", "Round 4"),
                figures=(
                    base("应检", "To be tested", count(34600), people_unit, roster),
                    base("已采", "Tested", count(28062), people_unit, scans),
                    base("免检", "Exempt", count(312), people_unit, roster),
                    base("未采", "Missing", count(6538), people_unit, scans),
                    base("采样点开放", "Sites open", "14 / 15", ("", ""), scans),
                ),
            ),
            FigureGroup(
                heading=t("样本链", "Specimen chain"),
                figures=(
                    base("最久样本", "Oldest specimen", t("4 小时 56 分", "4 h 56 min"), ("", ""), scans, late=True),
                    base("未指定实验室", "Without a laboratory", "400", ("份", "specimens"), scans),
                    base("在途", "In transit", "212", tube_unit, scans),
                    base("待检", "In the laboratories", "640", tube_unit, labs),
                ),
            ),
            FigureGroup(
                heading=t("检测与追阳", "Results and chase"),
                figures=(
                    base("混管异常", "Pools abnormal", "4", tube_unit, labs),
                    base("初筛阳性", "Preliminary positive", "3", people_unit, labs),
                    base("确诊", "Confirmed", "1", ("例", ""), labs),
                    base("无症状", "Asymptomatic", "5", ("例", ""), labs),
                ),
            ),
            FigureGroup(
                heading=t("职责", "Duties"),
                figures=(
                    base("未办结", "Open", "214", duty_unit, ledger),
                    base("逾期", "Late", "9", duty_unit, ledger, late=True, word=("逾期", "late")),
                    base("待接收", "Awaiting acceptance", "5", duty_unit, ledger),
                    base("今日办结", "Closed today", "1,872", duty_unit, ledger),
                ),
            ),
        ),
        gaps=Table(
            caption=t("底数不清", "Gaps in the base figures"),
            columns=(
                column("缺什么", "What is missing", lead=True),
                column("在哪", "Where"),
                column("多少", "How many", NUMBER),
                column("谁负责", "Owner"),
            ),
            rows=(
                row(
                    link(("楼栋没有包保人", "Buildings without a contact person")),
                    ("望溪镇", "Wangxi Town"),
                    "2",
                    ("望溪镇 · 值班员", "Wangxi Town · duty officer"),
                ),
            ),
            empty=Empty(text=t("底数清:每项都有责任人和来源", "No gaps: every figure has an owner and a source"), good=True),
        ),
    )
