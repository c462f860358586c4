"""Invented view-models of the testing round."""

from __future__ import annotations

from datetime import timedelta

from bulou.web.preview.city import NOW, at, column, late_duties, t
from bulou.web.preview.parts import act, chip, figure, link, row
from bulou.web.show.chart import Point, progress_chart
from bulou.web.show.figures import Align, Cell, Chip, Crumb, Empty, Meter, Row, State, Table
from bulou.web.show.rounds import RoundCard, RoundListPage, RoundPage
from bulou.web.show.words import count, share

NUMBER, WIDE = (Align.NUMBER, Align.WIDE)
NOTHING = Empty(text="–")


def round_list() -> RoundListPage:
    """Two rounds that run, and those before."""
    return RoundListPage(
        running=(
            RoundCard(
                code="R-2022-04",
                name=t("第 4 轮全员核酸", "Round 4, whole-city PCR"),
                href="#",
                kind=t("核酸 · 10 混 1", "PCR · 10 in 1"),
                area=t("东岭区、西坪区", "Dongling, Xiping"),
                opens_at=at("05:00"),
                deadline=at("16:00"),
                chip=chip(State.SOON, "落后", "behind"),
                meter=Meter(share=0.811, needed=0.858, words=t("已采 81.1%", "81.1% tested")),
                tested=share(48653, 59984),
                of=f"{count(48653)} / {count(59984)}",
                note=t("预计 16:41 完成,超 41 分", "done at 16:41, 41 min over"),
            ),
            RoundCard(
                code="A-2022-01",
                name=t("第 1 轮抗原自测", "Round 1, antigen at home"),
                href="#",
                kind=t("抗原 · 上门发放", "antigen · to the door"),
                area=t("望溪镇", "Wangxi Town"),
                opens_at=at("08:00"),
                deadline=at("18:00"),
                chip=chip(State.LATER, "按时", "in time"),
                meter=Meter(share=0.71, needed=0.64, words=t("已报 71.0%", "71.0% reported")),
                tested="71.0%",
                of=f"{count(5821)} / {count(8199)}",
                note=t("预计 16:50 完成", "done at 16:50"),
            ),
        ),
        past=Table(
            caption=t("往轮", "Earlier rounds"),
            columns=(
                column("轮次", "Round", lead=True),
                column("区域", "Area"),
                column("应检", "Roster", NUMBER),
                column("已采", "Tested", NUMBER),
                column("免检", "Exempt", NUMBER),
                column("截止", "Deadline"),
                column("结果", "Outcome"),
            ),
            rows=tuple(
                row(
                    link((f"第 {number} 轮", f"Round {number}")),
                    ("东岭区、西坪区", "Dongling, Xiping"),
                    count(59984 - number * 31),
                    count(59402 - number * 57),
                    count(560),
                    f"10-{8 + number:02d} 20:00",
                    chip(State.DONE, "按时完成", "in time"),
                )
                for number in (3, 2, 1)
            ),
            empty=NOTHING,
        ),
        empty=Empty(text=t("没有正在进行的轮次", "No round runs now")),
    )


def _unit(zh: str, en: str, roster: int, tested: int, exempt: int, done: str, *, behind: bool = False) -> Row:
    missing = roster - tested - exempt
    return row(
        link((zh, en)),
        link(count(missing)),
        count(roster),
        count(tested),
        count(exempt),
        Cell(
            text=share(tested, roster - exempt),
            meter=Meter(share=tested / (roster - exempt), needed=0.858, words=t("已采比例", "share tested")),
        ),
        Cell(text=done, chip=chip(State.SOON, "将逾期", "will be late") if behind else None),
    )


def units_table(caption: tuple[str, str], rows: tuple[Row, ...]) -> Table:
    """The drill-down of a round."""
    return Table(
        caption=t(*caption),
        columns=(
            column("单位", "Unit", lead=True),
            column("未采", "Missing", NUMBER),
            column("应检", "Roster", NUMBER),
            column("已采", "Tested", NUMBER),
            column("免检", "Exempt", NUMBER),
            column("进度(竖线为此刻应到)", "Progress (mark: needed by now)", WIDE),
            column("预计完成", "Projected"),
        ),
        rows=rows,
        empty=Empty(text=t("名册为空", "The roster is empty")),
    )


def round_page() -> RoundPage:
    """Round 4 in Dongling."""
    hours = (0, 2650, 5900, 9300, 12600, 15900, 18900, 21700, 24300, 26900)
    points = [Point(at=at("05:00") + timedelta(hours=number), tested=tested) for number, tested in enumerate(hours)]
    points.append(Point(at=NOW, tested=28062))
    return RoundPage(
        code="R-2022-04",
        name=t("第 4 轮全员核酸", "Round 4, whole-city PCR"),
        place=t("东岭区", "Dongling"),
        kind=t("核酸 · 10 混 1", "PCR · 10 in 1"),
        deadline=at("16:00"),
        chip=chip(State.SOON, "落后 4.7 点", "4.7 points behind"),
        crumbs=(
            Crumb(label=t("采样轮次", "Rounds"), href="#"),
            Crumb(label=t("第 4 轮", "Round 4"), href="#"),
            Crumb(label=t("东岭区", "Dongling")),
        ),
        figures=(
            figure(("应检", "Roster"), count(34912), unit=("人", "people"), href="#"),
            figure(
                ("已采", "Tested"),
                share(28062, 34600),
                unit=count(28062),
                meter=Meter(share=0.811, needed=0.858, words=t("已采 81.1%,应到 85.8%", "81.1%, should be 85.8%")),
                href="#",
            ),
            figure(("未采", "Missing"), count(6538), note=("有去向说明 611", "611 with a reason"), href="#"),
            figure(("免检", "Exempt"), count(312), href="#"),
            figure(
                ("每小时采样", "Per hour"),
                count(2910),
                note=("按时完成需 4,172", "4,172 needed to finish in time"),
                chip=chip(State.SOON, "偏慢", "too slow"),
            ),
        ),
        chart=progress_chart(
            points,
            starts_at=at("05:00"),
            deadline=at("16:00"),
            total=34600,
            now=NOW,
            projected_at=at("16:41"),
            words=t("第 4 轮东岭区:已采人数与按时完成所需人数", "Round 4, Dongling: people tested and people needed"),
        ),
        projected=t("按现速度 16:41 完成,超出期限 41 分", "done at 16:41 at this rate, 41 min beyond the deadline"),
        units=units_table(
            ("各街道未采", "Missing by street"),
            (
                _unit("青桐街道", "Qingtong Street", 12840, 9720, 160, "17:05", behind=True),
                _unit("石榴街道", "Shiliu Street", 9922, 7980, 78, "16:32", behind=True),
                _unit("柳塘街道", "Liutang Street", 7350, 6301, 41, "15:48"),
                _unit("望溪镇", "Wangxi Town", 4800, 4061, 33, "15:52"),
                Row(total=True, cells=_unit("合计", "Total", 34912, 28062, 312, "16:41").cells),
            ),
        ),
        people=None,
        sites=sites_table(),
        duties=late_duties()[1:2],
        missing_href="#",
        acts=(act(("调整期限", "Move the deadline"), get=True),),
    )


def sites_table() -> Table:
    """Sampling sites with their queues and the laboratories behind them."""

    def site(zh: str, en: str, queue: str, wait: str, rate: str, lab: str, chip: Chip) -> Row:
        return row(Cell(text=t(zh, en), note=t("05:00–20:00", "05:00–20:00"), href="#"), chip, queue, wait, rate, lab)

    opened = chip(State.DONE, "开放", "open")
    return Table(
        caption=t("采样点", "Sampling sites"),
        columns=(
            column("采样点", "Site", lead=True),
            column("状态", "State"),
            column("排队(人)", "Queue", NUMBER),
            column("等候(分)", "Wait, min", NUMBER),
            column("采样/时", "Per hour", NUMBER),
            column("对应实验室 · 余量/时", "Laboratory behind · free per h"),
        ),
        rows=(
            site(
                "柳塘社区 2 号点",
                "Liutang site 2",
                "212",
                "46",
                "275",
                t("市第一检测中心 · 0", "City laboratory 1 · 0"),
                chip(State.SOON, "排队超限", "queue over limit"),
            ),
            site(
                "白鹭社区 3 号点",
                "Bailu site 3",
                "31",
                "8",
                "240",
                t("气膜 2 号 · 1,200", "Air-dome 2 · 1,200"),
                opened,
            ),
            site(
                "竹影社区 1 号点",
                "Zhuying site 1",
                "12",
                "3",
                "190",
                t("气膜 2 号 · 1,200", "Air-dome 2 · 1,200"),
                opened,
            ),
            site(
                "望溪镇流动点",
                "Wangxi mobile site",
                "–",
                "–",
                "–",
                t("未指定", "none"),
                chip(State.PLAIN, "不能开放", "cannot open"),
            ),
        ),
        empty=NOTHING,
    )


def building() -> RoundPage:
    """The last step of the way down: households of one building."""

    def home(door: str, who: str, left: str, why: str, chip: Chip) -> Row:
        acts = (act(("登记去向", "Record why"), about=door),) if left != "0" else ()
        return row(link(door), who, left, why, chip, Cell(acts=acts))

    gone = chip(State.PLAIN, "已说明", "accounted for")
    owed = chip(State.SOON, "未落实", "not accounted for")
    return RoundPage(
        code="R-2022-04",
        name=t("第 4 轮全员核酸", "Round 4, whole-city PCR"),
        place=t("竹影社区 6 栋", "Zhuying, building 6"),
        kind=t("核酸 · 10 混 1", "PCR · 10 in 1"),
        deadline=at("16:00"),
        chip=chip(State.SOON, "落后", "behind"),
        crumbs=(
            Crumb(label=t("第 4 轮", "Round 4"), href="#"),
            Crumb(label=t("东岭区", "Dongling"), href="#"),
            Crumb(label=t("青桐街道", "Qingtong"), href="#"),
            Crumb(label=t("竹影社区", "Zhuying"), href="#"),
            Crumb(label=t("6 栋", "Building 6")),
        ),
        figures=(
            figure(("应检", "Roster"), "268"),
            figure(("已采", "Tested"), "88.3%", unit="235", meter=Meter(share=0.883, needed=0.858, words="88.3%")),
            figure(("未采", "Missing"), "31"),
            figure(("免检", "Exempt"), "2"),
        ),
        chart=None,
        projected="",
        units=None,
        people=Table(
            caption=t("未采住户", "Households with missing people"),
            columns=(
                column("户", "Door", lead=True),
                column("人员", "People"),
                column("未采", "Missing", NUMBER),
                column("去向", "Reason"),
                column("状态", "State"),
                column("下一步", "Next step", NUMBER, bare=True),
            ),
            rows=(
                home(
                    "1-402",
                    t("张** 等 3 人", "Z** and 2 more"),
                    "1",
                    t("外地出差至 10-15", "on a journey until 10-15"),
                    gone,
                ),
                home("1-1102", t("刘*", "L*"), "1", t("敲门两次无人", "knocked twice, nobody"), owed),
                home("2-703", t("欧** 等 5 人", "O** and 4 more"), "2", "", owed),
                home("3-301", t("何** · 行动不便", "H** · cannot walk"), "1", t("已约上门 15:00", "visit at 15:00"), gone),
            ),
            empty=Empty(text=t("全部已采", "Everybody is tested"), good=True),
        ),
        sites=None,
        missing_href="#",
    )
