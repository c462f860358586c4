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
    "by_district": ("新增按区县(小于 {n} 的数不公开)", "New by district (cells below {n} are suppressed)"),
    "by_sample": ("新增按采样日", "New by day of sample"),
    "district": ("区县", "District"),
    "sampled": ("采样日", "Day of sample"),
    "confirmed": ("确诊", "Confirmed"),
    "asymptomatic": ("无症状", "Asymptomatic"),
    "equations": ("核对", "Equations"),
    "holds": ("相符", "holds"),
    "fails": ("不符", "does not hold"),
    "corrections": ("更正", "Corrections"),
    "series": ("口径版本", "Series version"),
}


def as_json(report: Report) -> dict[str, object]:
    """The report's object: ``area, day, series, frozen_at, seal, digest, intact, figures, equations, corrections``."""
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
            {"statistic": one.statistic, "split": one.split, "value": one.value, "source": one.source}
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
        f"| {words[side]} | {report.value(statistic):,} | {_source(report, statistic)} |" for statistic, words in WORDS.items()
    ]
    lines += ["", f"## {says('by_district', n=report.smallest)}", ""]
    lines += [f"| {says('district')} | {says('confirmed')} | {says('asymptomatic')} |", "|---|---:|---:|"]
    confirmed, asymptomatic = (report.public_districts(f"new_{kind}") for kind in ("confirmed", "asymptomatic"))
    lines += [
        f"| {report.names.get(code, code)} | {confirmed.get(code, '0')} | {asymptomatic.get(code, '0')} |"
        for code in sorted(confirmed | asymptomatic)
    ]
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
