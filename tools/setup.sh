#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building and testing need: apt packages where they are missing, and Python tools in
# .venv. With --full also the other compilers, the aarch64 cross tools and PyPy. The compiler
# for fuzzing is left out where the distribution has none.
set -eu
cd "$(dirname "$0")/.."

packages="g++ cmake ninja-build pkg-config binutils python3-venv
          catch2 libcli11-dev nlohmann-json3-dev libfmt-dev libedit-dev libzydis-dev luajit doxygen valgrind"
optional="clang-19 libclang-rt-19-dev llvm-19 lld-19 groff-base
          wasi-libc libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32"
# nodejs may come with an npm of its own, which the package npm would be in conflict with.
command -v npm >/dev/null || optional="$optional npm"
if [ "${1:-}" = --full ]; then
    packages="$packages clang-14 clang-19 g++-12-aarch64-linux-gnu qemu-user pypy3 pypy3-venv
              zsh fish mandoc"
fi

not_installed() {
    for package in "$@"; do
        if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
            printf '%s ' "$package"
        fi
    done
}

install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "setup: not a Debian or Ubuntu machine; these must be there: $packages"
        return
    fi
    # shellcheck disable=SC2086 # lists of words, here and below
    missing=$(not_installed $packages)
    # shellcheck disable=SC2086
    wanted=$(not_installed $optional)
    [ -n "$missing$wanted" ] || return 0
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "setup: needs root or sudo to install $missing$wanted"
            [ -z "$missing" ] && return 0
            exit 1
        fi
        as_root=sudo
    fi
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -q </dev/null
    for package in $wanted; do
        if apt-cache show "$package" >/dev/null 2>&1; then missing="$missing $package"; fi
    done
    [ -n "$missing" ] || return 0
    echo "setup: installing" $missing
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $missing </dev/null
}

install_python_tools() {
    wanted=$(cat requirements-dev.txt tools/setup.sh | sha256sum | cut -d' ' -f1)
    stamp=.venv/requirements.sha256
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "setup: Python tools into .venv"
    python3 -m venv --clear .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
    echo "$wanted" >"$stamp"
}

install_packages
install_python_tools
