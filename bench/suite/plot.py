# SPDX-License-Identifier: Apache-2.0
"""The picture: for each engine a dot for each kernel, and a bar at the geometric mean."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

from suite.engines import ENGINES

LEFT, RIGHT, TOP, STEP = 170, 60, 46, 26
WIDTH = 820
COLOURS = {
    "native": "#555555",
    "interpreter": "#c0392b",
    "baseline": "#b9770e",
    "compiler": "#1f618d",
}


def draw(steady: dict[str, Any]) -> str:
    """An SVG of the scalar kernels' times, native = 1, on a logarithmic scale."""
    means = steady["geomean"].get("scalar", {})
    engines = [one for one in ENGINES if one.name in means and one.name != "native"]
    rows = [row for row in steady["kernels"] if row["kind"] == "scalar"]
    ratios = {
        one.name: [
            row["engines"][one.name]["ratio"]
            for row in rows
            if "ratio" in row["engines"].get(one.name, {})
        ]
        for one in engines
    }
    everything = [ratio for values in ratios.values() for ratio in values]
    low, high = math.log(min(0.5, *everything)), math.log(max(2.0, *everything) * 1.2)

    def x(ratio: float) -> float:
        return LEFT + (math.log(ratio) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    height = TOP + STEP * len(engines) + 20
    svg = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "font-family": "sans-serif",
            "font-size": "12",
            "role": "img",
        },
    )

    def add(tag: str, text: str = "", **attributes: object) -> None:
        names = {name.replace("_", "-"): str(value) for name, value in attributes.items()}
        ElementTree.SubElement(svg, tag, names).text = text or None

    add("title", f"Time of {len(rows)} scalar kernels in each engine, as multiples of native code")
    add("rect", x=0, y=0, width=WIDTH, height=height, fill="white")
    add("text", "time / native code, geometric mean and each kernel (logarithmic; less is better)",
        x=LEFT, y=16)  # fmt: skip
    for tick in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if not low <= math.log(tick) <= high:
            continue
        add("line", x1=f"{x(tick):.1f}", x2=f"{x(tick):.1f}", y1=TOP - 12, y2=height - 12,
            stroke="#bbbbbb" if tick == 1 else "#e4e4e4")  # fmt: skip
        add("text", f"{tick:g}", x=f"{x(tick):.1f}", y=TOP - 16, text_anchor="middle",
            fill="#666666")  # fmt: skip
    for index, engine in enumerate(engines):
        middle = TOP + STEP * index + STEP / 2 - 6
        colour = COLOURS[engine.kind]
        weight = "bold" if engine.name.startswith("epsilon") else "normal"
        add("text", engine.title, x=LEFT - 10, y=middle + 4, text_anchor="end", font_weight=weight)
        for ratio in ratios[engine.name]:
            add("circle", cx=f"{x(ratio):.1f}", cy=middle, r=3, fill=colour, fill_opacity=0.35)
        mean = means[engine.name]["mean"]
        add("line", x1=f"{x(mean):.1f}", x2=f"{x(mean):.1f}", y1=middle - 9, y2=middle + 9,
            stroke=colour, stroke_width=3)  # fmt: skip
        add("text", f"{mean:.3g}", x=WIDTH - RIGHT + 8, y=middle + 4, font_weight=weight)
    text: str = ElementTree.tostring(svg, encoding="unicode")
    return text.replace("><", ">\n<") + "\n"
