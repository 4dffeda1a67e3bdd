#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rebuilds the demo's modules from their sources, with Debian's packages:
#
#   apt install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 wabt
#
#   demo/rebuild.sh           writes demo/markdown.wasm, demo/program.wasm and demo/add.wasm
#   demo/rebuild.sh --check   builds to a temporary folder and compares with the committed files
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

compile() {
    "${CLANG:-clang-19}" --target=wasm32-wasi -std=c11 -O2 -Wall -Wextra -Wl,--strip-debug \
        -mbulk-memory -msign-ext -mnontrapping-fptoint markdown.c text.c sample.c "$@"
}

# A reactor: _initialize runs the constructors once, then the exports can be called. No imports.
compile -mexec-model=reactor exports.c -o "$temporary/markdown.wasm"
# A program, for WASI.
compile main.c -o "$temporary/program.wasm"
wat2wasm add.wat -o "$temporary/add.wasm"
if wasm-objdump -x -j Import "$temporary/markdown.wasm" 2>/dev/null | grep -q '^ - '; then
    echo "demo/rebuild.sh: markdown.wasm has imports" >&2
    exit 1
fi

for name in markdown program add; do
    if [ "${1:-}" != --check ]; then
        cp "$temporary/$name.wasm" "$name.wasm"
    elif cmp "$temporary/$name.wasm" "$name.wasm"; then
        echo "$name.wasm: the rebuild gives the same bytes"
    else
        echo "$name.wasm: the rebuild differs (another version of the tools?)" >&2
        exit 1
    fi
done
