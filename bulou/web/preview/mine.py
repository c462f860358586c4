"""What an invented street owes today."""

from __future__ import annotations

from datetime import timedelta

from django import forms

from bulou.web.preview.city import NOW, at, late_duties, soon_duties, t
from bulou.web.preview.desk import desk_band, handovers
from bulou.web.preview.parts import act, chip, figure
from bulou.web.show.duties import (
    DutyGroup,
    DutyRow,
    HandoverRow,
    MinePage,
    ShiftNote,
)
from bulou.web.show.figures import Empty, State, waiting_chip


def _group(zh: str, en: str, note: tuple[str, str], rows: tuple[DutyRow, ...], *, late: bool = False) -> DutyGroup:
    return DutyGroup(
        heading=t(zh, en),
        note=t(*note),
        rows=rows,
        total=len(rows),
        late=late,
        empty=Empty(
            text=t("今日没有更多职责", "Nothing more today"),
            note=t("新开的会出现在这里", "new ones will stand here"),
            good=True,
        ),
    )


def mine() -> MinePage:
    """What a street owes today."""
    late, soon = (late_duties(), soon_duties())
    return MinePage(
        unit=t("青桐街道", "Qingtong Street"),
        post=t("值班员 · 林* · 08:00–20:00", "duty officer · L* · 08:00–20:00"),
        figures=(
            figure(("逾期", "Late"), "2", chip=chip(State.LATE, "最迟 42 分", "up to 42 min"), late=True, href="#"),
            figure(("一小时内", "Within the hour"), "3", chip=chip(State.SOON, "最近 14:44", "next 14:44"), href="#"),
            figure(("今日稍后", "Later today"), "0", href="#"),
            figure(("今日已办", "Done today"), "31", note=("其中 29 项按时", "29 of them in time"), href="#"),
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
                    act(("接收", "Accept"), main=True, about="BX-003218"),
                    act(("拒收", "Refuse"), get=True, about="BX-003218"),
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
