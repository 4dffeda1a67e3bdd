#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make test: two builds, every test in both, the fuzz targets, and every check of the sources and of
# what was built.
# make test-full (--full) adds the other compilers, the debug build, TSan, valgrind, aarch64, and
# the long forms of fuzzing and of the soak tests.
#
# All steps run even when one fails; a failed build ends the run. A step that does not end is killed,
# and has failed. Logs are in build/logs. With CI=true, warnings are errors and a missing suite is a
# failure instead of a skip.
set -u
cd "$(dirname "$0")/.."
full=no
[ "${1:-}" = --full ] && full=yes
export CTEST_OUTPUT_ON_FAILURE=1
werror=OFF
[ "${CI:-}" = true ] && werror=ON
suite=${EPSILON_SPEC_TESTSUITE:-../shared/spec-testsuite}
python=.venv/bin/python
export PATH="$PWD/.venv/bin:$PATH" # for wasm-tools
logs=build/logs
mkdir -p "$logs"

# Of one step, in seconds; several times what it takes on two processors.
limit=1200
[ $full = yes ] && limit=10800

passed=0 failed=0 skipped=0
failed_steps=""
start=$(date +%s)

# Adds up what a step's own closing lines say; a step without such a line counts as one test.
count() {
    log=$1 status=$2
    local good bad
    good=$(sed -nE 's/.*tests passed, ([0-9]+) tests failed out of ([0-9]+).*/\2 \1/p
                    s/^=* ?(.*[^0-9])?([0-9]+) passed.* in [0-9.]+s.*/\2 0/p' "$log" |
        awk '{ good += $1 - $2 } END { print good + 0 }')
    bad=$(sed -nE 's/.*tests passed, ([0-9]+) tests failed out of .*/\1/p
                   s/^=* ?(.*[^0-9])?([0-9]+) failed.* in [0-9.]+s.*/\2/p' "$log" |
        awk '{ bad += $1 } END { print bad + 0 }')
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$status" -eq 0 ] && [ "$good" -eq 0 ]; then good=1; fi
    passed=$((passed + good)) failed=$((failed + bad))
}

# step NAME COMMAND...: runs it, shows and logs what it prints, and counts the outcome.
step() {
    local name=$1 began status
    shift
    began=$(date +%s)
    printf '\n== %s: %s\n' "$name" "$*"
    # The functions of this script limit what they run themselves, or build.
    [ "$(type -t "$1")" = function ] || set -- timeout --kill-after=10 "$limit" "$@"
    "$@" </dev/null 2>&1 | tee "$logs/$name.log"
    status=${PIPESTATUS[0]}
    count "$logs/$name.log" "$status"
    printf '== %s: %s, %ss\n' "$name" "$([ "$status" -eq 0 ] && echo ok || echo FAILED)" \
        "$(($(date +%s) - began))"
    [ "$status" -eq 0 ] || failed_steps="$failed_steps $name"
    return "$status"
}

skip() {
    printf '\n== %s: %s\n' "$1" "$2"
    if [ "${CI:-}" = true ]; then
        echo "== $1: FAILED, CI may not skip it"
        failed=$((failed + 1)) failed_steps="$failed_steps $1"
    else
        skipped=$((skipped + 1))
    fi
}

finish() {
    printf '\n'
    [ -z "$failed_steps" ] || echo "failed:$failed_steps (logs: $logs)"
    printf '==== %d passed, %d failed, %d skipped in %ds ====\n' "$passed" "$failed" "$skipped" \
        "$(($(date +%s) - start))"
    [ "$failed" -eq 0 ]
    exit
}

build() {
    local preset=$1
    shift
    cmake --preset "$preset" -DEPSILON_WERROR=$werror "$@" && cmake --build --preset "$preset"
}

# run_ctest PRESET [ARGUMENT...]
run_ctest() {
    ctest --test-dir "build/$1" --timeout 300 "${@:2}"
}

# What a build that ran beside other steps printed last, and its status.
show_fuzz_build() {
    tail -n 40 "$logs/build-fuzz-beside.log"
    return "$fuzz_status"
}

# The option for each of these modes.
modes() {
    printf -- '--mode %s ' "$@"
}

execution_tests() {
    local name
    for name in attacks_execution call_stack errors fuel host limits stops table threads values; do
        echo "tests/python/test_$name.py"
    done
}

# spec PRESET [ARGUMENT...]
spec() {
    if [ ! -d "$suite" ]; then
        skip "spec-$1" "no specification suite at $suite (EPSILON_SPEC_TESTSUITE)"
    else
        step "spec-$1" "$python" tests/spec/run.py "build/$1" --suite "$suite" "${@:2}"
    fi
}

# Only x86-64's machine code is known to the check.
handlers() {
    if [ "$(uname -m)" = x86_64 ]; then
        step "handlers-$1" "$python" tools/check_handlers.py \
            "build/$1"/CMakeFiles/epsilon_core.dir/libepsilon/interp/handlers*.o
    fi
}

install_package() {
    EPSILON_LIBRARY=build/release/libepsilon.so \
        "$python" -m pip install --quiet --disable-pip-version-check --no-build-isolation -e .
}

# Everything that can be tested of one build.
try() {
    step "build-$1" build "$@" || return
    step "ctest-$1" run_ctest "$1"
    spec "$1"
    step "wasi-$1" "$python" tests/wasi/run.py "build/$1"
    return 0
}

step setup tools/setup.sh $([ $full = yes ] && echo --full) || finish
step build-release build release || finish
# The program takes a fifth of the time to build, and only the long form has tests for it.
step build-asan-ubsan build asan-ubsan $([ $full = yes ] && echo -DEPSILON_BUILD_CLI=ON) || finish
step ctest-release run_ctest release
step ctest-asan-ubsan run_ctest asan-ubsan
step exports "$python" tools/check_exports.py build/release/libepsilon.so
handlers release
# The counts on record are of x86-64.
if [ "$(uname -m)" = x86_64 ]; then
    step instructions "$python" bench/instructions.py
fi
# The Python tests leave a processor free: the fuzz targets are built beside them.
fuzz_build=
if command -v clang++-19 >/dev/null; then
    (renice -n 10 -p "$BASHPID" >/dev/null && build fuzz) \
        </dev/null >"$logs/build-fuzz-beside.log" 2>&1 &
    fuzz_build=$!
fi
if step install-editable install_package; then
    step pytest "$python" -m pytest
    # The tests that execute most, compiled: at first calls, and with tiers that change at random.
    for mode in compiled $([ $full = yes ] && echo random hot); do
        step "pytest-$mode" "$python" -m pytest -q --tiers "$mode" $(execution_tests)
    done
    step snippets "$python" tools/check_docs.py
    if ! "$python" -c 'import sphinx' 2>/dev/null; then
        skip docs "Sphinx needs Python 3.10"
    else
        step docs "$python" tools/build_docs.py
    fi
    step soak-python "$python" tests/python/soak.py $([ $full = yes ] && echo --full)
    # Random modules, the same ones every time: counts against the rule, tiers against each other,
    # results against wasmtime.
    step metering "$python" tests/fuzz/metering.py --seconds "$([ $full = yes ] && echo 120 || echo 10)"
    step tiers "$python" tests/fuzz/tiers.py --seconds "$([ $full = yes ] && echo 300 || echo 15)"
    step differential "$python" tests/fuzz/differential.py \
        --seconds "$([ $full = yes ] && echo 600 || echo 30)"
fi
if [ $full = yes ]; then
    # The recorded outcomes of tests/programs are still what wasmtime gives.
    step programs-record "$python" tests/programs/record.py --check
    step bombs env EPSILON_LIBRARY=build/release/libepsilon.so \
        "$python" tests/python/measure_bombs.py --size 8
fi
spec release $(modes default interpreter compiled hot random explicit-checks-compiled \
    no-signals-compiled max-call-depth-compiled metering metering-random)
spec asan-ubsan --mode default --mode compiled
step wasi "$python" tests/wasi/run.py build/release $(modes tiered compiled random)
step wasi-program "$python" tests/wasi/run.py build/release --program build/release/bin/epsilon run
step wasi-asan-ubsan "$python" tests/wasi/run.py build/asan-ubsan
# The specification's scripts, converted by now, are seeds.
if [ -z "$fuzz_build" ]; then
    skip fuzz "no clang-19 with libclang-rt-19-dev"
elif { wait "$fuzz_build"; fuzz_status=$?; step build-fuzz show_fuzz_build; }; then
    step fuzz "$python" tests/fuzz/run.py --seconds "$([ $full = yes ] && echo 600 || echo 40)"
fi
step packages "$python" tools/check_packages.py $([ $full = yes ] && echo --compile --full)
step lint tools/lint.sh

if [ $full = yes ]; then
    step pythons "$python" tools/test_pythons.py $([ "${CI:-}" = true ] && echo --require pypy)
    # The vector handlers for processors without AVX.
    if [ "$(uname -m)" = x86_64 ] && [ -d "$suite" ]; then
        EPSILON_EMULATOR="qemu-x86_64 -cpu Nehalem" step spec-sse4.1 "$python" tests/spec/run.py \
            build/release --suite "$suite" --mode no-signals \
            $(cd "$suite" && echo simd_*.wast)
    fi
    step soak-c build/release/tests/capi/capi_soak full
    try clang-14 && handlers clang-14
    try clang-19 && handlers clang-19
    # The rest of the ways to execute the scripts and the programs.
    spec release $(modes explicit-checks no-signals max-call-depth metering-compiled)
    spec asan-ubsan $(modes hot random no-signals-compiled metering-random)
    step cli-asan-ubsan env EPSILON_CLI="$PWD/build/asan-ubsan/bin/epsilon" \
        LSAN_OPTIONS="suppressions=$PWD/tests/cli/lsan.supp:print_suppressions=0" \
        "$python" -m pytest -q tests/cli
    step wasi-modes "$python" tests/wasi/run.py build/asan-ubsan $(modes interpreter compiled hot)
    try debug
    try tsan
    # The bounds are those of a machine that does nothing else.
    step stops "$python" tests/python/stop_latency.py --stops 1000
    step valgrind tools/valgrind.sh build/release
    # Its tests run under qemu-user, by cmake/aarch64-linux-gnu.cmake.
    try aarch64 && spec aarch64 $(modes compiled random metering-compiled)
fi
finish
