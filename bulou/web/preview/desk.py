"""Invented view-models of the desk, mine today, the list of duties, and one duty."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django import forms

from bulou.web.preview.city import NOW, at, duty_url, late_duties, soon_duties, t
from bulou.web.show.band import Band, LaneHead, Mark, band
from bulou.web.show.duties import (
    ActForm,
    Bottleneck,
    DeskPage,
    DutyGroup,
    DutyListPage,
    DutyPage,
    DutyRow,
    EscalationRow,
    EvidenceRow,
    Fact,
    HandoverRow,
    HandoverStep,
    MinePage,
    ShiftNote,
    Step,
)
from bulou.web.show.figures import Act, Chip, Empty, Figure, Meter, Pager, State, waiting_chip
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import count, late_words, share, span_words


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
                "City laboratory 1 is full until 15:10; air-dome laboratory 2 has 1,200 tubes/h free. Re-routing 6 boxes"
                " brings the oldest specimen in 47 min earlier.",
            ),
            chip=Chip(state=State.DONE, text=t("可省 47 分", "saves 47 min")),
            acts=(Act(label=t("看方案", "See the plan"), url="#", main=True, get=True),),
        ),
        export_href="#",
    )


def nameless() -> tuple[DutyRow, ...]:
    """The late rows as the wall shows them: units and posts, nobody's name."""
    posts = (("送样组 2", "Courier team 2"), ("楼栋长", "Building captain"), ("收样台", "Reception"))
    return tuple(replace(row, on_duty=t(*post), acts=()) for row, post in zip(late_duties(), posts, strict=False))


def strip() -> tuple[Figure, ...]:
    """The five figures that a duty leader asks first."""
    return (
        Figure(
            label=t("第 4 轮 · 已采", "Round 4 · tested"),
            value=share(48653, 59984),
            unit=f"{count(48653)} / {count(59984)}",
            note=t("应到 85.8% · 预计 16:41 完成,限 16:00", "should be 85.8% · done at 16:41, limit 16:00"),
            meter=Meter(share=0.811, needed=0.858, words=t("已采 81.1%,应到 85.8%", "81.1% tested, should be 85.8%")),
            chip=Chip(state=State.SOON, text=t("落后 4.7 点", "4.7 points behind")),
            href="#",
        ),
        Figure(
            label=t("未采且无说明", "Missing without a reason"),
            value=count(7102),
            unit=t("人", "people"),
            note=t("青桐街道 1,960 · 石榴街道 1,204 · 另 63 处", "Qingtong 1,960 · Shiliu 1,204 · 63 more"),
            href="#",
        ),
        Figure(
            label=t("最久样本", "Oldest specimen"),
            value=span_words(timedelta(hours=4, minutes=56)),
            note=t("限 4 小时 · 白鹭社区 3 号点 2 箱未交", "limit 4 h · Bailu site 3, 2 boxes not delivered"),
            chip=Chip(state=State.LATE, text=t("超限 56 分", "56 min over")),
            late=True,
            href="#",
        ),
        Figure(
            label=t("追阳", "Chase"),
            value="6",
            unit=t("例进行中", "cases open"),
            note=t("密接已控 41 / 44 · 最慢 2 小时 08 分", "contacts held 41 / 44 · slowest 2 h 08 min"),
            href="#",
        ),
        Figure(
            label=t("逾期职责", "Late duties"),
            value="9",
            unit=t("项", ""),
            note=t("已升级至区 3 · 待接收 5", "3 escalated to the district · 5 await acceptance"),
            chip=Chip(state=State.LATE, text=t("逾期", "late")),
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
            acts=(Act(label=t("催接", "Urge"), url="#", about="B-20418"),),
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


def _group(zh: str, en: str, note: tuple[str, str], rows: tuple[DutyRow, ...], *, late: bool = False) -> DutyGroup:
    return DutyGroup(
        heading=t(zh, en),
        note=t(*note),
        rows=rows,
        total=len(rows),
        late=late,
        empty=Empty(text=t("今日没有更多职责", "Nothing more today"), note=t("新开的会出现在这里", "new ones will stand here"), good=True),
    )


def mine() -> MinePage:
    """What a street owes today."""
    late, soon = late_duties(), soon_duties()
    return MinePage(
        unit=t("青桐街道", "Qingtong Street"),
        post=t("值班员 · 林* · 08:00–20:00", "duty officer · L* · 08:00–20:00"),
        figures=(
            Figure(label=t("逾期", "Late"), value="2", chip=Chip(state=State.LATE, text=t("最迟 42 分", "up to 42 min")), late=True, href="#"),
            Figure(label=t("一小时内", "Within the hour"), value="3", chip=Chip(state=State.SOON, text=t("最近 14:44", "next 14:44")), href="#"),
            Figure(label=t("今日稍后", "Later today"), value="0", href="#"),
            Figure(label=t("今日已办", "Done today"), value="31", note=t("其中 29 项按时", "29 of them in time"), href="#"),
        ),
        band=desk_band(),
        groups=(
            _group("逾期", "Late", ("先办这些", "these first"), late[1:4:2], late=True),
            _group("一小时内", "Within the hour", ("到 15:26", "until 15:26"), soon),
            _group("今日稍后", "Later today", ("15:26 以后", "after 15:26"), ()),
        ),
        offered=(
            HandoverRow(
                what=t("送样 1 箱 · BX-003218", "Deliver 1 box · BX-003218"),
                sender=t("石榴街道", "Shiliu Street"),
                receiver=t("青桐街道", "Qingtong Street"),
                offered_at=at("14:11"),
                chip=waiting_chip(at("14:11"), NOW, answer_within=timedelta(minutes=20)),
                href="#",
                note=t("理由:本街道车辆故障,限 15:40 送达", "reason: our vehicle broke down; limit 15:40"),
                acts=(
                    Act(label=t("接收", "Accept"), url="#", main=True, about="BX-003218"),
                    Act(label=t("拒收", "Refuse"), url="#", get=True, about="BX-003218"),
                ),
            ),
        ),
        sent=handovers()[1:],
        note=ShiftNote(
            by=t("陈** · 夜班", "C** · night shift"),
            at=at("08:02"),
            text=t(
                "竹影 6 栋电梯检修到 12:00,上门要带手电。\n3 号点扫码枪坏,已报修。",
                "Zhuying 6: the lift is under repair until 12:00, bring torches.\nSite 3: the scanner is broken, reported.",
            ),
        ),
        note_form=NoteForm(),
        note_url="#",
    )


class NoteForm(forms.Form):
    """The shift's note."""

    text = forms.CharField(label="交班事项 / Note", widget=forms.Textarea(attrs={"rows": 3}))


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


class Words(forms.Form):
    """One field of words."""

    def __init__(self, zh: str, en: str, help_zh: str = "", help_en: str = "") -> None:
        """The field's label and help in the page's language."""
        super().__init__(prefix=en.split(" ", maxsplit=1)[0].lower())
        self.fields["reason"] = forms.CharField(
            label=t(zh, en), help_text=t(help_zh, help_en), widget=forms.Textarea(attrs={"rows": 2})
        )


def duty_page() -> DutyPage:
    """A box that was refused once, handed over, and is late."""
    due = at("13:30")
    return DutyPage(
        code="B-20418",
        what=t("样本箱送达实验室", "Deliver the box to a laboratory"),
        about=t("BX-003187、BX-003190 · 白鹭社区 3 号点 · 400 份", "BX-003187, BX-003190 · Bailu site 3 · 400 specimens"),
        chip=Chip(state=State.LATE, text=t("未办结", "open")),
        clock=late_words(due, NOW),
        clock_note=t("限 13:30 · 封箱 09:30 起 4 小时", "limit 13:30 · 4 h from sealing at 09:30"),
        late=True,
        quick=(
            Act(label=t("致电在岗人", "Call who is on duty"), url="#", main=True, get=True),
            Act(label=t("派车", "Send a vehicle"), url="#"),
            Act(label=t("改送气膜 2 号", "Re-route to air-dome 2"), url="#"),
        ),
        facts=(
            Fact(label=t("责任单位", "Owner"), value=t("石榴街道", "Shiliu Street"), note=t("送样组 2 · 王** · 在岗至 16:00", "courier team 2 · W** · on duty until 16:00")),
            Fact(label=t("包含", "Holds"), value=t("2 箱 · 40 管 · 400 份", "2 boxes · 40 tubes · 400 specimens"), href="#"),
            Fact(label=t("来自", "From"), value=t("白鹭社区 3 号点", "Bailu site 3"), href="#"),
            Fact(label=t("上级", "Superior"), value=t("东岭区指挥部", "Dongling headquarters")),
        ),
        rule=(
            Fact(label=t("规定", "Says"), value=t("每个封好的箱子按时到实验室(快送)", "Every sealed box reaches a laboratory in time")),
            Fact(label=t("时限", "Clock"), value=t("封箱起 4 小时", "4 h from sealing")),
            Fact(label=t("依据", "Source"), value=t("核酸检测工作手册(试行第二版)", "Nucleic acid testing handbook, 2nd trial edition"), note=t("二手引用,未核原文", "secondary quotation, not checked against the text")),
            Fact(label=t("规则包", "Pack"), value="guiyang-2022 · 1.0"),
        ),
        band=story(
            (
                StoryLane(name=t("白鹭社区 3 号点", "Bailu site 3"), intervals=(Interval(start=at("09:30"), until=at("11:05")),)),
                StoryLane(name=t("石榴街道", "Shiliu Street"), intervals=(Interval(start=at("11:05")),)),
                StoryLane(
                    name=t("告知", "Told"),
                    moments=(
                        Moment(at=at("12:30"), label=t("提前 1 小时告知责任单位", "owner told 1 h before")),
                        Moment(at=at("13:30"), label=t("告知街道", "street told")),
                        Moment(at=at("14:20"), label=t("升级至区", "escalated to the district")),
                    ),
                ),
            ),
            now=NOW,
            opened_at=at("09:30"),
            due_at=due,
        ),
        handovers=(
            HandoverStep(
                sender=t("白鹭社区 3 号点", "Bailu site 3"),
                receiver=t("市第一检测中心", "City laboratory 1"),
                offered_at=at("10:20"),
                state=Chip(state=State.PLAIN, text=t("拒收", "refused")),
                answered_at=at("10:31"),
                answered_by=t("收样台 · 周*", "reception · Z*"),
                reason=t("进样已满至 15:10", "intake is full until 15:10"),
            ),
            HandoverStep(
                sender=t("白鹭社区 3 号点", "Bailu site 3"),
                receiver=t("石榴街道", "Shiliu Street"),
                offered_at=at("10:58"),
                state=Chip(state=State.DONE, text=t("已接收", "accepted")),
                answered_at=at("11:05"),
                answered_by=t("送样组 2 · 王**", "courier team 2 · W**"),
            ),
            HandoverStep(
                sender=t("石榴街道", "Shiliu Street"),
                receiver=t("市第一检测中心", "City laboratory 1"),
                offered_at=at("13:50"),
                state=Chip(state=State.SOON, text=t("待接收 36 分", "waiting 36 min")),
            ),
        ),
        evidence=(
            EvidenceRow(what=t("封箱扫码 · 40 管", "Sealing scan · 40 tubes"), at=at("09:30"), by=t("点长 · 吴*", "site lead · W*"), digest="b4c1…02fe", href="#"),
        ),
        evidence_owed=t("尚欠:实验室收样扫码", "still owed: the laboratory's scan on receipt"),
        escalations=(
            EscalationRow(what="", step=t("到期前 1 小时", "1 h before"), to=t("石榴街道 · 送样组 2", "Shiliu Street · courier team 2"), at=at("12:30"), read_at=at("12:34"), read_by=t("王**", "W**")),
            EscalationRow(what="", step=t("到期", "at the limit"), to=t("石榴街道 · 值班员", "Shiliu Street · duty officer"), at=at("13:30"), collapsed=True),
            EscalationRow(what="", step=t("逾期 50 分", "50 min after"), to=t("东岭区指挥部 · 值班长", "Dongling headquarters · duty leader"), at=at("14:20")),
        ),
        steps=(
            Step(at=at("09:30"), what=t("封箱,职责开始", "Sealed; the duty opens"), by=t("点长 · 吴*", "site lead · W*"), note=t("BX-003187、BX-003190 · 共 40 管", "BX-003187, BX-003190 · 40 tubes"), seal="#48,020"),
            Step(at=at("10:31"), what=t("市第一检测中心拒收", "City laboratory 1 refuses"), by=t("收样台 · 周*", "reception · Z*"), note=t("进样已满至 15:10", "intake is full until 15:10"), seal="#48,041"),
            Step(at=at("11:05"), what=t("石榴街道接收移交", "Shiliu Street accepts the hand-over"), by=t("王**", "W**"), note=t("2 箱,双方清点一致", "2 boxes, both counts agree"), seal="#48,052"),
            Step(at=at("12:10"), what=t("请车未应", "Vehicle asked for, no answer"), by=t("王**", "W**"), note=t("12:10、12:41 两次", "twice, 12:10 and 12:41"), seal="#48,067"),
            Step(at=at("13:05"), what=t("答复「无运力」", "Answered “cannot: no capacity”"), by=t("王**", "W**"), note=t("街道车辆 2 台均在外", "both vehicles of the street are out"), seal="#48,084"),
            Step(at=at("13:30"), what=t("到期未办", "The limit passes"), chip=Chip(state=State.LATE, text=t("逾期", "late")), seal="#48,090"),
            Step(at=at("14:20"), what=t("升级至东岭区指挥部", "Escalated to Dongling headquarters"), by=t("清扫", "the sweep"), note=t("尚未阅读", "not read yet"), chip=Chip(state=State.LATE, text=t("逾期 50 分", "50 min late")), seal="#48,110"),
        ),
        acts=(
            ActForm(key="fulfil", label=t("办结", "Fulfil"), means=t("附凭据,职责结束", "with evidence; the duty ends"), url="#", form=Words("凭据说明", "Evidence in words", "扫码收样会自动办结,这里用于补录。", "A scan on receipt closes it by itself; this is for a late entry."), button=t("办结", "Fulfil"), main=True, open=True),
            ActForm(key="handover", label=t("移交", "Hand over"), means=t("对方接收前仍由你负责", "yours until they accept"), url="#", form=Words("移交理由", "Reason of the hand-over"), button=t("移交", "Offer")),
            ActForm(key="cannot", label=t("无力承办", "Cannot: no capacity"), means=t("留下时间和原因,并告知上级", "keeps the time and reason, tells the superior"), url="#", form=Words("缺什么", "What is lacking"), button=t("答复", "Answer")),
            ActForm(key="waive", label=t("免除", "Waive"), means=t("只有上级可签,须写理由", "signed by a superior only, with a reason"), url="#", form=Words("理由", "Waived because"), button=t("免除", "Waive")),
        ),
    )
