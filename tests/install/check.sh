#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a temporary folder, moves that, and builds and runs use.c against it by
# pkg-config and by find_package(epsilon).
set -eu
cmake=$1 build=$2 cc=$3 version=$4
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$cmake" --install "$build" --prefix "$scratch/first" >/dev/null
prefix=$scratch/moved
mv "$scratch/first" "$prefix"

library=$(find "$prefix" -name 'libepsilon.so')
libdir=$(dirname "$library")
[ "$(readlink "$library")" = libepsilon.so.0 ] || { echo "libepsilon.so is no link to .so.0"; exit 1; }
[ "$(readlink "$libdir/libepsilon.so.0")" = "libepsilon.so.$version" ] ||
    { echo "libepsilon.so.0 is no link to .so.$version"; exit 1; }
headers=$(cd "$prefix/include" && find . -type f)
[ "$headers" = ./epsilon.h ] || { echo "installed headers: $headers"; exit 1; }

export PKG_CONFIG_PATH="$libdir/pkgconfig"
[ "$(pkg-config --modversion epsilon)" = "$version" ] || { echo "epsilon.pc: version"; exit 1; }
# shellcheck disable=SC2046 # a list of flags
"$cc" -std=c11 "$here/use.c" -o "$scratch/use" $(pkg-config --cflags --libs epsilon)
[ "$(LD_LIBRARY_PATH=$libdir "$scratch/use")" = "$version" ] || { echo "pkg-config: output"; exit 1; }
echo "pkg-config: ok"

"$cmake" -S "$here" -B "$scratch/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" \
    -DEPSILON_WANTED="$version" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
"$cmake" --build "$scratch/build" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
[ "$("$scratch/build/use")" = "$version" ] || { echo "find_package: output"; exit 1; }
echo "find_package: ok"

if [ -e "$prefix/bin/epsilon" ]; then
    "$prefix/bin/epsilon" --version | grep -q "$version" || { echo "epsilon --version"; exit 1; }
    for file in bash-completion/completions/epsilon zsh/site-functions/_epsilon \
        fish/vendor_completions.d/epsilon.fish man/man1/epsilon.1; do
        [ -f "$prefix/share/$file" ] || { echo "share/$file is not installed"; exit 1; }
    done
    echo "program: ok"
fi
