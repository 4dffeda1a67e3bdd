# SPDX-License-Identifier: Apache-2.0
"""The benchmark's own modules can be imported, as bench/run.py does."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "bench"))
