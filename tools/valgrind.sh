#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the C tests and the C examples of a build (default build/release) under valgrind. Errors and
# leaks fail. Without signals: valgrind takes every access that a guard page catches for an error.
set -eu
export EPSILON_TEST_SIGNALS=off
cd "$(dirname "$0")/.."
build=${1:-build/release}

failed=0 count=0
for program in "$build"/tests/capi/capi_* "$build"/tests/examples/example_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    case $program in
    # They replace malloc themselves, or measure memory, which is valgrind's too.
    */capi_out_of_memory | */capi_refused_memory | */capi_soak) continue ;;
    esac
    count=$((count + 1))
    if valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect "$program" >/dev/null; then
        echo "valgrind: $(basename "$program") ok"
    else
        echo "valgrind: $(basename "$program") FAILED ($?)"
        failed=$((failed + 1))
    fi
done
echo "valgrind: $count programs, $failed failed"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
