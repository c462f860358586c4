"""One invented duty: refused once, handed over, and late."""

from __future__ import annotations

from django import forms

from bulou.web.preview.city import NOW, at, t
from bulou.web.preview.parts import act, chip, fact, step
from bulou.web.show.duties import (
    ActForm,
    DutyPage,
    EscalationRow,
    EvidenceRow,
    HandoverStep,
)
from bulou.web.show.figures import State
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import late_words


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
        chip=chip(State.LATE, "未办结", "open"),
        clock=late_words(due, NOW),
        clock_note=t("限 13:30 · 封箱 09:30 起 4 小时", "limit 13:30 · 4 h from sealing at 09:30"),
        late=True,
        quick=(
            act(("致电在岗人", "Call who is on duty"), main=True, get=True),
            act(("派车", "Send a vehicle")),
            act(("改送气膜 2 号", "Re-route to air-dome 2")),
        ),
        facts=(
            fact(
                ("责任单位", "Owner"),
                ("石榴街道", "Shiliu Street"),
                note=("送样组 2 · 王** · 在岗至 16:00", "courier team 2 · W** · on duty until 16:00"),
            ),
            fact(("包含", "Holds"), ("2 箱 · 40 管 · 400 份", "2 boxes · 40 tubes · 400 specimens"), href="#"),
            fact(("来自", "From"), ("白鹭社区 3 号点", "Bailu site 3"), href="#"),
            fact(("上级", "Superior"), ("东岭区指挥部", "Dongling headquarters")),
        ),
        rule=(
            fact(("规定", "Says"), ("每个封好的箱子按时到实验室(快送)", "Every sealed box reaches a laboratory in time")),
            fact(("时限", "Clock"), ("封箱起 4 小时", "4 h from sealing")),
            fact(
                ("依据", "Source"),
                ("核酸检测工作手册(试行第二版)", "Nucleic acid testing handbook, 2nd trial edition"),
                note=("二手引用,未核原文", "secondary quotation, not checked against the text"),
            ),
            fact(("规则包", "Pack"), "guiyang-2022 · 1.0"),
        ),
        band=story(
            (
                StoryLane(
                    name=t("白鹭社区 3 号点", "Bailu site 3"),
                    intervals=(Interval(start=at("09:30"), until=at("11:05")),),
                ),
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
                state=chip(State.PLAIN, "拒收", "refused"),
                answered_at=at("10:31"),
                answered_by=t("收样台 · 周*", "reception · Z*"),
                reason=t("进样已满至 15:10", "intake is full until 15:10"),
            ),
            HandoverStep(
                sender=t("白鹭社区 3 号点", "Bailu site 3"),
                receiver=t("石榴街道", "Shiliu Street"),
                offered_at=at("10:58"),
                state=chip(State.DONE, "已接收", "accepted"),
                answered_at=at("11:05"),
                answered_by=t("送样组 2 · 王**", "courier team 2 · W**"),
            ),
            HandoverStep(
                sender=t("石榴街道", "Shiliu Street"),
                receiver=t("市第一检测中心", "City laboratory 1"),
                offered_at=at("13:50"),
                state=chip(State.SOON, "待接收 36 分", "waiting 36 min"),
            ),
        ),
        evidence=(
            EvidenceRow(
                what=t("封箱扫码 · 40 管", "Sealing scan · 40 tubes"),
                at=at("09:30"),
                by=t("点长 · 吴*", "site lead · W*"),
                digest="b4c1…02fe",
                href="#",
            ),
        ),
        evidence_owed=t("尚欠:实验室收样扫码", "still owed: the laboratory's scan on receipt"),
        escalations=(
            EscalationRow(
                what="",
                step=t("到期前 1 小时", "1 h before"),
                to=t("石榴街道 · 送样组 2", "Shiliu Street · courier team 2"),
                at=at("12:30"),
                read_at=at("12:34"),
                read_by=t("王**", "W**"),
            ),
            EscalationRow(
                what="",
                step=t("到期", "at the limit"),
                to=t("石榴街道 · 值班员", "Shiliu Street · duty officer"),
                at=at("13:30"),
                collapsed=True,
            ),
            EscalationRow(
                what="",
                step=t("逾期 50 分", "50 min after"),
                to=t("东岭区指挥部 · 值班长", "Dongling headquarters · duty leader"),
                at=at("14:20"),
            ),
        ),
        steps=(
            step(
                "09:30",
                ("封箱,职责开始", "Sealed; the duty opens"),
                by=("点长 · 吴*", "site lead · W*"),
                note=("BX-003187、BX-003190 · 共 40 管", "BX-003187, BX-003190 · 40 tubes"),
                seal="#48,020",
            ),
            step(
                "10:31",
                ("市第一检测中心拒收", "City laboratory 1 refuses"),
                by=("收样台 · 周*", "reception · Z*"),
                note=("进样已满至 15:10", "intake is full until 15:10"),
                seal="#48,041",
            ),
            step(
                "11:05",
                ("石榴街道接收移交", "Shiliu Street accepts the hand-over"),
                by=("王**", "W**"),
                note=("2 箱,双方清点一致", "2 boxes, both counts agree"),
                seal="#48,052",
            ),
            step(
                "12:10",
                ("请车未应", "Vehicle asked for, no answer"),
                by=("王**", "W**"),
                note=("12:10、12:41 两次", "twice, 12:10 and 12:41"),
                seal="#48,067",
            ),
            step(
                "13:05",
                ("答复「无运力」", "Answered “cannot: no capacity”"),
                by=("王**", "W**"),
                note=("街道车辆 2 台均在外", "both vehicles of the street are out"),
                seal="#48,084",
            ),
            step("13:30", ("到期未办", "The limit passes"), chip=chip(State.LATE, "逾期", "late"), seal="#48,090"),
            step(
                "14:20",
                ("升级至东岭区指挥部", "Escalated to Dongling headquarters"),
                by=("清扫", "the sweep"),
                note=("尚未阅读", "not read yet"),
                chip=chip(State.LATE, "逾期 50 分", "50 min late"),
                seal="#48,110",
            ),
        ),
        acts=(
            ActForm(
                key="fulfil",
                label=t("办结", "Fulfil"),
                means=t("附凭据,职责结束", "with evidence; the duty ends"),
                url="#",
                form=Words(
                    "凭据说明",
                    "Evidence in words",
                    "扫码收样会自动办结,这里用于补录。",
                    "A scan on receipt closes it by itself; this is for a late entry.",
                ),
                button=t("办结", "Fulfil"),
                main=True,
                open=True,
            ),
            ActForm(
                key="handover",
                label=t("移交", "Hand over"),
                means=t("对方接收前仍由你负责", "yours until they accept"),
                url="#",
                form=Words("移交理由", "Reason of the hand-over"),
                button=t("移交", "Offer"),
            ),
            ActForm(
                key="cannot",
                label=t("无力承办", "Cannot: no capacity"),
                means=t("留下时间和原因,并告知上级", "keeps the time and reason, tells the superior"),
                url="#",
                form=Words("缺什么", "What is lacking"),
                button=t("答复", "Answer"),
            ),
            ActForm(
                key="waive",
                label=t("免除", "Waive"),
                means=t("只有上级可签,须写理由", "signed by a superior only, with a reason"),
                url="#",
                form=Words("理由", "Waived because"),
                button=t("免除", "Waive"),
            ),
        ),
    )
