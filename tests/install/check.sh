#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a temporary folder, moves that, and builds and runs programs against it by
# pkg-config and by find_package(epsilon): use.c, and those of examples/c, which are C11 and C++20.
set -eu
cmake=$1 build=$2 cc=$3 cxx=$4 version=$5
here=$(cd "$(dirname "$0")" && pwd)
examples=$(cd "$here/../../examples/c" && pwd)
compare=$here/../examples/compare.sh
strict="-Wall -Wextra -Wpedantic -Werror"
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

# The examples: in both languages by pkg-config, then by their own CMakeLists.txt.
count=0
for source in "$examples"/*.c; do
    name=$(basename "$source" .c)
    # shellcheck disable=SC2046,SC2086 # lists of flags
    "$cc" -std=c11 $strict -pthread "$source" -o "$scratch/$name" \
        -Wl,-rpath,"$libdir" $(pkg-config --cflags --libs epsilon)
    "$compare" "$examples/$name.expected" "$scratch/$name"
    # shellcheck disable=SC2046,SC2086
    "$cxx" -x c++ -std=c++20 $strict -pthread "$source" -o "$scratch/$name" \
        -Wl,-rpath,"$libdir" $(pkg-config --cflags --libs epsilon)
    "$compare" "$examples/$name.expected" "$scratch/$name"
    count=$((count + 1))
done
echo "examples, pkg-config: $count as C11 and C++20 ok"

"$cmake" -S "$examples" -B "$scratch/examples" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$strict" >"$scratch/log" 2>&1 ||
    { cat "$scratch/log"; exit 1; }
"$cmake" --build "$scratch/examples" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
for source in "$examples"/*.c; do
    name=$(basename "$source" .c)
    [ -x "$scratch/examples/$name" ] || { echo "examples/c/CMakeLists.txt lacks $name"; exit 1; }
    "$compare" "$examples/$name.expected" "$scratch/examples/$name"
done
echo "examples, find_package: $count ok"

if [ -e "$prefix/bin/epsilon" ]; then
    "$prefix/bin/epsilon" --version | grep -q "$version" || { echo "epsilon --version"; exit 1; }
    for file in bash-completion/completions/epsilon zsh/site-functions/_epsilon \
        fish/vendor_completions.d/epsilon.fish man/man1/epsilon.1; do
        [ -f "$prefix/share/$file" ] || { echo "share/$file is not installed"; exit 1; }
    done
    echo "program: ok"
fi
