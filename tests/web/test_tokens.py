"""The colours can be told apart by everybody: computed from tokens.css, WCAG 2.2 success criteria 1.4.3 and 1.4.11."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bulou.web

STATIC = Path(bulou.web.__file__).parent / "static" / "bulou"
TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")

TEXT_ON_GROUND = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "ground", "past")),
    *((ink, ground) for ink in ("accent", "late", "soon", "done") for ground in ("paper", "ground")),
    ("late", "late-soft"),
    ("soon", "soon-soft"),
    ("done", "done-soft"),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("ink-2", "line-2"),  # a chip without a state
    ("on-accent", "accent"),
    ("on-late", "late"),
]
SEEN_ON_GROUND = [
    *((edge, ground) for edge in ("edge", "accent") for ground in ("paper", "ground")),  # controls, focus
    *((bar, "paper") for bar in ("late", "soon", "accent", "done", "ink")),  # the band's bars and lines
    ("accent", "line-2"),  # a meter's fill on its rail
]


def blocks() -> dict[str, dict[str, str]]:
    found = {}
    for name, pattern in {
        "light": r"^:root \{(.*?)^\}",
        "dark": r'^:root\[data-theme="dark"\] \{(.*?)^\}',
        "dark by the system": r'^  :root:not\(\[data-theme="light"\]\) \{(.*?)^  \}',
    }.items():
        body = re.search(pattern, TOKENS, re.DOTALL | re.MULTILINE)
        assert body, name
        found[name] = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body[1]))
    return found


def luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_has_four_and_a_half_to_one(theme: str, text: str, ground: str):
    tokens = blocks()[theme]
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SEEN_ON_GROUND)
def test_controls_and_marks_have_three_to_one(theme: str, shape: str, ground: str):
    tokens = blocks()[theme]
    assert contrast(tokens[shape], tokens[ground]) >= 3


def test_the_dark_of_the_system_is_the_dark_of_the_switch():
    assert blocks()["dark"] == blocks()["dark by the system"]
    assert blocks()["dark"].keys() == blocks()["light"].keys()


@pytest.mark.parametrize("name", ["base.css", "components.css", "pages.css"])
def test_colours_stand_in_the_tokens_alone(name: str):
    screen = (STATIC / name).read_text(encoding="utf-8").split("@media print")[0]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", screen) == []


def test_every_token_that_is_used_is_defined():
    defined = set(re.findall(r"--([\w-]+):", TOKENS))
    for sheet in STATIC.glob("*.css"):
        assert set(re.findall(r"var\(--([\w-]+)", sheet.read_text(encoding="utf-8"))) <= defined
