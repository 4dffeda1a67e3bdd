# SPDX-License-Identifier: Apache-2.0
"""Tables in Markdown from the figures, and their place in docs/performance.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

from suite import targets
from suite.cold import means as cold_means
from suite.engines import ENGINES, titles
from suite.places import DOCS

DASH = "–"


def number(value: float) -> str:
    """Three digits are what these figures are good for, at most."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def columns(rows: list[dict[str, Any]]) -> list[str]:
    """The engines that have a figure in some row, in the order of ENGINES."""
    seen = {name for row in rows for name, result in row["engines"].items() if "ratio" in result}
    return [engine.name for engine in ENGINES if engine.name in seen]


def cell(result: dict[str, Any] | None) -> str:
    return number(result["ratio"]) if result and "ratio" in result else DASH


def machine(report: dict[str, Any]) -> str:
    of = report["machine"]
    versions = [
        f"- {titles().get(name, name)}: {version}" for name, version in report["engines"].items()
    ]
    lines = [
        f"{of['processor']}, {of['cores']} cores, {of['system']}, {report['date']}"
        f"{', short form' if report['quick'] else ''}. Versions:",
        "",
        *versions,
    ]
    if report["missing"]:
        lines += ["", "Not measured:", ""]
        lines += [f"- {titles().get(name, name)}: {why}" for name, why in report["missing"].items()]
    return "\n".join(lines)


def steady(steady_report: dict[str, Any], kinds: Sequence[str]) -> str:
    """A row for each kernel of these kinds, and the means."""
    rows = [row for row in steady_report["kernels"] if row["kind"] in kinds]
    names = columns(rows)
    if not names:
        return "Nothing was measured."
    references = {row["reference"] for row in rows}
    body = []
    for row in rows:
        reference = row["engines"][row["reference"]]
        milliseconds = number(reference["seconds"] * 1e3)
        cells = [cell(row["engines"].get(name)) for name in names if name not in references]
        body.append([row["kernel"], milliseconds, *cells])
    for kind in kinds:
        means = steady_report["geomean"].get(kind, {})
        if not means:
            continue
        cells = []
        full = max(mean["kernels"] for mean in means.values())
        for name in names:
            if name in references:
                continue
            mean = means.get(name)
            few = f" ({mean['kernels']})" if mean and mean["kernels"] < full else ""
            cells.append(f"**{number(mean['mean'])}**{few}" if mean else DASH)
        body.append([f"**geomean, {kind}**", "", *cells])
        spans = [
            f"{number(means[name]['least'])}–{number(means[name]['greatest'])}"
            if name in means
            else DASH
            for name in names
            if name not in references
        ]
        body.append(["of each round alone", "", *spans])
    shown = [titles().get(name, name) for name in names if name not in references]
    reference_name = titles().get(next(iter(references)), "reference")
    return table(["kernel", f"{reference_name}, ms", *shown], body)


def refused(steady_report: dict[str, Any]) -> str:
    """What did not run, and why."""
    lines = []
    for row in steady_report["kernels"]:
        for name, result in row["engines"].items():
            if "error" in result:
                lines.append(f"- {titles().get(name, name)}, {row['kernel']}: {result['error']}")
    return "\n".join(lines)


def startup(report: dict[str, Any]) -> str:
    return processes(report["programs"])


def processes(spawned: dict[str, Any]) -> str:
    """The fastest first."""
    ranked = sorted(spawned.items(), key=lambda one: one[1]["seconds"]["median"])
    rows = [
        [
            titles().get(name, name),
            number(one["seconds"]["median"] * 1e3),
            f"{number(one['seconds']['least'] * 1e3)}–{number(one['seconds']['greatest'] * 1e3)}",
            number(one["memory_mib"]),
        ]
        for name, one in ranked
    ]
    return table(["program", "ms", "least–greatest", "memory, MiB"], rows)


def programs(report: dict[str, Any]) -> str:
    """A row for each way, the time and memory of each program; then what the ways take alone."""
    table_of = report["programs"]
    head = [""]
    for name, one in table_of.items():
        head += [f"{name} ({one['bytes'] / 1e6:.1f} MB): ms", "processor", "MiB"]
    rows, errors = [], []
    for way in report["ways"]:
        row = [way]
        for name, one in table_of.items():
            result = one["ways"][way]
            if "error" in result:
                row += [DASH, DASH, DASH]
                errors.append(f"- {way}, {name}: {result['error']}")
                continue
            times = {key: number(value * 1e3) for key, value in result["seconds"].items()}
            span = f" ({times['least']}–{times['greatest']})" if result["runs"] > 1 else " (once)"
            processor = number(result["processor_seconds"]["median"] * 1e3)
            row += [times["median"] + span, processor, number(result["memory_mib"])]
        rows.append(row)
    text = table(head, rows)
    text += "\n\nOf that, before there is a program:\n\n" + processes(report["starts"])
    errors += [f"- {titles().get(name, name)}: {why}" for name, why in report["missing"].items()]
    if errors:
        text += "\n\nNot measured:\n\n" + "\n".join(errors)
    return text


def cold(report: dict[str, Any]) -> str:
    """A row for each way, the means over the kernels for each length; the least is bold."""
    lengths = list(report["lengths"])
    means = {
        (way, length): cold_means(report, length, way)
        for way in report["ways"]
        for length in lengths
    }
    head = [""]
    for length in lengths:
        head += [f"{length} native: wall, ms", "processor, ms"]
    least = {}
    for length in lengths:
        for clock in ("seconds", "processor_seconds"):
            values = [
                means[way, length][clock]
                for way in report["ways"]
                if way != "native" and means[way, length]
            ]
            least[length, clock] = min(values, default=0.0)
    rows = []
    for way, title in report["ways"].items():
        row = [title]
        for length in lengths:
            for clock in ("seconds", "processor_seconds"):
                value = means[way, length].get(clock)
                text = DASH if value is None else number(value * 1e3)
                best = value is not None and way != "native" and value == least[length, clock]
                row.append(f"**{text}**" if best else text)
        rows.append(row)
    text = table(head, rows)
    errors = []
    for length, kernels in report["lengths"].items():
        for kernel, one in kernels.items():
            errors += [
                f"- {report['ways'][way]}, {kernel}, {length}: {result['error']}"
                for way, result in one["ways"].items()
                if "error" in result
            ]
    return text + ("\n\nNot measured:\n\n" + "\n".join(errors) if errors else "")


def compiling(report: dict[str, Any]) -> str:
    """For each module: speed, both clocks, memory and the size of what was made."""
    parts = []
    for label, module in report["modules"].items():
        code = module["code_bytes"]
        rows, errors = [], []
        for name, result in module["engines"].items():
            title = "Epsilon" if name == "epsilon-compiled" else titles().get(name, name)
            if "error" in result:
                errors.append(f"{title} did not compile it: {result['error']}.")
                continue
            seconds = result["seconds"]
            before = report["memory_before_mib"].get(name)
            machine = result.get("machine")
            rows.append(
                [
                    title,
                    number(code / 1e6 / seconds["compile"]["median"]),
                    number(seconds["compile"]["median"] * 1e3),
                    number(seconds["wall"]["median"] * 1e3),
                    number(max(0.0, result["memory_mib"] - before)) if before else DASH,
                    number(machine / code) if machine else DASH,
                ]
            )
        of = f"{code / 1e6:.3g} MB of code in {module['bytes'] / 1e6:.3g}"
        head = [
            f"{label}: {module['file']}, {of}",
            "MB/s",
            "processor, ms",
            "wall, ms",
            "MiB more",
            "machine code / code",
        ]
        parts.append("\n".join([table(head, rows), *(f"\n{error}" for error in errors)]))
        own = module["engines"].get("epsilon-compiled", {}).get("seconds", {})
        if "again" in own:
            parts.append(
                f"Of Epsilon's, {number(own['validate']['median'] * 1e3)} ms are decoding and "
                f"validation; with memory that was used before it takes "
                f"{number(own['again']['median'] * 1e3)} ms "
                f"({number(code / 1e6 / own['again']['median'])} MB/s)."
            )
    return "\n\n".join(parts)


def load(report: dict[str, Any]) -> str:
    labels = list(report["modules"])
    names = list(report["memory_before_mib"])
    head = ["engine"]
    for label in labels:
        of = report["modules"][label]
        head += [f"{label} ({of['file']}, {of['bytes'] / 1e6:.2f} MB): ms", "MiB"]
    rows = []
    for name in names:
        row = [titles().get(name, name)]
        for label in labels:
            result = report["modules"][label]["engines"].get(name, {})
            if "error" in result or not result:
                row += [DASH, DASH]
                continue
            more = result["memory_mib"] - report["memory_before_mib"][name]
            row += [number(result["seconds"]["median"] * 1e3), number(max(0.0, more))]
        rows.append(row)
    return table(head, rows)


CALL_FIGURES = {
    "host-to-wasm": "host to wasm, ns",
    "wasm-to-host": "wasm to host, ns",
    "instantiate empty": "instance without memory, us",
    "instantiate small": "instance with memory, us",
}


def calls(report: dict[str, Any]) -> str:
    rows = []
    for name, figures in report["engines"].items():
        row = [titles().get(name, name)]
        for figure in CALL_FIGURES:
            value = figures.get(figure)
            scale = 1e3 if figure.startswith("instantiate") else 1
            row.append(number(value["median"] / scale) if value and "median" in value else DASH)
        rows.append(row)
    text = table(["engine", *CALL_FIGURES.values()], rows)
    others = [
        f"`{figure}` {number(values['median'])} ns"
        for figure, values in report["engines"].get("epsilon", {}).items()
        if ":" in figure
    ]
    if others:
        text += f"\n\nEpsilon's other ways: {', '.join(others)}."
    python = report.get("python", {})
    if "figures" in python:
        rows = [
            [
                one["what"],
                number(one["epsilon_us"]),
                number(one["wasmtime_us"]) if "wasmtime_us" in one else DASH,
                f"{one['limit_us']:g}" if one["limit_us"] is not None else "",
            ]
            for one in python["figures"]
        ]
        text += f"\n\nFrom {python['python']}, microseconds:\n\n"
        text += table(["what", "Epsilon", "wasmtime", "target"], rows)
    return text


def size(report: dict[str, Any]) -> str:
    rows = [
        [
            titles().get(name, name),
            one["file"],
            f"{one['bytes'] / 2**20:.2f}",
            f"{one['stripped'] / 2**20:.2f}" if "stripped" in one else DASH,
        ]
        for name, one in report["files"].items()
    ]
    return table(["engine", "file", "MiB", "stripped"], rows)


def sections(report: dict[str, Any]) -> dict[str, str]:
    """All tables there are figures for, by the name of their place."""
    texts = {"machine": machine(report)}
    if all(name in report for name in targets.NEEDS):
        body = [[what, target, said or DASH] for what, target, said in targets.rows(report)]
        texts["targets"] = table(["what", "target", "reached"], body)
    if "steady" in report:
        texts["steady"] = steady(report["steady"], ("scalar",))
        kinds = {row["kind"] for row in report["steady"]["kernels"]}
        if "simd" in kinds:
            texts["simd"] = steady(report["steady"], ("simd",))
        if "package" in kinds:
            texts["packages"] = steady(report["steady"], ("package",))
        texts["refused"] = refused(report["steady"]) or "Every engine ran every kernel."
    for name, make in (
        ("startup", startup),
        ("programs", programs),
        ("cold", cold),
        ("compile", compiling),
        ("load", load),
        ("calls", calls),
        ("size", size),
    ):
        if name in report:
            texts[name] = make(report[name])
    return texts


def write_docs(texts: dict[str, str], svg: str, page: Path = DOCS / "performance.md") -> None:
    """Puts each text between its markers; what has no text stays as it is."""
    content = page.read_text()
    for name, text in texts.items():
        begin, end = f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"
        if content.count(begin) != 1 or content.count(end) != 1:
            raise ValueError(f"{page} has no place for {name}, or several")
        before, rest = content.split(begin)
        content = before + begin + text + "\n" + end + rest.split(end)[1]
    page.write_text(content)
    if svg:
        page.with_suffix(".svg").write_text(svg)
