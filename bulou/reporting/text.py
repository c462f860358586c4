"""The report in words: Markdown in Chinese and English, and JSON, from the same figures."""

from __future__ import annotations

from collections.abc import Mapping

from bulou.kernel import clock
from bulou.reporting.queries import Report

# The report's own language is chosen by --lang, not by the reader's locale, so its words stand here side by side.
WORDS: Mapping[str, tuple[str, str]] = {
    "new_confirmed": ("新增确诊病例", "New confirmed cases"),
    "new_asymptomatic": ("新增无症状感染者", "New asymptomatic infections"),
    "converted": ("其中无症状感染者转确诊", "of these converted from asymptomatic"),
    "discharged": ("确诊病例治愈出院", "Confirmed cases discharged"),
    "released": ("无症状感染者解除隔离", "Asymptomatic infections released"),
    "existing_confirmed": ("现有确诊病例", "Existing confirmed cases"),
    "existing_asymptomatic": ("现有无症状感染者", "Existing asymptomatic infections"),
    "cumulative_confirmed": ("累计确诊病例", "Cumulative confirmed cases"),
    "cumulative_asymptomatic": ("累计无症状感染者", "Cumulative asymptomatic infections"),
    "preliminary_positive": ("初筛阳性", "Preliminary positives"),
    "awaiting_diagnosis": ("待诊断", "Awaiting diagnosis"),
    "pools_abnormal": ("混管异常", "Abnormal pools"),
    "people_sampled": ("采样人数", "People sampled"),
    "tubes_collected": ("采集管数", "Tubes collected"),
}
_TEXT: Mapping[str, tuple[str, str]] = {
    "title": ("{area} {day} 疫情通报(0—24 时)", "{area}: outbreak report of {day} (00:00–24:00)"),
    "frozen": ("数据封存于 {at},封印 {seal}", "Frozen at {at}, seal {seal}"),
    "provisional": ("暂定数据:当日尚未封存", "Provisional: this day is not frozen"),
    "altered": ("警告:封存后数据被改动", "Warning: figures changed after freezing"),
    "figure": ("指标", "Figure"),
    "value": ("数值", "Value"),
    "source": ("来源", "Source"),
    "by_district": (
        "新增按区县(小于 {n} 的数不公开;* 为防推算一并隐去)",
        "New by district (cells below {n} are suppressed; * is hidden with them, or the total would give them away)",
    ),
    "by_sample": ("新增按采样日", "New by day of sample"),
    "district": ("区县", "District"),
    "sampled": ("采样日", "Day of sample"),
    "unknown": ("不详", "unknown"),
    "confirmed": ("确诊", "Confirmed"),
    "asymptomatic": ("无症状", "Asymptomatic"),
    "equations": ("核对", "Equations"),
    "holds": ("相符", "holds"),
    "fails": ("不符", "does not hold"),
    "corrections": ("更正", "Corrections"),
    "series": ("口径版本", "Series version"),
}


# Sources are stored in English with each figure; a day that was frozen with other words shows these.
SOURCES: Mapping[str, str] = {
    "cases by instant of diagnosis": "病例,按诊断时刻",
    "cases by release": "病例,按出院或解除时刻",
    "single tubes": "单人单管检测结果",
    "cases since the system's start": "病例,自系统启用起累计",
    "cases without diagnosis at the day's end": "当日 24 时尚未诊断的病例",
    "tubes by instant of collection": "样本管,按采样时刻",
    "first positive result that stands; a pool is never a person's result": "首个有效阳性结果;混管结果不是任何个人的结果",
}


def source_words(source: str, *, lang: str) -> str:
    """Where a figure comes from, in the report's language."""
    return SOURCES.get(source, source) if lang == "zh" else source


def as_json(report: Report, *, full: bool = False) -> dict[str, object]:
    """The report's object: ``area, day, series, frozen_at, seal, digest, intact, figures, equations, corrections``.

    Each figure has its ``label`` in both languages. Parts by district and by day of sample are public parts: a suppressed
    one has no ``value`` and says ``shown``. ``full`` gives every value, for readers inside, not for publication.
    """
    hidden = {} if full else _hidden(report)
    return {
        "area": report.area,
        "area_name": report.area_name,
        "day": report.day.isoformat(),
        "series": report.series,
        "state": "frozen" if report.frozen_at else "provisional",
        "frozen_at": report.frozen_at.isoformat() if report.frozen_at else None,
        "seal": report.seal,
        "digest": report.digest,
        "intact": report.intact,
        "figures": [
            {
                "statistic": one.statistic,
                "label": dict(zip(("zh", "en"), WORDS.get(one.statistic, (one.statistic,) * 2), strict=True)),
                "split": one.split,
                "value": None if (one.statistic, one.split) in hidden else one.value,
                **({"shown": hidden[one.statistic, one.split]} if (one.statistic, one.split) in hidden else {}),
                "source": one.source,
            }
            for one in report.figures
        ],
        "equations": [
            {"name": one.name, "left": one.left, "right": one.right, "terms": one.terms, "holds": one.holds}
            for one in report.equations
        ],
        "corrections": [
            {"statistic": one.figure.statistic, "split": one.figure.split, "change": one.change, "reason": one.reason,
             "made_on": one.made_on.isoformat()}
            for one in report.corrections
        ],
    }  # fmt: skip


def _hidden(report: Report) -> dict[tuple[str, str], str]:
    """What the public form shows instead of a suppressed part, by statistic and split."""
    parts = {(one.statistic, one.split.split(":")[0]) for one in report.figures if one.split}
    return {
        (statistic, f"{by}:{name}"): shown
        for statistic, by in parts
        for name, shown in report.public_splits(statistic, by).items()
        if not shown.isdigit()
    }


def _split_rows(report: Report, by: str, names: Mapping[str, str]) -> list[str]:
    confirmed, asymptomatic = (report.public_splits(f"new_{kind}", by) for kind in ("confirmed", "asymptomatic"))
    return [
        f"| {names.get(part, part)} | {confirmed.get(part, '0')} | {asymptomatic.get(part, '0')} |"
        for part in sorted(confirmed | asymptomatic)
    ]


def markdown(report: Report, *, lang: str) -> str:
    """The public report; tables by district have small cells suppressed."""
    side = 0 if lang == "zh" else 1

    def says(name: str, **values: object) -> str:
        return _TEXT[name][side].format(**values)

    area = (report.area_name, report.area_name_en)[side]
    lines = [f"# {says('title', area=area, day=report.day.isoformat())}", ""]
    if report.frozen_at:
        at = clock.local(report.frozen_at).strftime("%Y-%m-%d %H:%M")
        lines.append(says("frozen", at=at, seal=report.seal[:16] or "—"))
    else:
        lines.append(f"**{says('provisional')}**")
    if not report.intact:
        lines.append(f"**{says('altered')}**")
    lines += [f"{says('series')}: {report.series}", "", f"| {says('figure')} | {says('value')} | {says('source')} |"]
    lines.append("|---|---:|---|")
    lines += [
        f"| {words[side]} | {report.value(statistic):,} | {source_words(_source(report, statistic), lang=lang)} |"
        for statistic, words in WORDS.items()
    ]
    lines += ["", f"## {says('by_district', n=report.smallest)}", ""]
    lines += [f"| {says('district')} | {says('confirmed')} | {says('asymptomatic')} |", "|---|---:|---:|"]
    lines += _split_rows(report, "district", report.names)
    lines += ["", f"## {says('by_sample')}", "", f"| {says('sampled')} | {says('confirmed')} | {says('asymptomatic')} |"]
    lines += ["|---|---:|---:|", *_split_rows(report, "sampled", {"unknown": says("unknown")})]
    lines += ["", f"## {says('equations')}", ""]
    lines += [
        f"- {WORDS[one.name][side]}: {one.left} = {one.terms} ({says('holds' if one.holds else 'fails')})"
        for one in report.equations
    ]
    if report.corrections:
        lines += ["", f"## {says('corrections')}", ""]
        lines += [
            f"- {one.made_on.isoformat()} {WORDS.get(one.figure.statistic, (one.figure.statistic,) * 2)[side]} "
            f"{one.change:+d}: {one.reason}"
            for one in report.corrections
        ]
    return "\n".join(lines) + "\n"


def _source(report: Report, statistic: str) -> str:
    return next((one.source for one in report.figures if one.statistic == statistic and not one.split), "")
