#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles the programs here with wasi-libc into the .wasm beside them, which are committed (Debian:
# apt install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32).
set -eu
cd "$(dirname "$0")"
for source in *.c; do
    "${CLANG:-clang-19}" --target=wasm32-wasi -std=c11 -O2 -Wall -Wextra -D_GNU_SOURCE -s \
        "$source" -o "${source%.c}.wasm"
done
