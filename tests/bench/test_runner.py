# SPDX-License-Identifier: Apache-2.0
"""The runner of bench/: its workers, its means, its tables and its plot."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from suite import cold, compiling, engines, plot, programs, report, steady, targets
from suite.engines import Installed
from suite.kernels import KERNELS, Kernel
from suite.places import Unavailable
from suite.processes import launch
from suite.workers import Worker, WorkerError, ask

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"

# A worker that returns n times the number it was started with; it dies of n = 13.
FAKE = """
import sys
print("ready", flush=True)
for line in sys.stdin:
    if int(line) == 13:
        sys.exit("some words\\nerror: thirteen\\nmore words")
    print(int(line) * {factor}, flush=True)
"""


def fake(factor: int = 1) -> Installed:
    argv = [sys.executable, "-c", FAKE.format(factor=factor)]
    return Installed("1", lambda _mode, _file: argv)


def settings(rounds: int = 2) -> steady.Settings:
    return steady.Settings(rounds, divisor=1, warm_seconds=0, clock="cpu")


def test_a_worker_answers_until_it_fails() -> None:
    worker = Worker(fake(3).worker("run", Path("x.wasm")), {}, "cpu")
    assert worker.call(5)[0] == 15
    checksum, seconds = worker.call(7)
    assert checksum == 21
    assert 0 < seconds < 5
    with pytest.raises(WorkerError, match="^error: thirteen$"):
        worker.call(13)
    with pytest.raises(WorkerError):
        worker.call(1)
    worker.close()


def test_the_time_of_short_runs_is_seen_whole() -> None:
    # It goes on for a while after its answer, so that its clock is asked for while it runs.
    busy = """
import sys, time
def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
print("ready", flush=True)
for line in sys.stdin:
    spin(0.002)
    print(0, flush=True)
    spin(0.001)
"""
    worker = Worker([sys.executable, "-c", busy], {}, "cpu")
    for _ in range(20):
        # Its own clock may have been a tenth ahead of what we see.
        assert worker.call(1)[1] >= 0.0025
    worker.close()


def test_a_worker_that_is_never_ready() -> None:
    with pytest.raises(WorkerError, match="^cannot$"):
        Worker([sys.executable, "-c", "import sys; sys.exit('cannot')"], {}, "cpu")
    with pytest.raises(WorkerError, match="^it ended without a word$"):
        Worker([sys.executable, "-c", ""], {}, "wall")


def test_other_modes_give_figures_by_name() -> None:
    argv = [sys.executable, "-c", "print('load 12.5'); print('calls:x 3')"]
    assert ask(argv, {}) == {"load": 12.5, "calls:x": 3.0}
    with pytest.raises(WorkerError, match="not done within 0.5 s"):
        ask([sys.executable, "-c", "import time; time.sleep(20)"], {}, 0.5)


def test_engines_are_compared_with_native_code() -> None:
    kernel = Kernel("x", 5, "")
    row, agree = steady.measure(kernel, {"native": fake(), "wasmtime": fake()}, settings())
    assert agree
    assert row["reference"] == "native"
    assert row["engines"]["native"]["ratio"] == 1
    assert len(row["engines"]["wasmtime"]["ratios"]) == 2


def test_another_checksum_is_an_error() -> None:
    kernel = Kernel("x", 5, "")
    row, agree = steady.measure(kernel, {"native": fake(), "wasmtime": fake(2)}, settings())
    assert not agree
    assert row["engines"]["wasmtime"]["error"].startswith("checksum 0x000000000000000a, native 0x")
    assert "ratio" in row["engines"]["native"]


def test_an_engine_that_fails_is_left_out_with_its_words() -> None:
    dies = Installed("1", lambda _mode, _file: [sys.executable, "-c", "raise SystemExit('no')"])
    row, agree = steady.measure(Kernel("x", 5, ""), {"native": fake(), "bun": dies}, settings())
    assert agree
    assert row["engines"]["bun"] == {"error": "no"}


def test_when_the_reference_fails_nothing_is_compared() -> None:
    # The warm-up has an n of 1, the timing of 13.
    kernel = Kernel("x", 13, "")
    row, _ = steady.measure(kernel, {"native": fake(), "wasmtime": fake()}, settings())
    assert row["engines"] == {
        "native": {"error": "native: error: thirteen"},
        "wasmtime": {"error": "native: error: thirteen"},
    }


def test_sizes_of_parts() -> None:
    assert Kernel("x", 100, "").size(4) == 25
    assert Kernel("x", 3, "").size(100) == 1
    assert Kernel("fib", 36, "", exponential=True).size(4) == 33
    assert len(KERNELS) >= 25


def example() -> dict[str, object]:
    rows = [
        {
            "kernel": name,
            "kind": "scalar",
            "about": "",
            "reference": "native",
            "engines": {
                "native": {"seconds": 0.02, "ratio": 1.0, "ratios": [1.0, 1.0]},
                "epsilon": {"seconds": 0.1, "ratio": ratio, "ratios": [ratio, ratio * 2]},
                "bun": {"error": "refused <it>"},
            },
        }
        for name, ratio in (("a", 4.0), ("b", 16.0))
    ]
    return {"kernels": rows, "geomean": steady.means(rows, ["native", "epsilon", "bun"])}


def test_means_are_of_medians_and_their_spread_of_rounds() -> None:
    mean = example()["geomean"]["scalar"]["epsilon"]  # type: ignore[index]
    assert mean["mean"] == pytest.approx(8)
    assert mean["least"] == pytest.approx(8)
    assert mean["greatest"] == pytest.approx(16)
    assert mean["kernels"] == 2


def test_the_table_and_what_is_not_in_it() -> None:
    text = report.steady(example(), ("scalar",))
    assert text.splitlines()[0] == "| kernel | native, clang -O2, ms | Epsilon, tiered |"
    assert "| a | 20.0 | 4.00 |" in text
    assert "| **geomean, scalar** |  | **8.00** |" in text
    assert "| of each round alone |  | 8.00–16.0 |" in text
    assert "- bun (JavaScriptCore), a: refused <it>" in report.refused(example())


def test_the_plot_is_well_formed() -> None:
    svg = ElementTree.fromstring(plot.draw(example()))
    circles = [one for one in svg if one.tag.endswith("circle")]
    assert len(circles) == 2
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < 820


def python(code: str) -> programs.Way:
    return programs.Way(lambda _program, _path: [sys.executable, "-c", code])


def no_way(program: programs.Program, path: Path) -> list[str]:
    raise Unavailable("it cannot")


PROGRAM = programs.Program("x", "package", "x.wasm", [], "hello\n")


def test_a_launched_program_leaves_its_output_and_figures(tmp_path: Path) -> None:
    file = tmp_path / "output"
    spawned = launch([sys.executable, "-c", "print(6 * 7)"], {}, output=file)
    assert file.read_bytes() == b"42\n"
    assert 0 < spawned.processor < 20
    assert spawned.wall > 0
    assert spawned.memory > 1
    with pytest.raises(WorkerError, match="^why$"):
        launch([sys.executable, "-c", "raise SystemExit('why')"], {})
    with pytest.raises(WorkerError, match="No such file or directory$"):
        launch([str(tmp_path / "nothing")], {})


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = f"import os, time; open({str(file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(WorkerError, match="^not done within 5 s$"):
        launch([sys.executable, "-c", code], {}, 5)
    stat = Path("/proc") / file.read_text() / "stat"

    def runs() -> bool:
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    # Its end takes the system a moment.
    deadline = time.monotonic() + 10
    while runs() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs()


def test_programs_have_to_print_the_same() -> None:
    file = Path(__file__)
    ways = {"right": python("print('hello')"), "none": programs.Way(no_way)}
    row, agree = programs.measure(PROGRAM, file, ways, 2)
    assert agree
    assert row["bytes"] == file.stat().st_size
    assert row["ways"]["right"]["runs"] == 2
    assert row["ways"]["none"] == {"error": "it cannot"}
    ways["wrong"] = python("print('hullo')")
    ways["broken"] = python("raise SystemExit('error: broken')")
    row, agree = programs.measure(PROGRAM, file, ways, 1)
    assert not agree
    assert row["ways"]["right"]["seconds"]["median"] > 0
    assert row["ways"]["wrong"] == {"error": "it printed b'hullo\\n', not b'hello\\n'"}
    assert row["ways"]["broken"] == {"error": "error: broken"}


def test_a_program_that_only_fails_is_no_difference() -> None:
    ways = {"broken": python("raise SystemExit(1)")}
    row, agree = programs.measure(PROGRAM, Path(__file__), ways, 1)
    assert agree
    assert row["ways"]["broken"] == {"error": "it ended without a word"}


def test_what_is_slow_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SLOW_SECONDS", 0)
    row, _ = programs.measure(PROGRAM, Path(__file__), {"slow": python("print('hello')")}, 5)
    assert row["ways"]["slow"]["runs"] == 1


def test_the_table_of_programs() -> None:
    figures = {
        "runs": 2,
        "seconds": {"median": 0.25, "least": 0.2, "greatest": 0.3},
        "processor_seconds": {"median": 0.125, "least": 0.1, "greatest": 0.3},
        "memory_mib": 12.0,
    }
    table = {
        "rounds": 2,
        "ways": ["epsilon run", "wasmtime, cold"],
        "programs": {
            "Ruby": {
                "bytes": 2_500_000,
                "args": [],
                "ways": {"epsilon run": figures, "wasmtime, cold": {**figures, "runs": 1}},
            },
            "SQL": {
                "bytes": 100_000,
                "args": [],
                "ways": {"epsilon run": {"error": "no"}, "wasmtime, cold": figures},
            },
        },
        "starts": {"python -c pass": figures},
        "missing": {"wasmi": "is not there"},
    }
    text = report.programs(table)
    lines = text.splitlines()
    assert lines[0] == (
        "|  | Ruby (2.5 MB): ms | processor | MiB | SQL (0.1 MB): ms | processor | MiB |"
    )
    assert lines[2] == "| epsilon run | 250 (200–300) | 125 | 12.0 | – | – | – |"
    assert lines[3] == ("| wasmtime, cold | 250 (once) | 125 | 12.0 | 250 (200–300) | 125 | 12.0 |")
    assert "| python -c pass | 250 | 200–300 | 12.0 |" in lines
    assert "- epsilon run, SQL: no" in lines
    assert lines[-1] == "- wasmi: is not there"


# A worker that prints what it is told to run, and takes ten times as long for ten times as much.
COLD = "import time; print('ready'); n = int(input()); time.sleep(n / {speed}); print(n * {factor})"


def cold_way(speed: int = 1000, factor: int = 1) -> cold.Way:
    argv = [sys.executable, "-c", COLD.format(speed=speed, factor=factor)]
    return cold.Way("it", lambda _path: argv)


def test_cold_runs_read_their_work_and_print_the_same() -> None:
    ways = {"native": cold_way(), "right": cold_way(), "slow": cold_way(), "none": cold.Way("", no)}
    expected = {"slow": 26.4}
    results, agree = cold.measure(Path("x.wasm"), 5, ways, expected, 2)
    assert agree
    assert results["right"]["runs"] == 2
    assert 0 < results["right"]["processor_seconds"]["median"] < 20
    assert results["right"]["seconds"]["least"] > 0.005
    assert results["slow"] == {"error": "it would take some 26 s"}
    assert results["none"] == {"error": "it cannot"}
    results, agree = cold.measure(
        Path("x.wasm"), 5, {"native": cold_way(), "wrong": cold_way(factor=2)}, {}, 1
    )
    assert not agree
    assert results["wrong"] == {"error": "it printed b'ready\\n10\\n', not b'ready\\n5\\n'"}


def no(_path: Path) -> list[str]:
    raise Unavailable("it cannot")


def test_a_cold_run_that_is_slow_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold, "SLOW_SECONDS", 0)
    results, _ = cold.measure(Path("x.wasm"), 1, {"native": cold_way()}, {}, 5)
    assert results["native"]["runs"] == 1


def test_the_table_of_cold_runs() -> None:
    def result(wall: float, processor: float) -> dict[str, object]:
        return {"seconds": {"median": wall}, "processor_seconds": {"median": processor}}

    report_of = {
        "ways": {"native": "native", "epsilon": "Epsilon", "bun": "bun"},
        "lengths": {
            "5 ms": {
                "a": {
                    "n": 1,
                    "ways": {
                        "native": result(0.001, 0.001),
                        "epsilon": result(0.004, 0.002),
                        "bun": result(0.003, 0.004),
                    },
                },
                "b": {
                    "n": 1,
                    "ways": {
                        "native": result(0.001, 0.001),
                        "epsilon": result(0.009, 0.002),
                        "bun": result(0.003, 0.004),
                    },
                },
            },
            "50 ms": {
                "a": {
                    "n": 1,
                    "ways": {
                        "native": result(0.05, 0.05),
                        "epsilon": result(0.1, 0.1),
                        "bun": {"error": "it would take some 30 s"},
                    },
                }
            },
        },
    }
    text = report.cold(report_of)
    lines = text.splitlines()
    assert lines[0].startswith("|  | 5 ms native: wall, ms | processor, ms | 50 ms native")
    assert "| native | 1.00 | 1.00 | 50.0 | 50.0 |" in lines
    assert "| Epsilon | 6.00 | **2.00** | **100** | **100** |" in lines
    assert "| bun | **3.00** | 4.00 | – | – |" in lines
    assert lines[-1] == "- bun, a, 50 ms: it would take some 30 s"


def test_how_much_code_a_module_has() -> None:
    # A custom section of 200 bytes, whose length takes two, and then a code section of 5.
    wasm = b"\0asm\1\0\0\0" + b"\0\xc8\1" + bytes(200) + b"\x0a\x05" + bytes(5)
    assert compiling.code_bytes(wasm) == 5
    assert compiling.code_bytes(b"\0asm\1\0\0\0") == 0


def test_compilers_are_asked_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "print('compile 2000000'); print('wall 3000000'); print('machine 900')"
    good = Installed("1", lambda _m, _f: [sys.executable, "-c", code], "run compile")
    bad = Installed("1", lambda _m, _f: [sys.executable, "-c", "raise SystemExit('no')"], "compile")
    other = Installed("1", lambda _m, _f: ["/nothing"], "run")
    found = compiling.compiling({"winch": good, "wazero": bad, "bun": other}, 2, quick=True)
    module = found["modules"]["small"]
    assert module["file"] == "json.wasm"
    assert module["engines"]["winch"]["seconds"]["compile"]["median"] == pytest.approx(0.002)
    assert module["engines"]["winch"]["machine"] == 900
    assert module["engines"]["wazero"] == {"error": "no"}
    assert "bun" not in module["engines"]
    module["code_bytes"], module["bytes"] = 1000, 2000
    text = report.compiling(found)
    assert "| small: json.wasm, 0.001 MB of code in 0.002 | MB/s | processor, ms |" in text
    assert "| wasmtime, Winch | 0.50 | 2.00 | 3.00 | 0" in text
    assert text.splitlines()[2].endswith("| 0.90 |")
    assert "wazero, compiler did not compile it: no." in text


def test_what_is_reached_of_the_targets() -> None:
    def took(wall: float) -> dict[str, object]:
        return {"seconds": {"median": wall}, "processor_seconds": {"median": wall / 2}}

    whole: dict[str, object] = {
        "steady": example(),
        "startup": {
            "programs": {"epsilon run": {"seconds": {"median": 0.0012}, "memory_mib": 3.6}}
        },
        "cold": {
            "ways": {"native": "native", "epsilon": "Epsilon", "bun": "bun"},
            "lengths": {
                "5 ms": {
                    "a": {
                        "ways": {
                            "native": took(0.005),
                            "epsilon": took(0.01),
                            "bun": took(0.02),
                        }
                    }
                }
            },
        },
        "compile": {
            "modules": {
                "large": {
                    "code_bytes": 10_000_000,
                    "engines": {"epsilon-compiled": {"seconds": {"compile": {"median": 0.4}}}},
                }
            }
        },
        "load": {"modules": {"large": {"engines": {"epsilon": {"error": "no"}}}}},
        "calls": {"engines": {"epsilon": {"host-to-wasm": {"median": 4.25}}}},
    }
    rows = {what: reached for what, _, reached in targets.rows(whole)}
    assert rows["tiered, scalar kernels, times native"] == "8.00"
    assert rows["interpreter, scalar kernels, times native"] == ""
    assert rows["the same, large module"] == "25.0"
    assert rows["C to WebAssembly and back, ns"] == "4.2"
    assert rows["`epsilon run` of an empty program"] == "1.20 ms, 3.6 MiB"
    assert rows["loading `ruby.wasm`"] == ""
    assert rows["cold programs of 5 ms, wall time"] == "10 ms; bun: 20"
    assert rows["cold programs of 5 ms, processor time"] == "5 ms; bun: 10"


def test_what_is_the_same_when_warm_is_not_measured_twice() -> None:
    rows = {engine.name: engine for engine in engines.ENGINES}
    assert rows["epsilon"].tiers and rows["epsilon"].steady
    assert rows["epsilon-interpreter"].kind == "interpreter"
    assert [name for name, engine in rows.items() if not engine.steady] == ["epsilon-compiled"]


def test_tables_go_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench:one -->\nold\n<!-- /bench:one -->\nafter\n")
    report.write_docs({"one": "new \\1 text"}, "<svg/>", page)
    assert page.read_text() == (
        "before\n<!-- bench:one -->\nnew \\1 text\n<!-- /bench:one -->\nafter\n"
    )
    assert (tmp_path / "page.svg").read_text() == "<svg/>"
    with pytest.raises(ValueError, match="has no place for two"):
        report.write_docs({"two": ""}, "", page)


def test_the_page_has_a_place_for_every_table() -> None:
    content = (BENCH.parent / "docs" / "performance.md").read_text()
    names = (
        "machine targets steady simd packages refused startup programs cold compile load calls size"
    ).split()
    for name in names:
        assert f"<!-- bench:{name} -->\n" in content
        assert f"<!-- /bench:{name} -->" in content


def test_the_command_knows_what_there_is() -> None:
    command = [sys.executable, str(BENCH / "run.py")]
    listed = subprocess.run([*command, "--list"], check=True, capture_output=True, text=True)
    assert "epsilon              baseline      Epsilon, tiered\n" in listed.stdout
    assert "epsilon-interpreter  interpreter   Epsilon, interpreter\n" in listed.stdout
    wrong = subprocess.run([*command, "--engines", "nix"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "unknown engine nix; known: native, novec, epsilon" in wrong.stderr
    wrong = subprocess.run([*command, "--only", "nix"], capture_output=True, text=True)
    assert "unknown section nix; known: steady" in wrong.stderr
