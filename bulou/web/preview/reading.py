"""Invented view-models of the pages that one reads."""

from __future__ import annotations

from datetime import date

from django import forms

from bulou.web.preview.city import DIGEST, NOW, at, column, late_duties, t
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Act, Align, Cell, Chip, Empty, Figure, Pager, Row, State, Table
from bulou.web.show.reading import (
    DemoLogin,
    Equation,
    ErrorPage,
    FigureGroup,
    FiguresPage,
    Hit,
    HitGroup,
    InboxPage,
    LoginPage,
    Notice,
    PeoplePage,
    PersonPage,
    ReportPage,
    SearchPage,
    Term,
)
from bulou.web.show.words import count

NUMBER = Align.NUMBER
NOTHING = Empty(text="–")


class PeopleFilter(forms.Form):
    """Filters of the people's list."""

    def __init__(self) -> None:
        """Labels in the page's language."""
        super().__init__()
        self.fields["q"] = forms.CharField(label=t("姓名、证件尾号或户", "Name, end of document, or door"), required=False)
        self.fields["place"] = forms.ChoiceField(label=t("社区", "Community"), choices=[("", t("青桐街道全部", "all of Qingtong"))])
        self.fields["flag"] = forms.ChoiceField(label=t("重点照护", "Vulnerable"), choices=[("", t("不限", "any")), ("1", t("仅重点", "only"))])


def people() -> PeoplePage:
    """A street's people."""

    def person(name: str, document: str, home: str, state: Chip, flag: Chip | None = None) -> Row:
        return Row(cells=(Cell(text=name, note=document, href="#"), Cell(text=home), Cell(chip=flag), Cell(chip=state)))

    tested = Chip(state=State.DONE, text=t("本轮已采 09:12", "tested 09:12"))
    missing = Chip(state=State.SOON, text=t("本轮未采", "missing"))
    return PeoplePage(
        filters=PeopleFilter(),
        note=t("姓名与证件已遮盖;打开一人即留痕", "names and documents are masked; opening one is logged"),
        table=Table(
            caption=t("人员", "People"),
            columns=(column("人员", "Person", lead=True), column("住址", "Home"), column("照护", "Care"), column("本轮", "This round")),
            rows=(
                person(t("张**", "Z**"), "****021X", t("竹影 6 栋 1-402", "Zhuying 6, 1-402"), tested),
                person(t("刘*", "L*"), "****7734", t("竹影 6 栋 1-1102", "Zhuying 6, 1-1102"), missing),
                person(t("何**", "H**"), "****0056", t("竹影 6 栋 3-301", "Zhuying 6, 3-301"), missing, Chip(state=State.PLAIN, text=t("行动不便", "cannot walk"))),
                person("A** O**", "****3391", t("白鹭 2 栋 501", "Bailu 2, 501"), tested, Chip(state=State.PLAIN, text=t("需英语", "needs English"))),
            ),
            empty=Empty(text=t("没有符合条件的人员", "Nobody matches")),
        ),
        pager=Pager(shown=50, total=12840, following="#"),
    )


def person() -> PersonPage:
    """One person."""
    return PersonPage(
        code="P-00418823",
        name=t("何**", "H**"),
        flags=(Chip(state=State.PLAIN, text=t("80 岁以上", "80 or older")), Chip(state=State.PLAIN, text=t("行动不便", "cannot walk"))),
        facts=(
            Fact(label=t("证件", "Document"), value="****0056"),
            Fact(label=t("电话", "Telephone"), value="****6620"),
            Fact(label=t("住址", "Home"), value=t("竹影社区 6 栋 3-301", "Zhuying, building 6, 3-301"), href="#"),
            Fact(label=t("照护人", "Carer"), value=t("何*(同住)", "H* (same home)")),
            Fact(label=t("责任单位", "Responsible"), value=t("竹影社区", "Zhuying Community"), note=t("楼栋长 · 李**", "building captain · L**")),
        ),
        tests=Table(
            caption=t("采样与结果", "Samples and results"),
            columns=(column("轮次", "Round", lead=True), column("采样", "Collected"), column("管号", "Tube"), column("结果", "Result")),
            rows=(
                Row(cells=(Cell(text=t("第 4 轮", "Round 4"), href="#"), Cell(chip=Chip(state=State.SOON, text=t("已约上门 15:00", "visit at 15:00"))), Cell(), Cell())),
                Row(cells=(Cell(text=t("第 3 轮", "Round 3"), href="#"), Cell(text="10-11 15:20"), Cell(text="T-104410", note=t("单管", "single")), Cell(text=t("阴性", "negative")))),
            ),
            empty=NOTHING,
        ),
        duties=late_duties()[1:2],
        reads=Table(
            caption=t("谁读过此记录", "Who read this record"),
            columns=(column("时间", "Time", lead=True), column("谁", "Who"), column("为了什么", "What for")),
            rows=(
                Row(cells=(Cell(text="14:26"), Cell(text=t("东岭区指挥部 · 值班长", "Dongling headquarters · duty leader")), Cell(text=t("职责 B-20377", "duty B-20377")))),
                Row(cells=(Cell(text="13:02"), Cell(text=t("竹影社区 · 楼栋长", "Zhuying Community · building captain")), Cell(text=t("职责 B-20377", "duty B-20377")))),
            ),
            empty=NOTHING,
        ),
        reading=t("本次阅读已于 14:26 留痕,用途:职责 B-20377。本人可查。", "This reading was logged at 14:26, for duty B-20377. The person may see it."),
        acts=(Act(label=t("显示全名(留痕)", "Show in full (logged)"), url="#"),),
    )


def figures() -> FiguresPage:
    """Base figures of a district."""

    def base(zh: str, en: str, value: str, unit: tuple[str, str] = ("", ""), source: tuple[str, str] = ("", ""), *, late: bool = False, note: tuple[str, str] = ("", ""), word: tuple[str, str] = ("超限", "over")) -> Figure:  # noqa: PLR0913 - a base figure has these many parts
        return Figure(label=t(zh, en), value=value, unit=t(*unit), href="#", as_of=NOW, source=t(*source), late=late, note=t(*note), chip=Chip(state=State.LATE, text=t(*word)) if late else None)

    roster, scans, labs, ledger = ("名册 10-11", "roster 10-11"), ("扫码", "scans"), ("实验室", "laboratories"), ("职责账", "duties")
    people_unit, tube_unit, duty_unit = ("人", "people"), ("管", "tubes"), ("项", "")
    return FiguresPage(
        place=t("东岭区", "Dongling"),
        as_of=NOW,
        groups=(
            FigureGroup(
                heading=t("人与户", "People and homes"),
                figures=(
                    base("在册人口", "People on the roster", count(34912), people_unit, roster, note=("较昨日 +41:迁入 52、迁出 11", "41 more than yesterday: 52 in, 11 out")),
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
            columns=(column("缺什么", "What is missing", lead=True), column("在哪", "Where"), column("多少", "How many", NUMBER), column("谁负责", "Owner")),
            rows=(
                Row(cells=(Cell(text=t("楼栋没有包保人", "Buildings without a contact person"), href="#"), Cell(text=t("望溪镇", "Wangxi Town")), Cell(text="2"), Cell(text=t("望溪镇 · 值班员", "Wangxi Town · duty officer")))),
            ),
            empty=Empty(text=t("底数清:每项都有责任人和来源", "No gaps: every figure has an owner and a source"), good=True),
        ),
    )


def report(*, frozen: bool = True) -> ReportPage:
    """The report of the day before, in the public figures' form with invented numbers."""
    return ReportPage(
        day=date(2022, 10, 11),
        area=t("贵阳市(10 个县级区划)", "Guiyang (10 county-level divisions)"),
        series=t("发布口径 2", "series 2"),
        frozen_at=at("00:30") if frozen else None,
        frozen_by=t("清扫 · 值班长确认", "the sweep · confirmed by the duty leader"),
        seal=f"#47,220 · {DIGEST[:8]}…{DIGEST[-8:]}",
        headline=(
            Figure(label=t("新增确诊", "New confirmed"), value="8", unit=t("例", "")),
            Figure(label=t("新增无症状", "New asymptomatic"), value="86", unit=t("例", "")),
            Figure(label=t("无症状转确诊", "Converted"), value="2", unit=t("例", ""), note=t("只计一次,不重复新增", "counted once, not as new")),
        ),
        table=Table(
            caption=t("当日数据", "Figures of the day"),
            columns=(column("指标", "Statistic", lead=True), column("前一日", "Day before", NUMBER), column("当日", "Day", NUMBER), column("累计", "Cumulative", NUMBER), column("来源", "Source")),
            rows=(
                Row(cells=(Cell(text=t("确诊病例", "Confirmed cases")), Cell(text="11"), Cell(text="8"), Cell(text="35", href="#"), Cell(text=t("病例库", "case register")))),
                Row(cells=(Cell(text=t("无症状感染者", "Asymptomatic infections")), Cell(text="92"), Cell(text="86"), Cell(text="833", href="#"), Cell(text=t("病例库", "case register")))),
                Row(cells=(Cell(text=t("解除隔离", "Released")), Cell(text="40"), Cell(text="43"), Cell(text="217", href="#"), Cell(text=t("病例库", "case register")))),
            ),
            empty=NOTHING,
        ),
        equations=(
            Equation(
                label=t("累计无症状", "Cumulative asymptomatic"),
                terms=(Term(sign="", label=t("昨日累计", "yesterday"), value="747"), Term(sign="+", label=t("新增", "new"), value="86"), Term(sign="−", label=t("订正", "corrections"), value="0")),
                result_label=t("今日累计", "today"),
                result="833",
                holds=True,
            ),
            Equation(
                label=t("现有无症状", "Existing asymptomatic"),
                terms=(Term(sign="", label=t("昨日现有", "yesterday"), value="2,496"), Term(sign="+", label=t("新增", "new"), value="131"), Term(sign="−", label=t("转确诊", "converted"), value="9"), Term(sign="−", label=t("解除", "released"), value="43")),
                result_label=t("今日现有", "today"),
                result="2,575",
                holds=True,
            ),
        ),
        by_sample_day=Table(
            caption=t("按采样日拆分", "By day of sample"),
            columns=(column("采样日", "Day of sample", lead=True), column("确诊", "Confirmed", NUMBER), column("无症状", "Asymptomatic", NUMBER), column("至报告", "To report")),
            rows=(
                Row(cells=(Cell(text="10-11"), Cell(text="5"), Cell(text="61"), Cell(text=t("当日", "same day")))),
                Row(cells=(Cell(text="10-10"), Cell(text="3"), Cell(text="24"), Cell(text=t("1 天", "1 day")))),
                Row(cells=(Cell(text=t("更早", "earlier")), Cell(text="0"), Cell(text="<5"), Cell(text=t("2 天以上", "2 days or more")))),
            ),
            empty=NOTHING,
        ),
        corrections=Table(
            caption=t("订正", "Corrections"),
            columns=(column("记入", "Entered", lead=True),),
            rows=(),
            empty=Empty(text=t("没有订正", "No corrections"), note=t("冻结后的更改只以订正记入,不改原数", "after freezing, changes are entered, never edited"), good=True),
        ),
        notes=(
            t("公开表中小于 5 的格以“<5”表示。", "Cells below 5 are shown as “<5” in public tables."),
            t("区域为 2022-06-01 起的县级区划集合;口径变化不相减。", "The area is the dated set of divisions since 2022-06-01; unlike series are never subtracted."),
        ),
        previous_href="#",
        next_href="#",
        exports=(("JSON", "#"), ("Markdown", "#")),
    )


def search() -> SearchPage:
    """What is found for a number."""
    return SearchPage(
        query="003187",
        groups=(
            HitGroup(heading=t("样本箱", "Boxes"), total=1, hits=(Hit(label="BX-003187", note=t("白鹭社区 3 号点 · 石榴街道送样组 2", "Bailu site 3 · Shiliu courier team 2"), href="#", chip=Chip(state=State.LATE, text=t("逾期 56 分", "56 min late"))),)),
            HitGroup(
                heading=t("职责", "Duties"),
                total=12,
                href="#",
                hits=(
                    Hit(label=t("B-20418 · 样本箱送达实验室", "B-20418 · deliver the box to a laboratory"), note=t("石榴街道", "Shiliu Street"), href="#", chip=Chip(state=State.LATE, text=t("逾期 56 分", "56 min late"))),
                    Hit(label=t("B-20101 · 封箱", "B-20101 · seal the box"), note=t("白鹭社区 3 号点", "Bailu site 3"), href="#", chip=Chip(state=State.DONE, text=t("已办结", "closed"))),
                ),
            ),
        ),
        empty=NOTHING,
    )


def nothing_found() -> SearchPage:
    """What is said when nothing was found."""
    return SearchPage(query="BX-9", groups=(), empty=Empty(text=t("没有找到 BX-9", "Nothing found for BX-9"), note=t("编号要写全;姓名至少两个字。", "Write the whole number; of a name at least two letters.")))


def inbox() -> InboxPage:
    """Notices to a duty leader."""
    return InboxPage(
        notices=(
            Notice(what=t("样本箱送达实验室:逾期 50 分", "Deliver the box to a laboratory: 50 min late"), why=t("B-20418 · 升级至区 · 责任单位石榴街道", "B-20418 · escalated to the district · owner Shiliu Street"), at=at("14:20"), href="#", unread=True, chip=Chip(state=State.LATE, text=t("逾期 56 分", "56 min late")), acts=(Act(label=t("接管", "Take over"), url="#", about="B-20418"),)),
            Notice(what=t("两次拒收,须由你裁定", "Refused twice: you must decide"), why=t("B-20391 · 竹影社区与白鹭社区互推未采 12 人", "B-20391 · Zhuying and Bailu pass 12 missing people back and forth"), at=at("14:08"), href="#", unread=True, chip=Chip(state=State.SOON, text=t("余 12 分", "12 min left")), acts=(Act(label=t("裁定", "Decide"), url="#", get=True, main=True, about="B-20391"),)),
            Notice(what=t("石榴街道答复:无运力", "Shiliu Street answers: no capacity"), why="B-20418", at=at("13:05"), href="#"),
            Notice(what=t("第 4 轮预计超过期限", "Round 4 will pass its deadline"), why=t("东岭区 · 按现速度 16:41 完成", "Dongling · done at 16:41 at this rate"), at=at("12:40"), href="#"),
        ),
        unread=2,
        pager=Pager(shown=4, following="#"),
        empty=Empty(text=t("没有通知", "No notices"), good=True),
        acts=(Act(label=t("全部标为已读", "Mark all as read"), url="#"),),
    )


class LoginForm(forms.Form):
    """Account and password."""

    def __init__(self, *, wrong: bool = False) -> None:
        """Labels in the page's language; ``wrong`` shows the refusal."""
        super().__init__({"username": "dongling", "password": ""} if wrong else None)
        self.fields["username"] = forms.CharField(label=t("账号", "Account"), widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}))
        self.fields["password"] = forms.CharField(label=t("口令", "Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
        if wrong:
            self.add_error(None, t("账号或口令不对。", "Account or password is wrong."))


def login(*, wrong: bool = False) -> LoginPage:
    """The door with its demonstration log-ins."""
    return LoginPage(
        form=LoginForm(wrong=wrong),
        demos=(
            DemoLogin(account="leader", password="drill-leader", post=t("值班长", "duty leader"), unit=t("市指挥部", "City headquarters"), sees=t("全市", "the whole city")),  # noqa: S106 - an invented account
            DemoLogin(account="street", password="drill-street", post=t("值班员", "duty officer"), unit=t("青桐街道", "Qingtong Street"), sees=t("本街道及以下", "the street and below")),  # noqa: S106 - an invented account
            DemoLogin(account="lab", password="drill-lab", post=t("收样台", "reception"), unit=t("气膜实验室 2 号", "Air-dome laboratory 2"), sees=t("送到本实验室的样本", "specimens sent to this laboratory")),  # noqa: S106 - an invented account
        ),
    )


def fault() -> ErrorPage:
    """A page that was refused with its reason."""
    return ErrorPage(status=403, heading="", message="", remedy="", reference="7QK2-41")
