"""Invented view-models of the round and of the specimen chain."""

from __future__ import annotations

from datetime import timedelta

from bulou.web.preview.city import NOW, at, column, late_duties, t
from bulou.web.show.chart import Point, progress_chart
from bulou.web.show.duties import Fact, Step
from bulou.web.show.figures import (
    Act,
    Align,
    Cell,
    Chip,
    Crumb,
    Empty,
    Figure,
    Meter,
    Row,
    State,
    Table,
)
from bulou.web.show.rounds import BoxPage, ChainPage, RoundCard, RoundListPage, RoundPage, Stage, TubePage
from bulou.web.show.story import Interval, Moment, StoryLane, age_lane, story
from bulou.web.show.words import count, late_words, share, span_words

NUMBER, WIDE = Align.NUMBER, Align.WIDE
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
                chip=Chip(state=State.SOON, text=t("落后", "behind")),
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
                chip=Chip(state=State.LATER, text=t("按时", "in time")),
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
                Row(
                    cells=(
                        Cell(text=t(f"第 {number} 轮", f"Round {number}"), href="#"),
                        Cell(text=t("东岭区、西坪区", "Dongling, Xiping")),
                        Cell(text=count(59984 - number * 31)),
                        Cell(text=count(59402 - number * 57)),
                        Cell(text=count(560)),
                        Cell(text=f"10-{8 + number:02d} 20:00"),
                        Cell(chip=Chip(state=State.DONE, text=t("按时完成", "in time"))),
                    )
                )
                for number in (3, 2, 1)
            ),
            empty=NOTHING,
        ),
        empty=Empty(text=t("没有正在进行的轮次", "No round runs now")),
    )


def _unit(zh: str, en: str, roster: int, tested: int, exempt: int, done: str, *, behind: bool = False) -> Row:
    missing = roster - tested - exempt
    return Row(
        cells=(
            Cell(text=t(zh, en), href="#"),
            Cell(text=count(missing), href="#"),
            Cell(text=count(roster)),
            Cell(text=count(tested)),
            Cell(text=count(exempt)),
            Cell(
                text=share(tested, roster - exempt),
                meter=Meter(share=tested / (roster - exempt), needed=0.858, words=t("已采比例", "share tested")),
            ),
            Cell(
                text=done,
                chip=Chip(state=State.SOON, text=t("将逾期", "will be late")) if behind else None,
            ),
        )
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
        chip=Chip(state=State.SOON, text=t("落后 4.7 点", "4.7 points behind")),
        crumbs=(
            Crumb(label=t("采样轮次", "Rounds"), href="#"),
            Crumb(label=t("第 4 轮", "Round 4"), href="#"),
            Crumb(label=t("东岭区", "Dongling")),
        ),
        figures=(
            Figure(label=t("应检", "Roster"), value=count(34912), unit=t("人", "people"), href="#"),
            Figure(
                label=t("已采", "Tested"),
                value=share(28062, 34600),
                unit=count(28062),
                meter=Meter(share=0.811, needed=0.858, words=t("已采 81.1%,应到 85.8%", "81.1%, should be 85.8%")),
                href="#",
            ),
            Figure(label=t("未采", "Missing"), value=count(6538), note=t("有去向说明 611", "611 with a reason"), href="#"),
            Figure(label=t("免检", "Exempt"), value=count(312), href="#"),
            Figure(
                label=t("每小时采样", "Per hour"),
                value=count(2910),
                note=t("按时完成需 4,172", "4,172 needed to finish in time"),
                chip=Chip(state=State.SOON, text=t("偏慢", "too slow")),
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
        acts=(Act(label=t("调整期限", "Move the deadline"), url="#", get=True),),
    )


def sites_table() -> Table:
    """Sampling sites with their queues and the laboratories behind them."""

    def site(zh: str, en: str, queue: str, wait: str, rate: str, lab: str, chip: Chip) -> Row:
        return Row(
            cells=(
                Cell(text=t(zh, en), note=t("05:00–20:00", "05:00–20:00"), href="#"),
                Cell(chip=chip),
                Cell(text=queue),
                Cell(text=wait),
                Cell(text=rate),
                Cell(text=lab),
            )
        )

    opened = Chip(state=State.DONE, text=t("开放", "open"))
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
            site("柳塘社区 2 号点", "Liutang site 2", "212", "46", "275", t("市第一检测中心 · 0", "City laboratory 1 · 0"), Chip(state=State.SOON, text=t("排队超限", "queue over limit"))),
            site("白鹭社区 3 号点", "Bailu site 3", "31", "8", "240", t("气膜 2 号 · 1,200", "Air-dome 2 · 1,200"), opened),
            site("竹影社区 1 号点", "Zhuying site 1", "12", "3", "190", t("气膜 2 号 · 1,200", "Air-dome 2 · 1,200"), opened),
            site("望溪镇流动点", "Wangxi mobile site", "–", "–", "–", t("未指定", "none"), Chip(state=State.PLAIN, text=t("不能开放", "cannot open"))),
        ),
        empty=NOTHING,
    )


def building() -> RoundPage:
    """The last step of the way down: households of one building."""

    def home(door: str, who: str, left: str, why: str, chip: Chip) -> Row:
        acts = (Act(label=t("登记去向", "Record why"), url="#", about=door),) if left != "0" else ()
        return Row(
            cells=(Cell(text=door, href="#"), Cell(text=who), Cell(text=left), Cell(text=why), Cell(chip=chip), Cell(acts=acts))
        )

    gone = Chip(state=State.PLAIN, text=t("已说明", "accounted for"))
    owed = Chip(state=State.SOON, text=t("未落实", "not accounted for"))
    return RoundPage(
        code="R-2022-04",
        name=t("第 4 轮全员核酸", "Round 4, whole-city PCR"),
        place=t("竹影社区 6 栋", "Zhuying, building 6"),
        kind=t("核酸 · 10 混 1", "PCR · 10 in 1"),
        deadline=at("16:00"),
        chip=Chip(state=State.SOON, text=t("落后", "behind")),
        crumbs=tuple(
            Crumb(label=t(zh, en), href="#")
            for zh, en in (("第 4 轮", "Round 4"), ("东岭区", "Dongling"), ("青桐街道", "Qingtong"), ("竹影社区", "Zhuying"))
        )
        + (Crumb(label=t("6 栋", "Building 6")),),
        figures=(
            Figure(label=t("应检", "Roster"), value="268"),
            Figure(label=t("已采", "Tested"), value="88.3%", unit="235", meter=Meter(share=0.883, needed=0.858, words="88.3%")),
            Figure(label=t("未采", "Missing"), value="31"),
            Figure(label=t("免检", "Exempt"), value="2"),
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
                column("", "", bare=True),
            ),
            rows=(
                home("1-402", t("张** 等 3 人", "Z** and 2 more"), "1", t("外地出差至 10-15", "on a journey until 10-15"), gone),
                home("1-1102", t("刘*", "L*"), "1", t("敲门两次无人", "knocked twice, nobody"), owed),
                home("2-703", t("欧** 等 5 人", "O** and 4 more"), "2", "", owed),
                home("3-301", t("何** · 行动不便", "H** · cannot walk"), "1", t("已约上门 15:00", "visit at 15:00"), gone),
            ),
            empty=Empty(text=t("全部已采", "Everybody is tested"), good=True),
        ),
        sites=None,
        missing_href="#",
    )


def chain() -> ChainPage:
    """The chain at 14:26."""

    def lane(since: str, due: str) -> Cell:
        return Cell(lane=age_lane(at(since), at(due), now=NOW, before=timedelta(hours=5, minutes=30), after=timedelta(hours=3)))

    def box(code: str, site: tuple[str, str], tubes: str, where: tuple[str, str], since: str, due: str, *, late: bool, soon: bool = False) -> Row:
        state = State.LATE if late else State.SOON if soon else State.LATER
        return Row(
            cells=(
                Cell(text=code, note=t(*site), href="#"),
                Cell(text=tubes),
                Cell(text=t(*where)),
                lane(since, due),
                Cell(chip=Chip(state=state, text=late_words(at(due), NOW))),
            )
        )

    def lab(zh: str, en: str, load: float, queue: str, oldest: str, chip: Chip) -> Row:
        return Row(
            cells=(
                Cell(text=t(zh, en), href="#"),
                Cell(text=f"{load * 100:.0f}%", meter=Meter(share=load, words=f"{load * 100:.0f}%")),
                Cell(text=queue),
                Cell(text=oldest),
                Cell(chip=chip),
            )
        )

    def age(zh: str, en: str, minutes: int, waiting: str) -> Row:
        over = minutes > 240  # noqa: PLR2004 - the invented limit of four hours
        return Row(
            cells=(
                Cell(text=t(zh, en), href="#"),
                Cell(text=span_words(timedelta(minutes=minutes)), state=State.LATE if over else None),
                Cell(meter=Meter(share=minutes / 360, needed=240 / 360, words=span_words(timedelta(minutes=minutes)), state=State.LATE if over else State.LATER)),
                Cell(chip=Chip(state=State.LATE, text=t("超限", "over")) if over else None, text="" if over else waiting),
            )
        )

    def stage(zh: str, en: str, number: int, oldest: str, limit: tuple[str, str], *, late: int = 0) -> Stage:  # noqa: PLR0913 - a station has these many parts
        return Stage(
            key=en,
            label=t(zh, en),
            count=count(number),
            unit=t("管", "tubes"),
            oldest=oldest,
            limit=t(*limit),
            href="#",
            chip=Chip(state=State.LATE, text=t(f"{late} 超限", f"{late} over")) if late else None,
            late=str(late or ""),
        )

    return ChainPage(
        stages=(
            stage("已采", "Collected", 184, t("最久 38 分", "oldest 38 min"), ("装箱限 1 小时", "boxed within 1 h")),
            stage("已封箱", "Sealed", 96, t("最久 4 小时 56 分", "oldest 4 h 56 min"), ("送达限 4 小时", "delivered within 4 h"), late=40),
            stage("在途", "In transit", 212, t("最久 1 小时 12 分", "oldest 1 h 12 min"), ("送达限 4 小时", "delivered within 4 h")),
            stage("已收样", "Received", 640, t("最久 2 小时 40 分", "oldest 2 h 40 min"), ("出结果限 6 小时", "result within 6 h")),
            stage("已检测", "Tested", 58, t("最久 21 分", "oldest 21 min"), ("报告限 1 小时", "reported within 1 h")),
            stage("已报告", "Reported", 4046, t("平均 5 小时 31 分", "mean 5 h 31 min"), ("采样到报告", "from swab to report")),
        ),
        signals=(
            Figure(label=t("混管异常", "Pools abnormal"), value="4", unit=t("管 · 40 人待单人复采", "tubes · 40 people to re-sample"), href="#"),
            Figure(label=t("初筛阳性", "Preliminary positive"), value="3", unit=t("人 · 待专家诊断", "people · await diagnosis"), href="#"),
            Figure(label=t("确诊 / 无症状", "Confirmed / asymptomatic"), value="1 / 5", unit=t("例 · 今日", "today"), href="#"),
        ),
        ages=Table(
            caption=t("各区最久样本", "Oldest specimen by district"),
            columns=(column("区", "District", lead=True), column("最久", "Age"), column("限 4 小时", "Limit 4 h", WIDE), column("待送", "Waiting")),
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
            columns=(column("箱", "Box", lead=True), column("采样点", "Site"), column("份数", "Specimens", NUMBER), column("封箱", "Sealed"), column("责任单位", "Owner"), column("", "", bare=True)),
            rows=(
                Row(cells=(Cell(text="BX-003187", href="#"), Cell(text=t("白鹭社区 3 号点", "Bailu site 3")), Cell(text="200"), Cell(text="09:30"), Cell(text=t("石榴街道 · 送样组 2", "Shiliu Street · courier team 2")), Cell(acts=(Act(label=t("指定气膜 2 号", "Assign air-dome 2"), url="#", main=True, about="BX-003187"),)))),
                Row(cells=(Cell(text="BX-003190", href="#"), Cell(text=t("白鹭社区 3 号点", "Bailu site 3")), Cell(text="200"), Cell(text="09:30"), Cell(text=t("石榴街道 · 送样组 2", "Shiliu Street · courier team 2")), Cell(acts=(Act(label=t("指定气膜 2 号", "Assign air-dome 2"), url="#", main=True, about="BX-003190"),)))),
            ),
            empty=Empty(text=t("每份样本都有实验室", "Every specimen has a laboratory"), good=True),
        ),
        unassigned_total="400",
        boxes=Table(
            caption=t("在外的样本箱", "Boxes on their way"),
            columns=(column("箱", "Box", lead=True), column("管", "Tubes", NUMBER), column("此刻在", "Now with"), column("封箱 → 期限(虚线)", "Sealed → limit (dashed)", WIDE), column("时钟", "Clock")),
            rows=(
                box("BX-003187", ("白鹭社区 3 号点", "Bailu site 3"), "20", ("石榴街道 · 送样组 2", "Shiliu · courier team 2"), "09:30", "13:30", late=True),
                box("BX-003201", ("柳塘社区 2 号点", "Liutang site 2"), "20", ("气膜 2 号门前,未签收", "at air-dome 2, not signed"), "09:55", "13:55", late=True),
                box("BX-003212", ("望溪镇 1 号点", "Wangxi site 1"), "18", ("在途 · 送样组 1", "in transit · team 1"), "10:44", "14:44", late=False, soon=True),
                box("BX-003226", ("竹影社区 1 号点", "Zhuying site 1"), "20", ("在途 · 送样组 4", "in transit · team 4"), "12:20", "16:20", late=False),
                box("BX-003231", ("竹影社区 1 号点", "Zhuying site 1"), "12", ("采样点,待取", "at the site, waits"), "13:58", "17:58", late=False),
            ),
            empty=Empty(text=t("没有在外的样本箱", "No box is on its way"), good=True),
        ),
        boxes_note=t("竖线为此刻,虚线为期限", "the line is now, the dashes are the limit"),
        labs=Table(
            caption=t("实验室", "Laboratories"),
            columns=(column("实验室", "Laboratory", lead=True), column("负荷", "Load", WIDE), column("待检", "Queue", NUMBER), column("最久", "Oldest"), column("状态", "State")),
            rows=(
                lab("市第一检测中心", "City laboratory 1", 1.0, "412", t("2 小时 40 分", "2 h 40 min"), Chip(state=State.SOON, text=t("满至 15:10", "full until 15:10"))),
                lab("方舱实验室 7 号", "Cabin laboratory 7", 0.74, "168", t("1 小时 05 分", "1 h 05 min"), Chip(state=State.DONE, text=t("收样", "receiving"))),
                lab("气膜实验室 2 号", "Air-dome laboratory 2", 0.31, "60", t("22 分", "22 min"), Chip(state=State.DONE, text=t("收样", "receiving"))),
            ),
            empty=NOTHING,
        ),
    )


def steps() -> tuple[Step, ...]:
    """A box's story."""
    return (
        Step(at=at("09:30"), what=t("封箱", "Sealed"), by=t("点长 · 吴*", "site lead · W*"), note=t("20 管", "20 tubes")),
        Step(at=at("11:05"), what=t("送样组 2 接收", "Accepted by courier team 2"), by=t("王**", "W**"), note=t("清点 20 管", "counted 20 tubes")),
        Step(at=at("13:30"), what=t("到期未送达", "The limit passes"), chip=Chip(state=State.LATE, text=t("逾期", "late"))),
        Step(at=at("13:50"), what=t("移交市第一检测中心", "Offered to city laboratory 1"), note=t("待接收", "awaiting acceptance")),
    )


def box() -> BoxPage:
    """A late box."""
    return BoxPage(
        code="BX-003187",
        chip=Chip(state=State.LATE, text=t("封箱,未送达", "sealed, not delivered")),
        clock=late_words(at("13:30"), NOW),
        clock_note=t("限 13:30 · 封箱 09:30 起 4 小时", "limit 13:30 · 4 h from sealing at 09:30"),
        late=True,
        facts=(
            Fact(label=t("采样点", "Site"), value=t("白鹭社区 3 号点", "Bailu site 3"), href="#"),
            Fact(label=t("内装", "Holds"), value=t("20 管 · 200 份", "20 tubes · 200 specimens")),
            Fact(label=t("封签", "Seal"), value="FQ-7781-20"),
            Fact(label=t("实验室", "Laboratory"), value=t("未指定", "none yet")),
        ),
        band=story(
            (
                StoryLane(name=t("白鹭社区 3 号点", "Bailu site 3"), intervals=(Interval(start=at("09:30"), until=at("11:05")),)),
                StoryLane(name=t("送样组 2", "Courier team 2"), intervals=(Interval(start=at("11:05")),)),
                StoryLane(name=t("扫码", "Scans"), moments=tuple(Moment(at=at(hour), label=t("扫码", "scan")) for hour in ("09:30", "11:05"))),
            ),
            now=NOW,
            opened_at=at("09:30"),
            due_at=at("13:30"),
        ),
        scans=Table(
            caption=t("每次交接的清点", "Counts at each hand-over"),
            columns=(column("交接", "Hand-over", lead=True), column("时间", "Time"), column("应有", "Expected", NUMBER), column("清点", "Counted", NUMBER), column("差", "Difference", NUMBER), column("双方", "Both sides")),
            rows=(
                Row(cells=(Cell(text=t("封箱", "Sealing")), Cell(text="09:30"), Cell(text="20"), Cell(text="20"), Cell(text="0"), Cell(chip=Chip(state=State.DONE, text=t("已签", "signed"))))),
                Row(cells=(Cell(text=t("采样点 → 送样组 2", "Site → courier team 2")), Cell(text="11:05"), Cell(text="20"), Cell(text="19"), Cell(text="−1"), Cell(chip=Chip(state=State.SOON, text=t("不符,待查", "differs, open"))))),
                Row(cells=(Cell(text=t("送样组 2 → 实验室", "Courier team 2 → laboratory")), Cell(text="13:50"), Cell(text="20"), Cell(text="–"), Cell(text="–"), Cell(chip=Chip(state=State.SOON, text=t("待接收 36 分", "waiting 36 min"))))),
            ),
            empty=NOTHING,
        ),
        tubes=Table(
            caption=t("箱内试管", "Tubes inside"),
            columns=(column("管号", "Tube", lead=True), column("混检", "Pool"), column("采样", "Collected"), column("人数", "People", NUMBER), column("状态", "State")),
            rows=tuple(
                Row(cells=(Cell(text=f"T-1182{number:02d}", href="#"), Cell(text=t("10 混 1", "10 in 1")), Cell(text=f"08:{10 + number}"), Cell(text="10"), Cell(chip=Chip(state=State.LATER, text=t("在箱", "in the box")))))
                for number in range(4, 10)
            ),
            empty=NOTHING,
        ),
        steps=steps(),
        duties=late_duties()[:1],
        acts=(Act(label=t("指定气膜 2 号", "Assign air-dome 2"), url="#", main=True), Act(label=t("报告丢失", "Report as lost"), url="#", get=True)),
    )


def tube() -> TubePage:
    """An abnormal pool."""
    return TubePage(
        code="T-118204",
        chip=Chip(state=State.SOON, text=t("混管异常", "pool abnormal")),
        clock=t("复采余 34 分", "34 min left to re-sample"),
        clock_note=t("限 15:00 · 异常报告起 2 小时", "limit 15:00 · 2 h from the abnormal report"),
        late=False,
        pool_note=t("混管结果不是任何人的结果;10 人各自复采。", "A pool's result is nobody's result: each of the 10 is re-sampled."),
        facts=(
            Fact(label=t("混检", "Pool"), value=t("10 混 1", "10 in 1")),
            Fact(label=t("采样", "Collected"), value="06:52", note=t("竹影社区 1 号点 · 采样 5 组", "Zhuying site 1 · team 5")),
            Fact(label=t("样本箱", "Box"), value="BX-003102", href="#"),
            Fact(label=t("实验室", "Laboratory"), value=t("方舱实验室 7 号", "Cabin laboratory 7")),
        ),
        band=story(
            (
                StoryLane(name=t("采样点", "Site"), intervals=(Interval(start=at("06:52"), until=at("07:40")),)),
                StoryLane(name=t("送样", "Courier"), intervals=(Interval(start=at("07:40"), until=at("08:35")),)),
                StoryLane(name=t("实验室", "Laboratory"), intervals=(Interval(start=at("08:35"), until=at("13:00")),)),
            ),
            now=NOW,
            opened_at=at("06:52"),
            due_at=at("14:35"),
            closed_at=at("13:00"),
        ),
        members=Table(
            caption=t("同管 10 人", "The 10 people of the pool"),
            columns=(column("人员", "Person", lead=True), column("住址", "Home"), column("复采", "Re-sampled"), column("结果", "Result")),
            rows=(
                Row(cells=(Cell(text=t("张**", "Z**"), note="****021X", href="#"), Cell(text=t("竹影 6 栋 1-402", "Zhuying 6, 1-402")), Cell(text="14:02"), Cell(text=t("待报告", "awaited")))),
                Row(cells=(Cell(text=t("刘*", "L*"), note="****7734", href="#"), Cell(text=t("竹影 6 栋 1-1102", "Zhuying 6, 1-1102")), Cell(chip=Chip(state=State.SOON, text=t("不在家", "not at home"))), Cell())),
                Row(cells=(Cell(text=t("欧**", "O**"), note="****1180", href="#"), Cell(text=t("竹影 6 栋 2-703", "Zhuying 6, 2-703")), Cell(text="14:09"), Cell(text=t("待报告", "awaited")))),
            ),
            empty=NOTHING,
            foot=t("另 7 人已复采", "7 more are re-sampled"),
        ),
        results=Table(
            caption=t("结果", "Results"),
            columns=(column("报告", "Report", lead=True), column("时间", "Time"), column("判读", "Reading"), column("实验室", "Laboratory")),
            rows=(Row(cells=(Cell(text=t("混管异常", "Pool abnormal")), Cell(text="13:00"), Cell(text="ORF1ab Ct 34.1 · N Ct 33.6"), Cell(text=t("方舱实验室 7 号", "Cabin laboratory 7")))),),
            empty=Empty(text=t("尚无结果", "No result yet")),
        ),
        steps=steps()[:2],
        duties=late_duties()[3:],
    )
