# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import epsilon

here = Path(__file__).parent
result = epsilon.run(
    here / "program.wasm",
    args=["input.md"],
    files={"input.md": (here / "input.md").read_bytes()},
    timeout_ms=5000,
    max_memory_pages=256,
)
print(len(result.stdout), "bytes of HTML")
print("exit code", result.exit_code, "after", result.instructions, "instructions")
