#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what the pages of docs/ and all other Markdown show, and compares what comes out with what
they say.

A comment before each block of code says what to do with it:

    <!-- run: python -->            a program of its own
    <!-- run: python, continued --> goes on where the page's last Python block ended
    <!-- run: python, raises -->    ends with an exception; the output has its traceback
    <!-- run: python, from 3.11 --> where Python is as new
    <!-- run: c -->                 a program, compiled and linked through pkg-config
    <!-- run: sh -->                shell commands; `<!-- run: sh, status 1 -->` if they fail
    <!-- file: NAME -->             is put into this file
    <!-- not run: REASON -->        can't be run, or is no code
    <!-- setup: python|sh           the same for code that is not shown, up to the line `-->`;
                                    what is shown goes on from it as `python, continued`
    <!-- file: NAME                 a file that is not shown, likewise

The next `text` block behind a block that runs is what it prints; without one it prints nothing.
In it "..." stands for anything, and a line of "..." for any lines. In Python, comments behind
statements are compared too (tools/run_snippets.py). A block without a comment is an error, and so
is an indented one.

A page's blocks run in order in one temporary folder that has links to demo/ and examples/. C
programs and the shell use an installation of build/release (--build), Python the Python that runs
this.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run_snippets import matches

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(```+|:::+)(.*)$")
MARK = re.compile(r"^<!-- (run|file|not run|setup):(.*?)( -->)?$")
INDENTED = re.compile(r"^(    |\t)\s*\S")
LANGUAGES = {"python": "python", "c": "c", "sh": "sh"}
SECONDS = 300  # for one program; a hang is an error


def line_after(lines, i, wanted):
    for j in range(i + 1, len(lines)):
        if lines[j].rstrip() == wanted:
            return j
    raise PageError(f"{i + 1}: what begins here does not end")


class PageError(Exception):
    pass


class Block:
    def __init__(self, action, argument, line):
        self.action, self.argument, self.line = action, argument, line
        self.language = ""
        self.code = ""
        self.expected = None  # the output shown, if any

    @property
    def options(self):
        return [option.strip() for option in self.argument.split(",")]


def blocks_of(text):
    """The marked blocks of a page; PageError where one is unmarked or a mark has no block."""
    lines = text.split("\n")
    blocks = []
    mark = None
    site_only = False
    i = 0
    while i < len(lines):
        line = lines[i]
        fence = FENCE.match(line)
        found = MARK.match(line)
        if line == "<!-- site":
            site_only = True
        elif line == "-->":
            site_only = False
        elif found:
            if mark:
                raise PageError(f"{mark.line}: no block follows this mark")
            mark = Block(found[1], found[2].strip(), i + 1)
            if not found[3]:  # a comment that holds the code itself
                end = line_after(lines, i, "-->")
                mark.code = "\n".join(lines[i + 1 : end]) + "\n"
                blocks.append(mark)
                mark = None
                i = end
        elif fence:
            end = line_after(lines, i, fence[1])
            code = "\n".join(lines[i + 1 : end]) + "\n"
            if fence[2].startswith("{") or site_only:
                pass  # a directive of Sphinx's, which checks it
            elif mark:
                mark.language, mark.code = fence[2], code
                blocks.append(mark)
                mark = None
            elif fence[2] == "text" and blocks and blocks[-1].action == "run":
                if blocks[-1].expected is not None:
                    raise PageError(f"{i + 1}: a second output")
                blocks[-1].expected = code
            else:
                raise PageError(f"{i + 1}: this block says not whether to run it")
            i = end
        elif INDENTED.match(line) and i and not lines[i - 1].strip() and not in_list(lines, i):
            raise PageError(f"{i + 1}: an indented block; fence it")
        i += 1
    if mark:
        raise PageError(f"{mark.line}: no block follows this mark")
    return blocks


def in_list(lines, i):
    """Whether an indented line goes on with an item of a list."""
    for line in reversed(lines[:i]):
        if line and not line.startswith(" "):
            return re.match(r"^([-*]|\d+\.) ", line) is not None
    return False


def older(option):
    """Whether this Python is older than an option "from 3.11" demands."""
    match = re.fullmatch(r"from 3\.(\d+)", option)
    return match is not None and sys.version_info < (3, int(match[1]))


class Page:
    def __init__(self, name, text, prefix, folder):
        self.name = name
        self.folder = folder
        self.problems = []
        self.ran = 0
        try:
            self.blocks = blocks_of(text)
        except PageError as error:
            self.blocks = []
            self.problems.append(f"{name}:{error}")
        self.environment = dict(
            os.environ,
            PATH=f"{prefix / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            PKG_CONFIG_PATH=str(next(prefix.rglob("pkgconfig"))),
            LD_LIBRARY_PATH=str(next(prefix.rglob("libepsilon.so")).parent),
            EPSILON_LIBRARY=str(next(prefix.rglob("libepsilon.so"))),
            PYTHONPATH=str(ROOT / "epsilon_py"),
            PYTHONWARNINGS="error",
            NO_COLOR="1",
        )
        for shared in ("demo", "examples"):
            if (ROOT / shared).exists():
                (folder / shared).symlink_to(ROOT / shared)

    def problem(self, block, text):
        self.problems.append(f"{self.name}:{block.line}: {text}")

    def check(self):
        python = []
        for block in self.blocks:
            language = block.options[0]
            known = block.action not in ("run", "setup") or language in LANGUAGES
            if not known or (block.action == "run" and LANGUAGES[language] != block.language):
                self.problem(block, f"no way to {block.action} {language} as {block.language}")
            elif block.action == "file":
                path = self.folder / block.argument
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.code, encoding="utf-8")
            elif block.action == "not run":
                if not block.argument:
                    self.problem(block, "not run, but why?")
            elif language == "python":
                if any(older(option) for option in block.options):
                    continue
                if "continued" not in block.options:
                    self.run_python(python)
                    python = []
                python.append(block)
            else:
                self.run_python(python)
                python = []
                self.run_command(block, language)
        self.run_python(python)
        return self

    def run_python(self, blocks):
        """One program, of all blocks up to the next that isn't continued."""
        if not blocks:
            return
        given = [{"code": block.code, "raises": "raises" in block.options} for block in blocks]
        outcome = self.command(
            [sys.executable, str(ROOT / "tools" / "run_snippets.py")], json.dumps(given)
        )
        try:
            results = json.loads(outcome.stdout)
        except ValueError:
            self.problem(blocks[0], f"ended with {outcome.returncode}:\n{outcome.stderr}")
            return
        if outcome.stderr:
            self.problem(blocks[0], f"wrote to standard error:\n{outcome.stderr}")
        for block, result in zip(blocks, results):
            for wrong in result["wrong"]:
                self.problem(block, wrong)
            if result["failure"]:
                self.problem(block, f"failed:\n{result['failure']}")
            else:
                self.compare(block, result["printed"])

    def run_command(self, block, language):
        wanted = 0
        for option in block.options[1:]:
            wanted = int(option.split()[1])
        command = ["sh", "-euc", block.code]
        if language == "c":
            (self.folder / "program.c").write_text(block.code, encoding="utf-8")
            build = (
                "cc -std=c11 -Wall -Wextra -Wpedantic -Werror program.c -o program "
                "$(pkg-config --cflags --libs epsilon)"
            )
            built = self.command(["sh", "-euc", build])
            if built.returncode:
                self.problem(block, f"does not compile:\n{built.stderr}")
                return
            command = ["./program"]
        outcome = self.command(command)
        if outcome.returncode != wanted:
            self.problem(block, f"status {outcome.returncode}:\n{outcome.stdout}{outcome.stderr}")
        else:
            self.compare(block, outcome.stdout + outcome.stderr)

    def command(self, command, given=""):
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, input=given, capture_output=True,
            text=True, timeout=SECONDS,
        )  # fmt: skip

    def compare(self, block, printed):
        self.ran += block.action == "run"
        if not matches(block.expected or "", printed):
            self.problem(block, f"prints\n{printed}  but the page says\n{block.expected or ''}")


def check_page(name, text, prefix):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return Page(name, text, prefix, Path(folder)).check()
        except subprocess.TimeoutExpired as error:
            raise SystemExit(f"{name}: a block hangs: {error}") from None


GOOD = """
<!-- setup: python
x = 1
-->
<!-- run: python, continued -->
```python
x + 1  # -> 2
print(x)  # 1
int("x")  # raises ValueError: invalid literal...
```
<!-- run: python, raises -->
```python
raise KeyError(1)
```
```text
Traceback (most recent call last):
...
KeyError: 1
```
<!-- run: sh, status 3 -->
```sh
echo a b; exit 3
```
```text
a ...
```
"""

BAD = {
    "says not whether to run": "```sh\nls\n```\n",
    "an indented block": "\n    ls\n",
    "no block follows": "<!-- run: sh -->\n",
    "but why": "<!-- not run: -->\n```sh\nls\n```\n",
    "does not end": "```sh\nls\n",
    "a second output": "<!-- run: sh -->\n```sh\n```\n```text\n```\n```text\n```\n",
    "status 1": "<!-- run: sh -->\n```sh\nfalse\n```\n",
    "the page says": "<!-- run: sh -->\n```sh\necho a\n```\n",
    "no way to run ruby": "<!-- run: ruby -->\n```ruby\n```\n",
    "says '3', gives '2'": "<!-- run: python -->\n```python\n1 + 1  # -> 3\n```\n",
    "raises nothing": "<!-- run: python -->\n```python\nx = 1  # raises KeyError\n```\n",
    "nothing to compare": "<!-- run: python -->\n```python\nif True:  # -> 1\n    pass\n```\n",
    "it raises nothing": "<!-- run: python, raises -->\n```python\n```\n",
    "does not compile": "<!-- run: c -->\n```c\nint\n```\n",
    "NameError": "<!-- run: python -->\n```python\ny\n```\n",
}


def self_test(prefix):
    """Each mistake must be found in a page made to have it, and nothing in a good one."""
    problems = check_page("good", GOOD, prefix).problems
    for expected, text in BAD.items():
        found = check_page("bad", text, prefix).problems
        if len(found) != 1 or expected not in found[0]:
            problems.append(f"self-test: {text!r} gave {found}, not {expected!r}")
    return problems


def broken_links(path, text):
    """Links to files that are not there. Sphinx checks those between the pages, with anchors."""
    code = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", code.sub("", text)):
        if not (path.parent / link).exists():
            yield f"{path.relative_to(ROOT)}: no file {link}"


def pages():
    """The Markdown of the project, without what is no page."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    no_pages = ("demo/input.md", "docs/decisions/0000-template.md")
    return [ROOT / name for name in sorted(listing) if name and name not in no_pages]


def main():
    parser = argparse.ArgumentParser(description="Runs what the documentation shows.")
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("pages", nargs="*", type=lambda name: Path(name).resolve())
    given = parser.parse_args()
    began = time.monotonic()
    ran = 0
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder) / "prefix"
        subprocess.run(
            ["cmake", "--install", given.build, "--prefix", str(prefix)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        problems = self_test(prefix)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            texts = {path: path.read_text(encoding="utf-8") for path in given.pages or pages()}
            checks = [
                pool.submit(check_page, str(path.relative_to(ROOT)), text, prefix)
                for path, text in texts.items()
            ]
            for path, text in texts.items():
                problems += broken_links(path, text)
            for check in checks:
                page = check.result()
                ran += page.ran
                problems += page.problems
    for problem in problems:
        print(problem)
    took = time.monotonic() - began
    passed = max(0, ran - len(problems))
    print(f"snippets: {passed} passed, {len(problems)} failed in {took:.1f}s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
