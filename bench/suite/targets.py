# SPDX-License-Identifier: Apache-2.0
"""What Epsilon is meant to reach, and what a run of the whole benchmark says of it."""

from __future__ import annotations

from typing import Any

from suite.cold import means as cold_means

NEEDS = ("steady", "startup", "cold", "compile", "load", "calls")
"""The sections that the table is of."""


def mean(report: dict[str, Any], kind: str, engine: str) -> str:
    found = report["steady"]["geomean"].get(kind, {}).get(engine)
    return f"{found['mean']:.2f}" if found else ""


def call(report: dict[str, Any], figure: str) -> str:
    found = report["calls"]["engines"].get("epsilon", {}).get(figure, {})
    return f"{found['median']:.1f}" if "median" in found else ""


def compile_speed(report: dict[str, Any], label: str) -> str:
    module = report["compile"]["modules"].get(label, {})
    found = module.get("engines", {}).get("epsilon-compiled", {})
    if "seconds" not in found:
        return ""
    return f"{module['code_bytes'] / 1e6 / found['seconds']['compile']['median']:.1f}"


def start(report: dict[str, Any]) -> str:
    found = report["startup"]["programs"].get("epsilon run")
    if not found:
        return ""
    return f"{found['seconds']['median'] * 1e3:.2f} ms, {found['memory_mib']:.1f} MiB"


def loading(report: dict[str, Any]) -> str:
    module = report["load"]["modules"].get("large", {})
    found = module.get("engines", {}).get("epsilon", {})
    return f"{found['seconds']['median'] * 1e3:.0f} ms" if "seconds" in found else ""


def first(report: dict[str, Any], length: str, clock: str) -> str:
    """Who is the fastest at cold programs of this length, and how Epsilon compares."""
    cold = report["cold"]
    if length not in cold["lengths"]:
        return ""
    ranked = {}
    for way in cold["ways"]:
        found = cold_means(cold, length, way)
        if way != "native" and found:
            ranked[way] = found[clock]
    if "epsilon" not in ranked:
        return ""
    own = ranked["epsilon"]
    others = {way: value for way, value in ranked.items() if not way.startswith("epsilon")}
    if not others:
        return ""
    best = min(others, key=lambda way: others[way])
    return f"{own * 1e3:.3g} ms; {cold['ways'][best]}: {others[best] * 1e3:.3g}"


def rows(report: dict[str, Any]) -> list[list[str]]:
    """What, target, reached; the latter is empty where it was not measured."""
    found = [
        [
            "interpreter, scalar kernels, times native",
            "8",
            mean(report, "scalar", "epsilon-interpreter"),
        ],
        [
            "interpreter, vector kernels, times native",
            "20",
            mean(report, "simd", "epsilon-interpreter"),
        ],
        ["tiered, scalar kernels, times native", "2.2", mean(report, "scalar", "epsilon")],
        [
            "from bytes to machine code on one core, MB/s, medium module",
            "at least 20",
            compile_speed(report, "medium"),
        ],
        ["the same, large module", "at least 20", compile_speed(report, "large")],
        [
            "C to WebAssembly and back, ns",
            "5 compiled, 12 interpreted",
            call(report, "host-to-wasm"),
        ],
        [
            "WebAssembly to C and back, ns",
            "5 compiled, 10 interpreted",
            call(report, "wasm-to-host"),
        ],
        ["`epsilon run` of an empty program", "1.5 ms, 4 MiB", start(report)],
        ["loading `ruby.wasm`", "60 ms", loading(report)],
    ]
    for length in report["cold"]["lengths"]:
        for clock, name in (("seconds", "wall"), ("processor_seconds", "processor")):
            what = f"cold programs of {length}, {name} time"
            found.append([what, "ahead of all others", first(report, length, clock)])
    return found
