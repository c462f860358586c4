"""Invented view-models of the desk and of the list of duties."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django import forms

from bulou.web.preview.city import NOW, at, duty_url, late_duties, soon_duties, t
from bulou.web.preview.parts import act, chip, figure
from bulou.web.show.band import Band, LaneHead, Mark, band
from bulou.web.show.duties import (
    Bottleneck,
    DeskPage,
    DutyGroup,
    DutyListPage,
    DutyRow,
    EscalationRow,
    HandoverRow,
)
from bulou.web.show.figures import Empty, Figure, Meter, Pager, State, waiting_chip
from bulou.web.show.words import count, share, span_words


def desk_band() -> Band:
    """Some forty invented clocks in five lines of work."""
    heads = (
        LaneHead(key="round", name=t("采样", "Testing"), href="#"),
        LaneHead(key="chain", name=t("样本", "Specimens"), href="#"),
        LaneHead(key="lab", name=t("检测", "Laboratory"), href="#"),
        LaneHead(key="chase", name=t("追阳", "Chase"), href="#"),
        LaneHead(key="task", name=t("交办", "Tasks"), href="#"),
    )

    def marks(lane: str, *entries: tuple[str, str, str]) -> list[Mark]:
        return [Mark(lane=lane, due_at=at(due), label=t(zh, en), href=duty_url("B-20418")) for due, zh, en in entries]

    boxes = ("箱 · 市一中心", "boxes · city laboratory 1")
    return band(
        [
            *marks("round", ("13:44", "竹影 6 栋", "Zhuying 6"), ("15:20", "柳塘 2 号点", "Liutang site 2")),
            *marks("round", ("16:30", "点位撤收", "close a site"), ("17:05", "竹影复核", "re-check Zhuying")),
            *marks("chain", ("12:58", "", ""), ("13:30", "", ""), ("13:34", "", ""), ("13:55", "", "")),
            *marks("chain", ("14:44", *boxes), ("14:46", *boxes), ("14:49", *boxes), ("15:48", *boxes)),
            *marks("chain", *((f"16:{minute:02d}", *boxes) for minute in (2, 5, 9, 12, 15, 18, 20))),
            *marks("lab", ("14:20", "", ""), ("14:52", "报告 · 第 3 批", "report · batch 3")),
            *marks("lab", ("16:40", "报告 · 第 4 批", "report · batch 4")),
            *marks("chase", ("15:05", "密接名单 · C-0117", "contacts · C-0117"), ("16:55", "核心信息", "core facts")),
            *marks("task", ("11:30", "", ""), ("16:10", "会议交办 · 2 项", "meeting · 2 tasks")),
        ],
        NOW,
        lanes=heads,
    )


def desk(*, wall: bool = False) -> DeskPage:
    """The desk at 14:26 with four duties late; the wall's without names."""
    return DeskPage(
        strip=strip(),
        band=desk_band(),
        open_total=214,
        all_href="#",
        late=DutyGroup(
            heading=t("逾期", "Late"),
            note=t("迟得最久的在前", "the longest late first"),
            rows=late_duties() if not wall else nameless(),
            total=9,
            href="#",
            late=True,
            empty=Empty(text=t("没有逾期职责", "Nothing is late"), good=True),
        ),
        soon=DutyGroup(
            heading=t("一小时内到期", "Due within the hour"),
            note=t("现在办,不会逾期", "done now, it will not be late"),
            rows=soon_duties() if not wall else (),
            total=14,
            href="#",
            empty=Empty(text=t("另有 14 项一小时内到期", "14 more fall due within the hour")),
        ),
        waiting=handovers(),
        waiting_total=5,
        escalated=(
            EscalationRow(
                what=t("BX-003187 送达实验室", "BX-003187 to a laboratory"),
                to=t("东岭区指挥部", "Dongling headquarters"),
                at=at("14:20"),
                href="#",
                step=t("逾期 50 分", "50 min late"),
                read_at=at("14:22"),
                read_by=t("区值班", "district desk"),
            ),
            EscalationRow(
                what=t("竹影 6 栋未采 31 人", "Zhuying 6: 31 missing"),
                to=t("青桐街道", "Qingtong Street"),
                at=at("14:14"),
                href="#",
                step=t("逾期 30 分", "30 min late"),
            ),
        ),
        bottleneck=Bottleneck(
            what=t("实验室进样", "Laboratory intake"),
            why=t(
                "市第一检测中心满负荷至 15:10;气膜实验室 2 号空 1,200 管/时。改送 6 箱,最久样本可提前 47 分。",
                "City laboratory 1 is full until 15:10; air-dome laboratory 2 has 1,200 tubes/h free. "
                "Re-routing 6 boxes brings the oldest specimen in 47 min earlier.",
            ),
            chip=chip(State.DONE, "可省 47 分", "saves 47 min"),
            acts=(act(("看方案", "See the plan"), main=True, get=True),),
        ),
        export_href="#",
    )


def nameless() -> tuple[DutyRow, ...]:
    """The late rows as the wall shows them: units and posts, nobody's name."""
    posts = (("送样组 2", "Courier team 2"), ("楼栋长", "Building captain"), ("收样台", "Reception"))
    return tuple((replace(row, on_duty=t(*post), acts=()) for row, post in zip(late_duties(), posts, strict=False)))


def strip() -> tuple[Figure, ...]:
    """The five figures that a duty leader asks first."""
    return (
        figure(
            ("第 4 轮 · 已采", "Round 4 · tested"),
            share(48653, 59984),
            unit=f"{count(48653)} / {count(59984)}",
            note=("应到 85.8% · 预计 16:41 完成,限 16:00", "should be 85.8% · done at 16:41, limit 16:00"),
            meter=Meter(share=0.811, needed=0.858, words=t("已采 81.1%,应到 85.8%", "81.1% tested, should be 85.8%")),
            chip=chip(State.SOON, "落后 4.7 点", "4.7 points behind"),
            href="#",
        ),
        figure(
            ("未采且无说明", "Missing without a reason"),
            count(7102),
            unit=("人", "people"),
            note=("青桐街道 1,960 · 石榴街道 1,204 · 另 63 处", "Qingtong 1,960 · Shiliu 1,204 · 63 more"),
            href="#",
        ),
        figure(
            ("最久样本", "Oldest specimen"),
            span_words(timedelta(hours=4, minutes=56)),
            note=("限 4 小时 · 白鹭社区 3 号点 2 箱未交", "limit 4 h · Bailu site 3, 2 boxes not delivered"),
            chip=chip(State.LATE, "超限 56 分", "56 min over"),
            late=True,
            href="#",
        ),
        figure(
            ("追阳", "Chase"),
            "6",
            unit=("例进行中", "cases open"),
            note=("密接已控 41 / 44 · 最慢 2 小时 08 分", "contacts held 41 / 44 · slowest 2 h 08 min"),
            href="#",
        ),
        figure(
            ("逾期职责", "Late duties"),
            "9",
            unit=("项", ""),
            note=("已升级至区 3 · 待接收 5", "3 escalated to the district · 5 await acceptance"),
            chip=chip(State.LATE, "逾期", "late"),
            late=True,
            href="#",
        ),
    )


def handovers() -> tuple[HandoverRow, ...]:
    """Hand-overs that nobody has answered."""
    return (
        HandoverRow(
            what=t("2 箱样本 · 400 份", "2 boxes · 400 specimens"),
            sender=t("石榴街道", "Shiliu Street"),
            receiver=t("市第一检测中心", "City laboratory 1"),
            offered_at=at("13:50"),
            chip=waiting_chip(at("13:50"), NOW, answer_within=timedelta(minutes=60)),
            href="#",
            acts=(act(("催接", "Urge"), about="B-20418"),),
        ),
        HandoverRow(
            what=t("未采 12 人", "12 missing people"),
            sender=t("竹影社区", "Zhuying Community"),
            receiver=t("白鹭社区", "Bailu Community"),
            offered_at=at("14:05"),
            chip=waiting_chip(at("14:05"), NOW),
            href="#",
        ),
    )


class FilterForm(forms.Form):
    """Filters of the list of duties, as a picture of what the wiring passes."""

    def __init__(self) -> None:
        """Choices in the page's language."""
        super().__init__(initial={"state": "late"})
        pick = forms.ChoiceField
        self.fields["state"] = pick(
            label=t("状态", "State"),
            choices=[("late", t("逾期", "Late")), ("open", t("未办结", "Open")), ("closed", t("已办结", "Closed"))],
        )
        self.fields["line"] = pick(label=t("条线", "Line of work"), choices=[("", t("全部", "All"))])
        self.fields["unit"] = pick(label=t("单位", "Unit"), choices=[("", t("东岭区及以下", "Dongling and below"))])
        self.fields["q"] = forms.CharField(label=t("编号或事由", "Number or words"), required=False)


def duty_list() -> DutyListPage:
    """The first page of the late duties."""
    return DutyListPage(
        filters=FilterForm(),
        rows=(*late_duties(), *soon_duties()),
        pager=Pager(shown=50, total=214, first="#", following="#"),
        empty=Empty(text=t("没有符合条件的职责", "No duty matches")),
        export_href="#",
        active=(t("未办结", "open"), t("东岭区及以下", "Dongling and below")),
    )
