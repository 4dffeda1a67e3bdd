# SPDX-License-Identifier: Apache-2.0
"""The examples in other languages, against an installation of build/release.

Each prints what the file beside it says. A language that the machine lacks is skipped, by name;
LuaJIT, which tools/setup.sh installs, must be there where CI=true.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
BUILD = Path(os.environ.get("EPSILON_TEST_BUILD", ROOT / "build" / "release"))


def need(program: str, always_in_ci: bool = False) -> str:
    path = shutil.which(program)
    if path is None:
        if always_in_ci and os.environ.get("CI") == "true":
            pytest.fail(f"{program} is not installed, CI may not skip it")
        pytest.skip(f"{program} is not installed")
    return path


def need_version(command: List[str], major: int, minor: int) -> None:
    need(command[0])
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)\.(\d+)", said)
    if match is None or (int(match[1]), int(match[2])) < (major, minor):
        pytest.skip(f"{command[0]} {major}.{minor} or newer is needed, not {said.strip()}")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dict[str, str]]:
    """The environment in which pkg-config finds an installed library, and the linker does not."""
    need("pkg-config", always_in_ci=True)
    if not (BUILD / "cmake_install.cmake").exists():
        pytest.skip(f"{BUILD} is not there to be installed")
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(
        ["cmake", "--install", str(BUILD), "--prefix", str(prefix)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    folder = next(prefix.rglob("pkgconfig"))
    yield dict(
        os.environ,
        PKG_CONFIG_PATH=str(folder),
        CGO_LDFLAGS=f"-Wl,-rpath,{folder.parent}",
        GOTOOLCHAIN="local",
    )


def run(command: List[str], environment: Dict[str, str], folder: Path, timeout: int = 120) -> str:
    """What the command prints; it must succeed, and have nothing to complain of."""
    outcome = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=timeout,
    )  # fmt: skip
    assert (outcome.returncode, outcome.stderr) == (0, ""), f"{command}: {outcome}"
    return outcome.stdout


def expected(language: str) -> str:
    return (EXAMPLES / language / "plugin.expected").read_text(encoding="utf-8")


def test_modules_are_what_their_texts_say() -> None:
    need("wasm-tools", always_in_ci=True)
    run([sys.executable, str(EXAMPLES / "rebuild.py"), "--check"], dict(os.environ), ROOT)


def parameter_counts(text: str, function: str) -> Dict[str, int]:
    """Of declared functions; `function` is how one begins, its first group the name."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    found = re.findall(function + r"\s*\(([^()]*)\)", text)
    return {
        name: len([part for part in parameters.split(",") if part.strip() not in ("", "void")])
        for name, parameters in found
    }


@pytest.mark.parametrize(
    ("file", "function"),
    [("node/epsilon.js", r"\b(epsilon_\w+)"), ("rust/src/sys.rs", r"\bfn (epsilon_\w+)")],
)
def test_declarations_made_by_hand_follow_the_header(file: str, function: str) -> None:
    header = (ROOT / "capi" / "include" / "epsilon.h").read_text(encoding="utf-8")
    truth = parameter_counts(header, r"\b(epsilon_\w+)")
    declared = parameter_counts((EXAMPLES / file).read_text(encoding="utf-8"), function)
    declared.pop("epsilon_func_callback_t", None)
    assert len(declared) > 20
    assert declared == {name: truth.get(name) for name in declared}


def test_luajit(environment: Dict[str, str]) -> None:
    luajit = need("luajit", always_in_ci=True)
    assert run([luajit, "plugin.lua"], environment, EXAMPLES / "luajit") == expected("luajit")


def test_luajit_has_the_whole_header_and_bears_load(environment: Dict[str, str]) -> None:
    luajit = need("luajit", always_in_ci=True)
    script = Path(__file__).with_name("luajit_load.lua")
    assert run([luajit, str(script), str(EXAMPLES)], environment, ROOT).endswith("ok\n")


@pytest.fixture(scope="module")
def go_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/, with the load test beside the Go example."""
    need_version(["go", "version"], 1, 21)
    examples = tmp_path_factory.mktemp("go") / "examples"
    shutil.copytree(EXAMPLES / "go", examples / "go")
    shutil.copy(EXAMPLES / "plugin.wasm", examples)
    shutil.copy(Path(__file__).with_name("go_load_test.go"), examples / "go" / "load_test.go")
    return examples / "go"


# Both compile Go's own runtime where that is not done yet.
def test_go(environment: Dict[str, str], go_folder: Path) -> None:
    command = ["go", "run", ".", "../plugin.wasm"]
    assert run(command, environment, go_folder, timeout=600) == expected("go")


def test_go_bears_load(environment: Dict[str, str], go_folder: Path) -> None:
    output = run(["go", "test", "-count=1", "."], environment, go_folder, timeout=600)
    assert output.startswith("ok")


@pytest.fixture(scope="module")
def rust_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/, with the load test beside the Rust example."""
    need_version(["cargo", "--version"], 1, 70)
    examples = tmp_path_factory.mktemp("rust") / "examples"
    shutil.copytree(EXAMPLES / "rust", examples / "rust", ignore=shutil.ignore_patterns("target"))
    shutil.copy(EXAMPLES / "plugin.wasm", examples)
    (examples / "rust" / "tests").mkdir()
    shutil.copy(Path(__file__).with_name("rust_load.rs"), examples / "rust" / "tests" / "load.rs")
    return examples / "rust"


def test_rust(environment: Dict[str, str], rust_folder: Path) -> None:
    command = ["cargo", "run", "--quiet", "--offline", "../plugin.wasm"]
    assert run(command, environment, rust_folder, timeout=600) == expected("rust")


def test_rust_bears_load(environment: Dict[str, str], rust_folder: Path) -> None:
    command = ["cargo", "test", "--quiet", "--offline", "--test", "load"]
    assert "3 passed" in run(command, environment, rust_folder, timeout=600)


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/, with koffi in node/node_modules."""
    need_version(["node", "--version"], 18, 0)
    npm = need("npm")
    examples = tmp_path_factory.mktemp("node") / "examples"
    shutil.copytree(
        EXAMPLES / "node", examples / "node", ignore=shutil.ignore_patterns("node_modules")
    )
    shutil.copy(EXAMPLES / "plugin.wasm", examples)
    shutil.copy(Path(__file__).with_name("node_load.js"), examples / "node")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    try:
        outcome = subprocess.run(
            command, cwd=examples / "node", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=180,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.skip("npm took more than 180 s to install koffi")
    if outcome.returncode != 0:
        pytest.skip(f"npm cannot install koffi: {outcome.stdout.strip()[-300:]}")
    return examples / "node"


def test_node(environment: Dict[str, str], node_folder: Path) -> None:
    assert run(["node", "plugin.js"], environment, node_folder) == expected("node")


def test_node_bears_load(environment: Dict[str, str], node_folder: Path) -> None:
    assert run(["node", "node_load.js"], environment, node_folder).endswith("ok\n")
