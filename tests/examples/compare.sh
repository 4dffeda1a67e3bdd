#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# compare.sh EXPECTED COMMAND...: the command must succeed, and print what the file EXPECTED says.
set -eu
expected=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
"$@" >"$output" || status=$?
diff -u "$expected" "$output" || { echo "$*: prints something else"; exit 1; }
[ "$status" = 0 ] || { echo "$*: status $status"; exit 1; }
