"""Invented view-models of people, search, inbox and log-in."""

from __future__ import annotations

from django import forms

from bulou.web.preview.city import at, column, late_duties, t
from bulou.web.preview.parts import act, chip, fact, link, row
from bulou.web.show.figures import Align, Cell, Chip, Empty, Pager, Row, State, Table
from bulou.web.show.reading import (
    DemoLogin,
    ErrorPage,
    Hit,
    HitGroup,
    InboxPage,
    LoginPage,
    Notice,
    PeoplePage,
    PersonPage,
    SearchPage,
)

NUMBER = Align.NUMBER
NOTHING = Empty(text="–")


class PeopleFilter(forms.Form):
    """Filters of the people's list."""

    def __init__(self) -> None:
        """Labels in the page's language."""
        super().__init__()
        self.fields["q"] = forms.CharField(label=t("姓名、证件尾号或户", "Name, end of document, or door"), required=False)
        self.fields["place"] = forms.ChoiceField(
            label=t("社区", "Community"), choices=[("", t("青桐街道全部", "all of Qingtong"))]
        )
        self.fields["flag"] = forms.ChoiceField(
            label=t("重点照护", "Vulnerable"), choices=[("", t("不限", "any")), ("1", t("仅重点", "only"))]
        )


def people() -> PeoplePage:
    """A street's people."""

    def person(name: str, document: str, home: str, state: Chip, flag: Chip | None = None) -> Row:
        return row(Cell(text=name, note=document, href="#"), home, flag, state)

    tested = chip(State.DONE, "本轮已采 09:12", "tested 09:12")
    missing = chip(State.SOON, "本轮未采", "missing")
    return PeoplePage(
        filters=PeopleFilter(),
        note=t("姓名与证件已遮盖;打开一人即留痕", "names and documents are masked; opening one is logged"),
        table=Table(
            caption=t("人员", "People"),
            columns=(
                column("人员", "Person", lead=True),
                column("住址", "Home"),
                column("照护", "Care"),
                column("本轮", "This round"),
            ),
            rows=(
                person(t("张**", "Z**"), "****021X", t("竹影 6 栋 1-402", "Zhuying 6, 1-402"), tested),
                person(t("刘*", "L*"), "****7734", t("竹影 6 栋 1-1102", "Zhuying 6, 1-1102"), missing),
                person(
                    t("何**", "H**"),
                    "****0056",
                    t("竹影 6 栋 3-301", "Zhuying 6, 3-301"),
                    missing,
                    chip(State.PLAIN, "行动不便", "cannot walk"),
                ),
                person(
                    "A** O**",
                    "****3391",
                    t("白鹭 2 栋 501", "Bailu 2, 501"),
                    tested,
                    chip(State.PLAIN, "需英语", "needs English"),
                ),
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
        flags=(chip(State.PLAIN, "80 岁以上", "80 or older"), chip(State.PLAIN, "行动不便", "cannot walk")),
        facts=(
            fact(("证件", "Document"), "****0056"),
            fact(("电话", "Telephone"), "****6620"),
            fact(("住址", "Home"), ("竹影社区 6 栋 3-301", "Zhuying, building 6, 3-301"), href="#"),
            fact(("照护人", "Carer"), ("何*(同住)", "H* (same home)")),
            fact(
                ("责任单位", "Responsible"),
                ("竹影社区", "Zhuying Community"),
                note=("楼栋长 · 李**", "building captain · L**"),
            ),
        ),
        tests=Table(
            caption=t("采样与结果", "Samples and results"),
            columns=(
                column("轮次", "Round", lead=True),
                column("采样", "Collected"),
                column("管号", "Tube"),
                column("结果", "Result"),
            ),
            rows=(
                row(link(("第 4 轮", "Round 4")), chip(State.SOON, "已约上门 15:00", "visit at 15:00"), "", ""),
                row(
                    link(("第 3 轮", "Round 3")),
                    "10-11 15:20",
                    Cell(text="T-104410", note=t("单管", "single")),
                    ("阴性", "negative"),
                ),
            ),
            empty=NOTHING,
        ),
        duties=late_duties()[1:2],
        reads=Table(
            caption=t("谁读过此记录", "Who read this record"),
            columns=(column("时间", "Time", lead=True), column("谁", "Who"), column("为了什么", "What for")),
            rows=(
                row(
                    "14:26",
                    ("东岭区指挥部 · 值班长", "Dongling headquarters · duty leader"),
                    ("职责 B-20377", "duty B-20377"),
                ),
                row(
                    "13:02",
                    ("竹影社区 · 楼栋长", "Zhuying Community · building captain"),
                    ("职责 B-20377", "duty B-20377"),
                ),
            ),
            empty=NOTHING,
        ),
        reading=t(
            "本次阅读已于 14:26 留痕,用途:职责 B-20377。本人可查。",
            "This reading was logged at 14:26, for duty B-20377. The person may see it.",
        ),
        acts=(act(("显示全名(留痕)", "Show in full (logged)")),),
    )


def search() -> SearchPage:
    """What is found for a number."""
    return SearchPage(
        query="003187",
        groups=(
            HitGroup(
                heading=t("样本箱", "Boxes"),
                total=1,
                hits=(
                    Hit(
                        label="BX-003187",
                        note=t("白鹭社区 3 号点 · 石榴街道送样组 2", "Bailu site 3 · Shiliu courier team 2"),
                        href="#",
                        chip=chip(State.LATE, "逾期 56 分", "56 min late"),
                    ),
                ),
            ),
            HitGroup(
                heading=t("职责", "Duties"),
                total=12,
                href="#",
                hits=(
                    Hit(
                        label=t("B-20418 · 样本箱送达实验室", "B-20418 · deliver the box to a laboratory"),
                        note=t("石榴街道", "Shiliu Street"),
                        href="#",
                        chip=chip(State.LATE, "逾期 56 分", "56 min late"),
                    ),
                    Hit(
                        label=t("B-20101 · 封箱", "B-20101 · seal the box"),
                        note=t("白鹭社区 3 号点", "Bailu site 3"),
                        href="#",
                        chip=chip(State.DONE, "已办结", "closed"),
                    ),
                ),
            ),
        ),
        empty=NOTHING,
    )


def nothing_found() -> SearchPage:
    """What is said when nothing was found."""
    return SearchPage(
        query="BX-9",
        groups=(),
        empty=Empty(
            text=t("没有找到 BX-9", "Nothing found for BX-9"),
            note=t("编号要写全;姓名至少两个字。", "Write the whole number; of a name at least two letters."),
        ),
    )


def inbox() -> InboxPage:
    """Notices to a duty leader."""
    return InboxPage(
        notices=(
            Notice(
                what=t("样本箱送达实验室:逾期 50 分", "Deliver the box to a laboratory: 50 min late"),
                why=t("B-20418 · 升级至区 · 责任单位石榴街道", "B-20418 · escalated to the district · owner Shiliu Street"),
                at=at("14:20"),
                href="#",
                unread=True,
                chip=chip(State.LATE, "逾期 56 分", "56 min late"),
                acts=(act(("接管", "Take over"), about="B-20418"),),
            ),
            Notice(
                what=t("两次拒收,须由你裁定", "Refused twice: you must decide"),
                why=t(
                    "B-20391 · 竹影社区与白鹭社区互推未采 12 人",
                    "B-20391 · Zhuying and Bailu pass 12 missing people back and forth",
                ),
                at=at("14:08"),
                href="#",
                unread=True,
                chip=chip(State.SOON, "余 12 分", "12 min left"),
                acts=(act(("裁定", "Decide"), get=True, main=True, about="B-20391"),),
            ),
            Notice(
                what=t("石榴街道答复:无运力", "Shiliu Street answers: no capacity"),
                why="B-20418",
                at=at("13:05"),
                href="#",
            ),
            Notice(
                what=t("第 4 轮预计超过期限", "Round 4 will pass its deadline"),
                why=t("东岭区 · 按现速度 16:41 完成", "Dongling · done at 16:41 at this rate"),
                at=at("12:40"),
                href="#",
            ),
        ),
        unread=2,
        pager=Pager(shown=4, following="#"),
        empty=Empty(text=t("没有通知", "No notices"), good=True),
        acts=(act(("全部标为已读", "Mark all as read")),),
    )


class LoginForm(forms.Form):
    """Account and password."""

    def __init__(self, *, wrong: bool = False) -> None:
        """Labels in the page's language; ``wrong`` shows the refusal."""
        super().__init__({"username": "dongling", "password": ""} if wrong else None)
        self.fields["username"] = forms.CharField(
            label=t("账号", "Account"), widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
        )
        self.fields["password"] = forms.CharField(
            label=t("口令", "Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
        )
        if wrong:
            self.add_error(None, t("账号或口令不对。", "Account or password is wrong."))


def login(*, wrong: bool = False) -> LoginPage:
    """The door with its demonstration log-ins."""
    return LoginPage(
        form=LoginForm(wrong=wrong),
        demos=(
            DemoLogin(
                account="leader",
                password="drill-leader",  # noqa: S106 - an invented account
                post=t("值班长", "duty leader"),
                unit=t("市指挥部", "City headquarters"),
                sees=t("全市", "the whole city"),
            ),
            DemoLogin(
                account="street",
                password="drill-street",  # noqa: S106 - an invented account
                post=t("值班员", "duty officer"),
                unit=t("青桐街道", "Qingtong Street"),
                sees=t("本街道及以下", "the street and below"),
            ),
            DemoLogin(
                account="lab",
                password="drill-lab",  # noqa: S106 - an invented account
                post=t("收样台", "reception"),
                unit=t("气膜实验室 2 号", "Air-dome laboratory 2"),
                sees=t("送到本实验室的样本", "specimens sent to this laboratory"),
            ),
        ),
    )


def fault() -> ErrorPage:
    """A page that was refused with its reason."""
    return ErrorPage(status=403, heading="", message="", remedy="", reference="7QK2-41")
