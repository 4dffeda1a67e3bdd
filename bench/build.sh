#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the kernels: bench/build.sh [wasm|native|all] [output folder]
#
#   wasm    bench/kernels/* -> bench/wasm/*.wasm (committed; needs Debian's clang-19 and lld-19, and
#           wasm-tools for those written in WebAssembly text)
#   native  bench/kernels/*.c with native_main.c -> build/bench/native_* and, without the vectoriser,
#           build/bench/novec_* (needs a clang)
#
# Of a kernel with a .wat and a .c, the .wat is the kernel and the .c its native twin. CLANG, WASM_LD
# and WASM_TOOLS name other programs. The default is `native`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
what=${1:-native}
common="-std=c11 -O2 -ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic"

find_clang() {
    for name in ${CLANG:-clang-19 clang clang-18 clang-17 clang-16 clang-15 clang-14}; do
        if command -v "$name" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "bench/build.sh: no clang found (Debian: apt install clang-19 lld-19)" >&2
    exit 1
}

case $what in
wasm | native | all) ;;
*)
    echo "usage: bench/build.sh [wasm|native|all] [output folder]" >&2
    exit 2
    ;;
esac
clang=$(find_clang)

if [ "$what" != native ]; then
    wasm=$here/wasm
    [ "$what" = all ] || wasm=${2:-$wasm}
    wasm_tools=${WASM_TOOLS:-wasm-tools}
    if [ -z "${WASM_TOOLS:-}" ] && [ -x "$here/../.venv/bin/wasm-tools" ]; then
        wasm_tools=$here/../.venv/bin/wasm-tools
    fi
    # The features of WebAssembly 2.0 that scalar code can use; SIMD is for the kernels simd_*.
    features="-mcpu=mvp -mmutable-globals -mbulk-memory -msign-ext -mnontrapping-fptoint"
    mkdir -p "$wasm"
    object=$(mktemp)
    trap 'rm -f "$object"' EXIT
    for source in "$here"/kernels/*.c; do
        name=$(basename "$source" .c)
        if [ -e "$here/kernels/$name.wat" ]; then
            $wasm_tools parse "$here/kernels/$name.wat" -o "$wasm/$name.wasm"
            continue
        fi
        case $name in
        simd_*) simd=-msimd128 ;;
        *) simd=-mno-simd128 ;;
        esac
        $clang --target=wasm32 $common $features $simd -ffreestanding -nostdlib \
            -c "$source" -o "$object"
        "${WASM_LD:-wasm-ld-19}" --no-entry --strip-debug --stack-first -z stack-size=65536 \
            "$object" -o "$wasm/$name.wasm"
    done
fi
if [ "$what" != wasm ]; then
    out=${2:-$here/../build/bench}
    mkdir -p "$out"
    for source in "$here"/kernels/*.c; do
        name=$(basename "$source" .c)
        $clang $common "$here/native_main.c" "$source" -o "$out/native_$name"
        $clang $common -fno-vectorize -fno-slp-vectorize "$here/native_main.c" "$source" \
            -o "$out/novec_$name"
    done
fi
