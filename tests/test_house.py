"""The house's own rules: foreign keys point down, one clock, no rooms without a name, nothing hidden, no long files."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po
from django.apps import apps
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(path for path in (ROOT / "bulou").rglob("*.py") if "migrations" not in path.parts)
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
RANK = {room.strip(): place for place, layer in enumerate(LAYERS) for room in layer.split("|")}


def test_every_foreign_key_points_to_the_same_room_or_down():
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("bulou."):
            continue
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete) or field.related_model is None:
                continue
            to = field.related_model
            if not to.__module__.startswith("bulou."):
                wrong.append(f"{model.__name__}.{field.name} → {to.__module__}")
                continue
            here, there = model.__module__.split(".")[1], to.__module__.split(".")[1]
            if here != there and RANK[there] <= RANK[here]:
                wrong.append(f"{here}.{model.__name__}.{field.name} → {there}.{to.__name__}")
    assert wrong == []


def test_every_room_stands_in_the_drawing():
    rooms = {path.parent.name for path in (ROOT / "bulou").glob("*/__init__.py")}
    assert rooms == set(RANK)


def test_no_room_or_file_has_a_name_that_says_nothing():
    said_nothing = {"utils", "helpers", "manager", "managers", "service", "services", "common", "misc"}
    assert [str(path) for path in CODE if path.stem in said_nothing or path.parent.name in said_nothing] == []


def _calls(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr, getattr(node.func.value, "id", getattr(node.func.value, "attr", ""))


def test_only_the_clock_reads_the_system_clock():
    read = {("now", "datetime"), ("utcnow", "datetime"), ("today", "date"), ("today", "datetime"), ("time", "time"),
            ("now", "timezone"), ("localdate", "timezone")}  # fmt: skip
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        if path != ROOT / "bulou" / "kernel" / "clock.py"
        for node, name, owner in _calls(ast.parse(path.read_text()))
        if (name, owner) in read
    ]
    assert found == []


def test_no_fault_is_swallowed():
    found = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body):
                found += [f"{path.relative_to(ROOT)}:{node.lineno}"]
    assert found == []


def test_no_file_outgrows_its_topic():
    found = {
        str(path.relative_to(ROOT)): count
        for path in [*CODE, *sorted((ROOT / "simulation").rglob("*.py"))]
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert found == {}


def test_nothing_in_the_tree_names_a_machine_or_a_registry():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    pattern = re.compile(
        "|".join(["/wo" + "rk/", "python" + "hosted", r"npm" + r"js\.(org|com)", "py" + r"pi\.org", "/ro" + "ot/"])
    )
    found = []
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".png", ".csv", ".mo", ".parquet", ".gz"} or not path.exists():
            continue
        found += [name for line in path.read_text(errors="replace").splitlines() if pattern.search(line)]
    assert found == []


def _rooms_with_words():
    return sorted(path.parent for path in (ROOT / "bulou").glob("*/__init__.py"))


def _messages(room: Path) -> set[tuple[str, str]]:
    """(context, message) of every translatable string in a room's Python and templates."""
    keywords = {
        "gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
        "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    }  # fmt: skip
    found: set[tuple[str, str]] = set()

    def keep(message, context):
        for one in message if isinstance(message, tuple) else (message,):
            if one:
                found.add((context or "", one))

    for _, _, message, _, context in extract_from_dir(
        room, method_map=[("preview/**", "ignore"), ("**.py", "python")], keywords=keywords
    ):
        keep(message, context)
    for template in room.rglob("*.html"):
        made = ROOT / ".template-words.py"
        made.write_text(templatize(template.read_text()))
        try:
            for _, message, _, context in extract_from_file("python", made, keywords=keywords):
                keep(message, context)
        finally:
            made.unlink()
    return found


@pytest.mark.parametrize("room", _rooms_with_words(), ids=lambda room: room.name)
def test_every_word_for_users_has_a_chinese_translation(room):
    wanted = _messages(room)
    po = room / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    if not wanted and not po.exists():
        return
    assert po.exists(), f"{room.name} has words and no catalogue: {sorted(wanted)[:5]}"
    with po.open("rb") as text:
        catalogue = read_po(text)
    known = set()
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if all(strings) and not message.fuzzy:
            known |= {(message.context or "", one) for one in ids}
    assert sorted(wanted - known) == []


def test_no_two_rooms_say_the_same_words_differently():
    """Django has one catalogue for all rooms: of two translations of one message the last would stand everywhere."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    for po in sorted((ROOT / "bulou").glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        with po.open("rb") as text:
            for message in read_po(text):
                if message.id and isinstance(message.id, str):
                    said.setdefault((message.context or "", message.id), {})[po.parents[3].name] = message.string
    assert [(words, rooms) for words, rooms in said.items() if len(set(rooms.values())) > 1] == []
