"""The invented specimen chain at 14:26."""

from __future__ import annotations

from datetime import timedelta

from bulou.web.preview.city import NOW, at, column, t
from bulou.web.preview.parts import act, chip, figure, link, row
from bulou.web.show.figures import Align, Cell, Chip, Empty, Meter, Row, State, Table
from bulou.web.show.rounds import ChainPage, Stage
from bulou.web.show.story import age_lane
from bulou.web.show.words import count, late_words, span_words

NUMBER, WIDE = (Align.NUMBER, Align.WIDE)
NOTHING = Empty(text="–")
LIMIT = 240  # minutes: the invented limit


def chain() -> ChainPage:
    """The chain at 14:26."""

    def lane(since: str, due: str) -> Cell:
        return Cell(lane=age_lane(at(since), at(due), now=NOW, before=timedelta(hours=5, minutes=30), after=timedelta(hours=3)))

    def box(
        code: str,
        site: tuple[str, str],
        tubes: str,
        where: tuple[str, str],
        since: str,
        due: str,
        *,
        late: bool,
        soon: bool = False,
    ) -> Row:
        state = State.LATE if late else State.SOON if soon else State.LATER
        return row(
            Cell(text=code, note=t(*site), href="#"),
            tubes,
            where,
            lane(since, due),
            Chip(state=state, text=late_words(at(due), NOW)),
        )

    def lab(zh: str, en: str, load: float, queue: str, oldest: str, chip: Chip) -> Row:
        return row(
            link((zh, en)),
            Cell(text=f"{load * 100:.0f}%", meter=Meter(share=load, words=f"{load * 100:.0f}%")),
            queue,
            oldest,
            chip,
        )

    def age(zh: str, en: str, minutes: int, waiting: str) -> Row:
        over = minutes > LIMIT
        return row(
            link((zh, en)),
            Cell(text=span_words(timedelta(minutes=minutes)), state=State.LATE if over else None),
            Cell(
                meter=Meter(
                    share=minutes / (1.5 * LIMIT),
                    needed=1 / 1.5,
                    words=span_words(timedelta(minutes=minutes)),
                    state=State.LATE if over else State.LATER,
                )
            ),
            Cell(chip=chip(State.LATE, "超限", "over") if over else None, text="" if over else waiting),
        )

    def stage(zh: str, en: str, number: int, oldest: str, limit: tuple[str, str], *, late: int = 0) -> Stage:
        return Stage(
            key=en,
            label=t(zh, en),
            count=count(number),
            unit=t("管", "tubes"),
            oldest=oldest,
            limit=t(*limit),
            href="#",
            chip=chip(State.LATE, f"{late} 超限", f"{late} over") if late else None,
            late=str(late or ""),
        )

    return ChainPage(
        stages=(
            stage("已采", "Collected", 184, t("最久 38 分", "oldest 38 min"), ("装箱限 1 小时", "boxed within 1 h")),
            stage(
                "已封箱",
                "Sealed",
                96,
                t("最久 4 小时 56 分", "oldest 4 h 56 min"),
                ("送达限 4 小时", "delivered within 4 h"),
                late=40,
            ),
            stage(
                "在途",
                "In transit",
                212,
                t("最久 1 小时 12 分", "oldest 1 h 12 min"),
                ("送达限 4 小时", "delivered within 4 h"),
            ),
            stage(
                "已收样",
                "Received",
                640,
                t("最久 2 小时 40 分", "oldest 2 h 40 min"),
                ("出结果限 6 小时", "result within 6 h"),
            ),
            stage("已检测", "Tested", 58, t("最久 21 分", "oldest 21 min"), ("报告限 1 小时", "reported within 1 h")),
            stage(
                "已报告",
                "Reported",
                4046,
                t("平均 5 小时 31 分", "mean 5 h 31 min"),
                ("采样到报告", "from swab to report"),
            ),
        ),
        signals=(
            figure(
                ("混管异常", "Pools abnormal"),
                "4",
                unit=("管 · 40 人待单人复采", "tubes · 40 people to re-sample"),
                href="#",
            ),
            figure(
                ("初筛阳性", "Preliminary positive"),
                "3",
                unit=("人 · 待专家诊断", "people · await diagnosis"),
                href="#",
            ),
            figure(("确诊 / 无症状", "Confirmed / asymptomatic"), "1 / 5", unit=("例 · 今日", "today"), href="#"),
        ),
        ages=Table(
            caption=t("各区最久样本", "Oldest specimen by district"),
            columns=(
                column("区", "District", lead=True),
                column("最久", "Age"),
                column("限 4 小时", "Limit 4 h", WIDE),
                column("待送", "Waiting"),
            ),
            rows=(
                age("东岭区", "Dongling", 296, ""),
                age("西坪区", "Xiping", 172, t("31 管", "31 tubes")),
                age("南塘区", "Nantang", 95, t("18 管", "18 tubes")),
                age("全市", "City", 296, ""),
            ),
            empty=NOTHING,
        ),
        unassigned=Table(
            caption=t("未指定实验室的样本", "Specimens without a laboratory"),
            columns=(
                column("箱", "Box", lead=True),
                column("采样点", "Site"),
                column("份数", "Specimens", NUMBER),
                column("封箱", "Sealed"),
                column("责任单位", "Owner"),
                column("下一步", "Next step", NUMBER, bare=True),
            ),
            rows=(
                row(
                    link("BX-003187"),
                    ("白鹭社区 3 号点", "Bailu site 3"),
                    "200",
                    "09:30",
                    ("石榴街道 · 送样组 2", "Shiliu Street · courier team 2"),
                    Cell(acts=(act(("指定气膜 2 号", "Assign air-dome 2"), main=True, about="BX-003187"),)),
                ),
                row(
                    link("BX-003190"),
                    ("白鹭社区 3 号点", "Bailu site 3"),
                    "200",
                    "09:30",
                    ("石榴街道 · 送样组 2", "Shiliu Street · courier team 2"),
                    Cell(acts=(act(("指定气膜 2 号", "Assign air-dome 2"), main=True, about="BX-003190"),)),
                ),
            ),
            empty=Empty(text=t("每份样本都有实验室", "Every specimen has a laboratory"), good=True),
        ),
        unassigned_total="400",
        boxes=Table(
            caption=t("在外的样本箱", "Boxes on their way"),
            columns=(
                column("箱", "Box", lead=True),
                column("管", "Tubes", NUMBER),
                column("此刻在", "Now with"),
                column("封箱 → 期限(虚线)", "Sealed → limit (dashed)", WIDE),
                column("时钟", "Clock"),
            ),
            rows=(
                box(
                    "BX-003187",
                    ("白鹭社区 3 号点", "Bailu site 3"),
                    "20",
                    ("石榴街道 · 送样组 2", "Shiliu · courier team 2"),
                    "09:30",
                    "13:30",
                    late=True,
                ),
                box(
                    "BX-003201",
                    ("柳塘社区 2 号点", "Liutang site 2"),
                    "20",
                    ("气膜 2 号门前,未签收", "at air-dome 2, not signed"),
                    "09:55",
                    "13:55",
                    late=True,
                ),
                box(
                    "BX-003212",
                    ("望溪镇 1 号点", "Wangxi site 1"),
                    "18",
                    ("在途 · 送样组 1", "in transit · team 1"),
                    "10:44",
                    "14:44",
                    late=False,
                    soon=True,
                ),
                box(
                    "BX-003226",
                    ("竹影社区 1 号点", "Zhuying site 1"),
                    "20",
                    ("在途 · 送样组 4", "in transit · team 4"),
                    "12:20",
                    "16:20",
                    late=False,
                ),
                box(
                    "BX-003231",
                    ("竹影社区 1 号点", "Zhuying site 1"),
                    "12",
                    ("采样点,待取", "at the site, waits"),
                    "13:58",
                    "17:58",
                    late=False,
                ),
            ),
            empty=Empty(text=t("没有在外的样本箱", "No box is on its way"), good=True),
        ),
        boxes_note=t("竖线为此刻,虚线为期限", "the line is now, the dashes are the limit"),
        labs=Table(
            caption=t("实验室", "Laboratories"),
            columns=(
                column("实验室", "Laboratory", lead=True),
                column("负荷", "Load", WIDE),
                column("待检", "Queue", NUMBER),
                column("最久", "Oldest"),
                column("状态", "State"),
            ),
            rows=(
                lab(
                    "市第一检测中心",
                    "City laboratory 1",
                    1.0,
                    "412",
                    t("2 小时 40 分", "2 h 40 min"),
                    chip(State.SOON, "满至 15:10", "full until 15:10"),
                ),
                lab(
                    "方舱实验室 7 号",
                    "Cabin laboratory 7",
                    0.74,
                    "168",
                    t("1 小时 05 分", "1 h 05 min"),
                    chip(State.DONE, "收样", "receiving"),
                ),
                lab(
                    "气膜实验室 2 号",
                    "Air-dome laboratory 2",
                    0.31,
                    "60",
                    t("22 分", "22 min"),
                    chip(State.DONE, "收样", "receiving"),
                ),
            ),
            empty=NOTHING,
        ),
    )
