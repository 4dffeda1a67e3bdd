#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the quick starts of README.md and compares what they print with what it says they print.

A code block after a line `<!-- run: python|c|sh -->` is run, as it stands, in the root of the
repository; the next `text` block is its expected output. C programs and the shell use an
installation of build/release in a temporary folder, Python the Python that runs this.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BUILD = ROOT / "build" / "release"
BLOCK = re.compile(
    r"^<!-- run: (\w+) -->\n```\w+\n(.*?)^```\n.*?^```text\n(.*?)^```\n", re.MULTILINE | re.DOTALL
)


def run_block(language, code, prefix, scratch):
    environment = dict(os.environ, PATH=f"{prefix / 'bin'}:{os.environ['PATH']}")
    if language == "python":
        command = [sys.executable, "-c", code]
    elif language == "sh":
        command = ["sh", "-euc", code]
    elif language == "c":
        (scratch / "add.c").write_text(code, encoding="utf-8")
        environment["PKG_CONFIG_PATH"] = str(next(prefix.rglob("pkgconfig")))
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "epsilon"],
            env=environment, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        library = next(prefix.rglob("libepsilon.so")).parent
        strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-Wl,-rpath,{library}"]
        subprocess.run(
            ["cc", *strict, str(scratch / "add.c"), "-o", str(scratch / "add"), *flags], check=True
        )
        command = [str(scratch / "add")]
    else:
        raise SystemExit(f"README.md: no way to run {language}")
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def main():
    blocks = BLOCK.findall(README.read_text(encoding="utf-8"))
    languages = {language for language, _, _ in blocks}
    if languages != {"python", "c", "sh"}:
        sys.exit(f"README.md: quick starts found for {sorted(languages)}, not for python, c and sh")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        prefix = scratch / "prefix"
        subprocess.run(
            ["cmake", "--install", str(BUILD), "--prefix", str(prefix)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for language, code, expected in blocks:
            outcome = run_block(language, code, prefix, scratch)
            good = outcome.returncode == 0 and outcome.stdout == expected
            print(f"README.md, {language}: {'ok' if good else 'FAILED'}")
            if not good:
                failed += 1
                print(
                    f"  status {outcome.returncode}, expected:\n{expected}  got:\n{outcome.stdout}"
                )
                print(outcome.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
