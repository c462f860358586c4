"""Write the pages that are generated from code and packs: ``docs/duties.md`` and ``docs/glossary.md``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from bulou.kernel.periods import duration_text
from bulou.policy import load_pack, pack_names
from bulou.policy.model import DutyRule, Pack

ROOT = Path(__file__).resolve().parent.parent
_MEMBER = re.compile(r'^\s+[A-Z0-9_]+ = "([a-z0-9_]+)"  # ([^\n]*[\u4e00-\u9fff][^\n]*)$', re.MULTILINE)


def duties() -> str:
    """Every duty of every pack: what it says, its owner, clock, escalation, source."""
    lines = ["# Duties", "", "Generated from the policy packs by `make docs`; not written by hand.", ""]
    for name in pack_names():
        pack = load_pack(name)
        lines += [f"## {pack.title_en} · {pack.title_zh}", "", f"`{pack.name}` version {pack.version}", ""]
        lines += ["| duty | line | says | 职责 | owner | clock | escalation | source |", "|---|---|---|---|---|---|---|---|"]
        lines += [_duty(rule) for _, rule in sorted(pack.duties.items())]
        lines += ["", *_numbers(pack)]
    return "\n".join(lines)


def _duty(rule: DutyRule) -> str:
    clock = rule.due.rule or " or ".join(f"{term.fact} + {duration_text(term.plus)}" for term in rule.due.terms)
    steps = "; ".join(step.key.replace(":", " ") for step in rule.escalate)
    source = f"{rule.source} ({rule.status.value})"
    cells = [f"`{rule.kind}`", rule.line, rule.says_en, rule.says_zh, rule.owner.value, clock, steps, source]
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _numbers(pack: Pack) -> list[str]:
    lines = ["### Numbers", "", "| number | value | unit | source |", "|---|---|---|---|"]
    for name, number in sorted(pack.numbers.items()):
        value = ", ".join(map(str, number.value)) if isinstance(number.value, tuple) else str(number.value)
        lines.append(f"| `{name}` | {value} | {number.unit} | {number.source} ({number.status.value}) |")
    return [*lines, ""]


def glossary() -> str:
    """The field's terms as the code has them: every word of ``choices.py`` that carries its Chinese term."""
    lines = ["# Glossary", "", "Generated from the rooms' `choices.py` by `make docs`.", "", "| 中文 | English / code | room |"]
    lines.append("|---|---|---|")
    for path in sorted((ROOT / "bulou").glob("*/choices.py")):
        for code, chinese in _MEMBER.findall(path.read_text(encoding="utf-8")):
            lines.append(f"| {chinese} | `{code}` | {path.parent.name} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Write both pages; with ``--check`` only say whether they are as the code says."""
    wrong = 0
    for name, text in (("duties.md", duties()), ("glossary.md", glossary())):
        path = ROOT / "docs" / name
        if "--check" in sys.argv:
            wrong += path.read_text(encoding="utf-8") != text
        else:
            path.write_text(text, encoding="utf-8")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
