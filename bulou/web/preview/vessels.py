"""An invented box and an invented tube."""

from __future__ import annotations

from bulou.web.preview.city import NOW, at, column, late_duties, t
from bulou.web.preview.parts import act, chip, fact, link, row, step
from bulou.web.show.duties import Step
from bulou.web.show.figures import Align, Cell, Empty, State, Table
from bulou.web.show.rounds import BoxPage, TubePage
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import late_words

NUMBER, WIDE = (Align.NUMBER, Align.WIDE)
NOTHING = Empty(text="–")


def steps() -> tuple[Step, ...]:
    """A box's story."""
    return (
        step("09:30", ("封箱", "Sealed"), by=("点长 · 吴*", "site lead · W*"), note=("20 管", "20 tubes")),
        step(
            "11:05",
            ("送样组 2 接收", "Accepted by courier team 2"),
            by=("王**", "W**"),
            note=("清点 20 管", "counted 20 tubes"),
        ),
        step("13:30", ("到期未送达", "The limit passes"), chip=chip(State.LATE, "逾期", "late")),
        step("13:50", ("移交市第一检测中心", "Offered to city laboratory 1"), note=("待接收", "awaiting acceptance")),
    )


def box() -> BoxPage:
    """A late box."""
    return BoxPage(
        code="BX-003187",
        chip=chip(State.LATE, "封箱,未送达", "sealed, not delivered"),
        clock=late_words(at("13:30"), NOW),
        clock_note=t("限 13:30 · 封箱 09:30 起 4 小时", "limit 13:30 · 4 h from sealing at 09:30"),
        late=True,
        facts=(
            fact(("采样点", "Site"), ("白鹭社区 3 号点", "Bailu site 3"), href="#"),
            fact(("内装", "Holds"), ("20 管 · 200 份", "20 tubes · 200 specimens")),
            fact(("封签", "Seal"), "FQ-7781-20"),
            fact(("实验室", "Laboratory"), ("未指定", "none yet")),
        ),
        band=story(
            (
                StoryLane(
                    name=t("白鹭社区 3 号点", "Bailu site 3"),
                    intervals=(Interval(start=at("09:30"), until=at("11:05")),),
                ),
                StoryLane(name=t("送样组 2", "Courier team 2"), intervals=(Interval(start=at("11:05")),)),
                StoryLane(
                    name=t("扫码", "Scans"),
                    moments=tuple(Moment(at=at(hour), label=t("扫码", "scan")) for hour in ("09:30", "11:05")),
                ),
            ),
            now=NOW,
            opened_at=at("09:30"),
            due_at=at("13:30"),
        ),
        scans=Table(
            caption=t("每次交接的清点", "Counts at each hand-over"),
            columns=(
                column("交接", "Hand-over", lead=True),
                column("时间", "Time"),
                column("应有", "Expected", NUMBER),
                column("清点", "Counted", NUMBER),
                column("差", "Difference", NUMBER),
                column("双方", "Both sides"),
            ),
            rows=(
                row(("封箱", "Sealing"), "09:30", "20", "20", "0", chip(State.DONE, "已签", "signed")),
                row(
                    ("采样点 → 送样组 2", "Site → courier team 2"),
                    "11:05",
                    "20",
                    "19",
                    "−1",
                    chip(State.SOON, "不符,待查", "differs, open"),
                ),
                row(
                    ("送样组 2 → 实验室", "Courier team 2 → laboratory"),
                    "13:50",
                    "20",
                    "–",
                    "–",
                    chip(State.SOON, "待接收 36 分", "waiting 36 min"),
                ),
            ),
            empty=NOTHING,
        ),
        tubes=Table(
            caption=t("箱内试管", "Tubes inside"),
            columns=(
                column("管号", "Tube", lead=True),
                column("混检", "Pool"),
                column("采样", "Collected"),
                column("人数", "People", NUMBER),
                column("状态", "State"),
            ),
            rows=tuple(
                row(
                    link(f"T-1182{number:02d}"),
                    ("10 混 1", "10 in 1"),
                    f"08:{10 + number}",
                    "10",
                    chip(State.LATER, "在箱", "in the box"),
                )
                for number in range(4, 10)
            ),
            empty=NOTHING,
        ),
        steps=steps(),
        duties=late_duties()[:1],
        acts=(act(("指定气膜 2 号", "Assign air-dome 2"), main=True), act(("报告丢失", "Report as lost"), get=True)),
    )


def tube() -> TubePage:
    """An abnormal pool."""
    return TubePage(
        code="T-118204",
        chip=chip(State.SOON, "混管异常", "pool abnormal"),
        clock=t("复采余 34 分", "34 min left to re-sample"),
        clock_note=t("限 15:00 · 异常报告起 2 小时", "limit 15:00 · 2 h from the abnormal report"),
        late=False,
        pool_note=t(
            "混管结果不是任何人的结果;10 人各自复采。",
            "A pool's result is nobody's result: each of the 10 is re-sampled.",
        ),
        facts=(
            fact(("混检", "Pool"), ("10 混 1", "10 in 1")),
            fact(("采样", "Collected"), "06:52", note=("竹影社区 1 号点 · 采样 5 组", "Zhuying site 1 · team 5")),
            fact(("样本箱", "Box"), "BX-003102", href="#"),
            fact(("实验室", "Laboratory"), ("方舱实验室 7 号", "Cabin laboratory 7")),
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
            columns=(
                column("人员", "Person", lead=True),
                column("住址", "Home"),
                column("复采", "Re-sampled"),
                column("结果", "Result"),
            ),
            rows=(
                row(
                    Cell(text=t("张**", "Z**"), note="****021X", href="#"),
                    ("竹影 6 栋 1-402", "Zhuying 6, 1-402"),
                    "14:02",
                    ("待报告", "awaited"),
                ),
                row(
                    Cell(text=t("刘*", "L*"), note="****7734", href="#"),
                    ("竹影 6 栋 1-1102", "Zhuying 6, 1-1102"),
                    chip(State.SOON, "不在家", "not at home"),
                    "",
                ),
                row(
                    Cell(text=t("欧**", "O**"), note="****1180", href="#"),
                    ("竹影 6 栋 2-703", "Zhuying 6, 2-703"),
                    "14:09",
                    ("待报告", "awaited"),
                ),
            ),
            empty=NOTHING,
            foot=t("另 7 人已复采", "7 more are re-sampled"),
        ),
        results=Table(
            caption=t("结果", "Results"),
            columns=(
                column("报告", "Report", lead=True),
                column("时间", "Time"),
                column("判读", "Reading"),
                column("实验室", "Laboratory"),
            ),
            rows=(
                row(
                    ("混管异常", "Pool abnormal"),
                    "13:00",
                    "ORF1ab Ct 34.1 · N Ct 33.6",
                    ("方舱实验室 7 号", "Cabin laboratory 7"),
                ),
            ),
            empty=Empty(text=t("尚无结果", "No result yet")),
        ),
        steps=steps()[:2],
        duties=late_duties()[3:],
    )
