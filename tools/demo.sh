#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make demo: sets up and builds what is missing, then shows WebAssembly running from Python, from C
# and from the shell, and compares what a program compiled from C does with its native build.
set -eu -o pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build/release
work=$root/build/demo
logs=$root/build/logs
python=$root/.venv/bin/python
mkdir -p "$work" "$logs"

# quietly LOG COMMAND...: shows the command's output only when it fails.
quietly() {
    local log=$logs/$1.log
    shift
    if ! "$@" >"$log" 2>&1; then
        cat "$log"
        echo "demo: failed: $*"
        exit 1
    fi
}

# title TEXT; show COMMAND...: prints the command as one would type it, then runs it.
title() { printf '\n== %s\n' "$1"; }
show() {
    printf '$ %s\n' "$*"
    "$@"
}

# expect WHAT WANTED GOT
expect() {
    if [ "$2" != "$3" ]; then
        printf 'demo: %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
        exit 1
    fi
}

if [ "${1:-}" != --no-build ]; then
    tools/setup.sh
    echo "demo: building the library and the program into build/release"
    quietly demo-configure cmake --preset release
    quietly demo-build cmake --build --preset release --target epsilon epsilon_cli
    echo "demo: installing the Python package into .venv"
    EPSILON_LIBRARY=$build/libepsilon.so quietly demo-install "$python" -m pip install \
        --disable-pip-version-check --no-build-isolation -e .
fi
compiler=${CC:-cc}
cd demo
quietly demo-native "$compiler" -std=c11 -O2 main.c markdown.c text.c sample.c \
    -o "$work/markdown"
PATH=$build/bin:$work:$PATH

title "From Python: the quick start"
show cat quickstart.py
show "$python" quickstart.py | tee "$work/quickstart.txt"
expect quickstart.py "[42]" "$(tail -n 1 "$work/quickstart.txt")"

title "From Python: a Markdown converter compiled from C, compared with its native build"
show "$python" demo.py input.md "$work/markdown" "$work/python.html"

title "From C: the same module, from a program linked to libepsilon"
show "$compiler" -std=c11 -O2 -I../capi/include demo.c "-L$build" -lepsilon "-Wl,-rpath,$build" \
    -o "$work/embed"
echo "$ embed markdown.wasm input.md > c.html"
embed markdown.wasm input.md >"$work/c.html"
markdown input.md >"$work/native.html"
cmp "$work/c.html" "$work/native.html"
cmp "$work/python.html" "$work/native.html"
echo "Python, C and the native program made the same $(wc -c <"$work/native.html") bytes"

title "From the shell"
show epsilon --version
show epsilon run --invoke add add.wasm 5 37 | tee "$work/shell.txt"
expect "epsilon run" 42 "$(tail -n 1 "$work/shell.txt")"
show epsilon add.wasm add 5 10 | tee "$work/shell.txt"
expect "epsilon FILE" 15 "$(tail -n 1 "$work/shell.txt")"
show epsilon validate markdown.wasm
show epsilon run --invoke sample_hash markdown.wasm | tee "$work/shell.txt"
native=$(markdown --sample)
expect "sample_hash" "$native" "$(tail -n 1 "$work/shell.txt")"
echo "the native program's hash of the same text: $native"

title "A whole program, with the files that it is given and no others"
echo "$ epsilon run --dir-ro . program.wasm input.md > wasi.html"
epsilon run --dir-ro . program.wasm input.md >"$work/wasi.html"
cmp "$work/wasi.html" "$work/native.html"
echo "the same $(wc -c <"$work/wasi.html") bytes as the native program's"
echo "$ epsilon run program.wasm input.md    # nothing is given to it"
if epsilon run program.wasm input.md; then
    echo "demo: the program read a file that it was not given"
    exit 1
fi
show cat program.py
show "$python" program.py | tee "$work/program.txt"
expect program.py "$(wc -c <"$work/native.html") bytes of HTML" "$(sed -n 2p "$work/program.txt")"

printf '\ndemo: all results as expected; the HTML is in build/demo/python.html\n'
