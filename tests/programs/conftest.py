# SPDX-License-Identifier: Apache-2.0
"""The collection can be imported, as record.py does."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))
