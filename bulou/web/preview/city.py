"""The invented city of the preview: its clock, reader, frame, and the parts that several pages share."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import get_language

from bulou.kernel.clock import CITY_ZONE
from bulou.web import frames, navigation
from bulou.web.show.duties import DutyRow
from bulou.web.show.figures import Act, Align, Column, Crumb, clock_chip
from bulou.web.show.frame import Heartbeat, PageFrame, PostChoice, Seal, Who

NOW = datetime(2022, 10, 12, 14, 26, 3, tzinfo=CITY_ZONE)
DIGEST = "7f3a90c2d1b84e6fa55c3391d02be7a8f6114c0d9be27d35801cf0aa62c4e91c"


def t(zh: str, en: str) -> str:
    """Data of the city in the page's language: names and reasons that a person wrote, not the console's own words."""
    return zh if (get_language() or "").startswith("zh") else en


def at(clock_time: str, days: int = 0) -> datetime:
    """A clock time of the preview's day, or of one ``days`` from it."""
    hour, minute = clock_time.split(":")
    return NOW.replace(hour=int(hour), minute=int(minute), second=0) + timedelta(days=days)


def duty_url(code: str) -> str:
    """The page of a duty."""
    return reverse("web:duty", kwargs={"id": code})


def column(zh: str, en: str, align: Align = Align.TEXT, *, bare: bool = False, lead: bool = False) -> Column:
    """A column's head in the page's language."""
    return Column(label=t(zh, en), align=align, bare=bare, lead=lead)


def duty(
    code: str,
    due: str,
    *,
    what: tuple[str, str],
    about: tuple[str, str],
    owner: tuple[str, str],
    on_duty: tuple[str, str],
    why: tuple[str, str],
    note: tuple[str, str] = ("", ""),
    acts: tuple[tuple[str, str], ...] = (),
) -> DutyRow:
    """One invented duty as a row; its first act is the main one."""
    return DutyRow(
        what=t(*what),
        about=t(*about),
        href=duty_url(code),
        owner=t(*owner),
        on_duty=t(*on_duty),
        why=t(*why),
        why_note=t(*note),
        chip=clock_chip(at(due), NOW),
        due_at=at(due),
        acts=tuple(
            Act(label=t(*label), url=duty_url(code), main=number == 0, about=t(*what), get=number > 0)
            for number, label in enumerate(acts)
        ),
    )


def late_duties() -> tuple[DutyRow, ...]:
    """What is late now, the longest first."""
    return (
        duty(
            "B-20418",
            "13:30",
            what=("样本箱送达实验室", "Deliver the box to a laboratory"),
            about=(
                "BX-003187、BX-003190 · 白鹭社区 3 号点 · 400 份",
                "BX-003187, BX-003190 · Bailu site 3 · 400 specimens",
            ),
            owner=("石榴街道", "Shiliu Street"),
            on_duty=("送样组 2 · 王** · 一次未接", "Courier team 2 · W** · one call unanswered"),
            why=("封箱后无车", "Sealed, no vehicle"),
            note=("12:10 起两次请车未应", "two requests since 12:10 without an answer"),
            acts=(("派车", "Send a vehicle"), ("改送", "Re-route")),
        ),
        duty(
            "B-20377",
            "13:44",
            what=("落实未采人员去向", "Account for the missing of the round"),
            about=("第 4 轮 · 竹影社区 6 栋 · 31 人", "Round 4 · Zhuying, building 6 · 31 people"),
            owner=("竹影社区", "Zhuying Community"),
            on_duty=("楼栋长 · 李**", "Building captain · L**"),
            why=("名单已读未报", "List read, nothing reported"),
            note=("13:02 已读", "read 13:02"),
            acts=(("致电", "Call"), ("移交", "Hand over")),
        ),
        duty(
            "B-20455",
            "13:55",
            what=("接收样本箱", "Receive the box"),
            about=("BX-003201 · 200 份 · 门前等候 31 分", "BX-003201 · 200 specimens · at the door for 31 min"),
            owner=("气膜实验室 2 号", "Air-dome laboratory 2"),
            on_duty=("收样台 · 周*", "Reception · Z*"),
            why=("到达未签收", "Arrived, not signed for"),
            note=("送样员 13:55 已签", "the courier signed 13:55"),
            acts=(("催签", "Urge"), ("改送", "Re-route")),
        ),
        duty(
            "B-20460",
            "14:13",
            what=("混管阳性单人复采", "Re-sample each member of the pool"),
            about=("T-118204 · 10 人,余 4 人", "T-118204 · 10 people, 4 left"),
            owner=("青桐街道", "Qingtong Street"),
            on_duty=("采样 5 组 · 陈**", "Sampling team 5 · C**"),
            why=("4 人不在家", "4 people not at home"),
            note=("2 人已约 15:30", "2 have an appointment at 15:30"),
            acts=(("看名单", "See the list"), ("移交", "Hand over")),
        ),
    )


def soon_duties() -> tuple[DutyRow, ...]:
    """What falls due within the hour."""
    return (
        duty(
            "B-20466",
            "14:44",
            what=("样本箱送达实验室", "Deliver the box to a laboratory"),
            about=("BX-003212 · 望溪镇 1 号点 · 180 份", "BX-003212 · Wangxi site 1 · 180 specimens"),
            owner=("望溪镇", "Wangxi Town"),
            on_duty=("送样组 1 · 赵**", "Courier team 1 · Z**"),
            why=("在途,预计 14:52 到", "On the way, expected 14:52"),
            note=("绕行柳塘大桥", "detour by Liutang bridge"),
            acts=(("改送", "Re-route"),),
        ),
        duty(
            "B-20471",
            "15:05",
            what=("密接名单上报", "List the contacts"),
            about=("C-0117 · 居家 · 首轮流调", "C-0117 · at home · first interview"),
            owner=("东岭区疾控", "Dongling CDC"),
            on_duty=("流调 3 组 · 孙**", "Tracing team 3 · S**"),
            why=("流调进行中", "Interview under way"),
            note=("已列 9 人", "9 people listed"),
            acts=(("看进度", "See progress"),),
        ),
        duty(
            "B-20480",
            "15:20",
            what=("采样点排队疏解", "Shorten the queue at the site"),
            about=("柳塘社区 2 号点 · 等候 46 分", "Liutang site 2 · waiting 46 min"),
            owner=("柳塘街道", "Liutang Street"),
            on_duty=("点长 · 吴*", "Site lead · W*"),
            why=("超过 30 分上限", "Over the limit of 30 min"),
            note=("已增 1 台,仍升", "one table added, still rising"),
            acts=(("分流", "Split"),),
        ),
    )


LATE_BY_LINE = {"D1": 1, "D2": 3, "D16": 5}
UNREAD = 2


def frame(current: str, title: str = "", *, crumbs: tuple[Crumb, ...] = (), **changes: object) -> PageFrame:
    """The frame of a page for a duty leader of a district."""
    words = navigation.labels()
    values: dict[str, object] = {
        "title": title or words.get(current, ""),
        "city": t("贵阳市", "Guiyang"),
        "now": NOW,
        "drill": True,
        "who": Who(
            name=t("林*", "L*"),
            post=t("值班长", "Duty leader"),
            unit=t("东岭区指挥部", "Dongling headquarters"),
            shift=t("班次 08:00–20:00", "shift 08:00–20:00"),
            posts=(
                PostChoice(key="1", label=t("东岭区指挥部 · 值班长", "Dongling headquarters · duty leader"), current=True),
                PostChoice(key="2", label=t("青桐街道 · 包保领导", "Qingtong Street · contact leader")),
            ),
        ),
        "nav": frames.nav(lambda _operation: True, current=current, late=LATE_BY_LINE, unread=UNREAD),
        "crumbs": crumbs,
        "as_of": NOW,
        "sources": t("21 项来源均在 5 分钟内", "21 sources, all within 5 minutes"),
        "heartbeat": Heartbeat(lag=timedelta(seconds=0.8)),
        "seal": Seal(number=48112, digest=DIGEST, unsealed=3),
        "copy_number": "0412-07",
    }
    values.update(changes)
    return PageFrame(**values)  # type: ignore[arg-type]  # the changes name fields of PageFrame; a wrong one fails at once
