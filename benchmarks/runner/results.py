"""What a run leaves: the table on the terminal, and its section of RESULTS.md with a chart beside it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from runner import chart, distribution

RESULTS = Path(__file__).resolve().parents[1] / "RESULTS.md"


@dataclass
class Report:
    title: str
    rows: list
    bars: dict = field(default_factory=dict)  # workload -> {server: how many times the yardstick}
    yardstick: str = ""  # what is 1.0 in the chart
    versions: list = field(default_factory=list)
    commands: list = field(default_factory=list)  # of the peers and of the client
    method: str = ""  # load, warm-up, what else a reader has to know
    details: str = ""  # more tables


def table(rows):
    lines = ["| workload | unit | Penstock | peer | ratio | target | |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        peer = f"{row.peer} {row.peer_name}" if row.peer else ""
        target = f"{row.target or ''}{f' ({row.remark})' if row.remark else ''}"
        lines.append(f"| {row.workload} | {row.unit} | {row.ours or ''} | {peer} | {ratio} | {target} | {row.verdict} |")
    return "\n".join(lines)


def write(area, report, bench):
    """Replaces the area's section, or adds it at the end."""
    begin, end = f"<!-- {area}: written by benchmarks/run {area} -->", f"<!-- {area}: end -->"
    section = "\n".join([begin, f"## {report.title}", "", *paragraphs(area, report, bench), end])
    text = RESULTS.read_text()
    written = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    text = written.sub(lambda _: section, text) if written.search(text) else f"{text.rstrip()}\n\n{section}\n"
    RESULTS.write_text(text)
    bench.say(f"written to {RESULTS}")


def paragraphs(area, report, bench):
    yield from [f"Machine: {bench.machine}; load before the run {bench.load:.2f}.", ""]
    yield from [f"Versions: Penstock {distribution.commit()}, {', '.join(report.versions)}.", ""]
    yield from [
        f"Command: `benchmarks/run {area}`, {bench.rounds} rounds in turns of {bench.seconds:g} s each. {report.method}",
        "Figures: median (least-most).",
        "",
    ]
    if report.bars:
        file = RESULTS.parent / "results" / f"{area}.svg"
        file.parent.mkdir(exist_ok=True)
        file.write_text(chart.bars(report.title, report.yardstick, report.bars))
        yield from [f"![{report.title}: a bar chart of the table below](results/{area}.svg)", ""]
    yield from [table(report.rows), ""]
    if report.details:
        yield from [report.details, ""]
    if report.commands:
        yield from ["```sh", *report.commands, "```", ""]
