"""Every page renders from its view-model in both languages, obeys the security policy, and can be read aloud."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

import bulou.web
from bulou.web.preview.pages import SCENES, Scene, render

WEB = Path(bulou.web.__file__).parent
PO = WEB / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
LANGUAGES = ("zh-hans", "en")
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and the parents of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value or "" for name, value in attrs}, tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, {name: value or "" for name, value in attrs}, tuple(self.open)))

    def handle_endtag(self, tag):
        assert tag in self.open, f"</{tag}> closes nothing"
        while self.open.pop() != tag:
            pass

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attrs for tag, attrs, _ in self.found if tag in tags]


@pytest.fixture(params=LANGUAGES)
def language(request):
    with translation.override(request.param):
        yield request.param


@pytest.fixture(params=SCENES, ids=[scene.name for scene in SCENES])
def scene(request) -> Scene:
    return request.param


@pytest.fixture
def page(scene, language, settings) -> Page:
    settings.ROOT_URLCONF = "bulou.web.preview.urls"
    return Page(render(scene))


def test_nothing_stands_inline_that_the_security_policy_forbids(page: Page):
    assert not [attrs for _, attrs, _ in page.found if "style" in attrs]
    assert not [name for _, attrs, _ in page.found for name in attrs if name.startswith("on")]
    assert not page.all("style")
    assert all(attrs.get("src", "").startswith("/static/") for attrs in page.all("script"))
    assert all(attrs["href"].startswith("/static/") for attrs in page.all("link"))


def test_the_page_names_its_language_and_has_one_main_and_one_heading(page: Page, language: str):
    assert page.all("html")[0]["lang"] == {"zh-hans": "zh-Hans", "en": "en"}[language]
    assert len(page.all("main")) == 1
    assert len(page.all("h1")) == 1


def test_ids_are_unique_and_references_reach_them(page: Page):
    ids = [attrs["id"] for _, attrs, _ in page.found if "id" in attrs]
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    for name in ("for", "aria-labelledby", "aria-describedby"):
        wanted = {word for _, attrs, _ in page.found for word in attrs.get(name, "").split()}
        assert wanted <= set(ids)


def test_every_field_has_a_label(page: Page):
    labelled = {attrs["for"] for attrs in page.all("label") if "for" in attrs}
    for attrs in page.all("input", "select", "textarea"):
        if attrs.get("type") != "hidden":
            assert attrs.get("id") in labelled or attrs.get("aria-label")


def test_every_post_carries_its_token(scene: Scene, page: Page):
    posts = [attrs for attrs in page.all("form") if attrs.get("method") == "post"]
    tokens = [attrs for attrs in page.all("input") if attrs.get("name") == "csrfmiddlewaretoken"]
    assert len(tokens) == len(posts)
    assert all(attrs["value"] for attrs in tokens)


def test_every_table_has_a_caption_and_scoped_heads(page: Page):
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attrs.get("scope") for attrs in page.all("th"))


@pytest.mark.parametrize("name", ["desk", "wall", "report", "login", "person"])
def test_demonstration_data_is_marked_in_a_drill(name: str, settings):
    settings.ROOT_URLCONF = "bulou.web.preview.urls"
    (scene,) = (scene for scene in SCENES if scene.name == name)
    assert any(attrs.get("class") == "drill" for attrs in Page(render(scene)).all("span"))


@pytest.fixture
def catalogue():
    with PO.open("rb") as text:
        return read_po(text)


def written() -> set[str]:
    """The English words of templates and view-models, as gettext would find them."""
    found: set[str] = set()
    for path in (WEB / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {m[1] or m[2] for m in re.finditer(r"""{% translate (?:"([^"]+)"|'([^']+)')""", text)}
        for body in re.findall(r"{% blocktranslate[^%]*%}(.*?){% (?:endblocktranslate|plural)", text, re.DOTALL):
            found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", body))
    for path in (WEB / "show").glob("*.py"):
        found |= set(re.findall(r'\bn?gettext\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    return found


def test_every_word_of_templates_and_view_models_is_translated(catalogue):
    words = written()
    assert len(words) > 150
    translated = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in catalogue
        if message.id and all(message.string if isinstance(message.string, tuple) else (message.string,))
    }
    assert words - translated == set()


def test_translations_keep_their_places(catalogue):
    for message in catalogue:
        if message.id:
            source = message.id[0] if isinstance(message.id, tuple) else message.id
            target = message.string[0] if isinstance(message.string, tuple) else message.string
            places = r"%\((\w+)\)"
            assert sorted(re.findall(places, source)) == sorted(re.findall(places, target)), source


@pytest.mark.usefixtures("_compiled")
def test_a_chinese_page_says_its_own_words_in_chinese(settings):
    settings.ROOT_URLCONF = "bulou.web.preview.urls"
    desk = next(scene for scene in SCENES if scene.name == "desk")
    with translation.override("zh-hans"):
        text = render(desk)
    for words in ("时间带", "待对方接收", "刚升级", "逾期 56 分", "演示数据", "此刻 14:26"):
        assert words in text
    assert "Awaiting acceptance" not in text
