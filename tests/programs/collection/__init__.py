# SPDX-License-Identifier: Apache-2.0
"""Real programs and what each has to do; ../README.md says how they were chosen."""
