#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the kernels: bench/build.sh [wasm|native|all] [native output folder]
#
#   wasm    bench/kernels/*.c -> bench/wasm/*.wasm (committed; needs Debian's clang-19 and lld-19)
#   native  the same sources with native_main.c -> build/bench/native_* (needs a clang)
#
# CLANG and WASM_LD name other programs than clang-19 and wasm-ld-19. The default is `native`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
what=${1:-native}
out=${2:-$here/../build/bench}
common="-std=c11 -O2 -ffp-contract=off -Wall -Wextra -Wpedantic"

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

clang=$(find_clang)
case $what in
wasm | native | all) ;;
*)
    echo "usage: bench/build.sh [wasm|native|all] [native output folder]" >&2
    exit 2
    ;;
esac

if [ "$what" != native ]; then
    # The features of WebAssembly 2.0 that scalar code can use; SIMD is for the kernels simd_*.
    features="-mcpu=mvp -mmutable-globals -mbulk-memory -msign-ext -mnontrapping-fptoint"
    mkdir -p "$here/wasm"
    for source in "$here"/kernels/*.c; do
        name=$(basename "$source" .c)
        object=$(mktemp)
        case $name in
        simd_*) simd=-msimd128 ;;
        *) simd=-mno-simd128 ;;
        esac
        $clang --target=wasm32 $common $features $simd -ffreestanding -nostdlib \
            -c "$source" -o "$object"
        "${WASM_LD:-wasm-ld-19}" --no-entry --strip-debug --stack-first -z stack-size=65536 \
            "$object" -o "$here/wasm/$name.wasm"
        rm -f "$object"
    done
fi
if [ "$what" != wasm ]; then
    mkdir -p "$out"
    for source in "$here"/kernels/*.c; do
        $clang $common "$here/native_main.c" "$source" -o "$out/native_$(basename "$source" .c)"
    done
fi
