#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formatting, static checks and the layer rule. With --fix it formats in place instead.
# clang-tidy needs build/release/compile_commands.json, which configuring makes.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
jobs=$(nproc)

sources() { git ls-files -z --cached --others --exclude-standard -- "$@"; }
cxx_files() {
    sources 'libepsilon/*.cpp' 'libepsilon/*.h' 'capi/*.cpp' 'capi/*.h' 'cli/*.cpp' 'cli/*.h' \
        'tests/*.cpp' 'tests/*.h' 'tests/*.hpp' 'tests/*.c' 'bench/*.c' 'demo/*.c' \
        'examples/*.c' 'examples/*.h'
}
python_paths="setup.py tools tests epsilon_py bench docs examples"
[ ! -d demo ] || python_paths="$python_paths demo"

if [ "${1:-}" = --fix ]; then
    cxx_files | xargs -0 -r -n 16 -P "$jobs" "$bin/clang-format" -i
    # shellcheck disable=SC2086 # a list of words
    "$bin/ruff" check --fix --quiet $python_paths || true
    # shellcheck disable=SC2086
    "$bin/ruff" format --quiet $python_paths
    exit
fi

failed=""
run() {
    name=$1
    shift
    echo "-- $name"
    "$@" || failed="$failed $name"
}
format_check() { cxx_files | xargs -0 -r -n 16 -P "$jobs" "$bin/clang-format" --dry-run -Werror; }
# Generated and template-heavy handlers are not linted, nor what is for other processors and so isn't
# compiled; headers are seen through who includes them.
case "$(uname -m)" in
    aarch64) others=/baseline/x64/ ;;
    *) others=/baseline/aarch64/ ;;
esac
tidy() {
    sources 'libepsilon/*.cpp' 'capi/*.cpp' 'cli/*.cpp' | grep -zv "/interp/handlers\\|$others" |
        xargs -0 -r -n 1 -P "$jobs" "$bin/clang-tidy" --quiet -p build/release 2>/dev/null
}

run clang-format format_check
run clang-tidy tidy
# shellcheck disable=SC2086
run ruff-check "$bin/ruff" check $python_paths
# shellcheck disable=SC2086
run ruff-format "$bin/ruff" format --check --quiet $python_paths
run mypy "$bin/mypy"
run layers "$bin/python" tools/check_layers.py
run version "$bin/python" tools/check_version.py

if [ -n "$failed" ]; then
    echo "lint: failed:$failed"
    exit 1
fi
echo "lint: all clean"
