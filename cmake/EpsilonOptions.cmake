# SPDX-License-Identifier: Apache-2.0
# What can be chosen about a build, and the interface target that carries the choice to every target
# of ours: warnings, sanitizers, instruction set, dispatch form.

set(EPSILON_DISPATCH auto CACHE STRING "Form of the interpreter: auto, tail or trampoline")
set(EPSILON_EXPLICIT_CHECKS_ONLY auto CACHE STRING
    "Check memory bounds in code, never by guard pages: auto, ON or OFF")
set(EPSILON_SANITIZE none CACHE STRING "Sanitizers: none; address,undefined; or thread")
option(EPSILON_FUZZ "Build libFuzzer's targets instead of the tests (needs clang and its runtime)" OFF)
option(EPSILON_WERROR "Treat warnings as errors" OFF)
set_property(CACHE EPSILON_DISPATCH PROPERTY STRINGS auto tail trampoline)
set_property(CACHE EPSILON_EXPLICIT_CHECKS_ONLY PROPERTY STRINGS auto ON OFF)
set_property(CACHE EPSILON_SANITIZE PROPERTY STRINGS none "address,undefined" thread)

if(NOT EPSILON_DISPATCH MATCHES "^(auto|tail|trampoline)$")
    message(FATAL_ERROR "EPSILON_DISPATCH must be auto, tail or trampoline, not ${EPSILON_DISPATCH}")
endif()
if(NOT EPSILON_SANITIZE MATCHES "^(none|address,undefined|address|undefined|thread)$")
    message(FATAL_ERROR "EPSILON_SANITIZE must be none, address,undefined or thread, "
                        "not ${EPSILON_SANITIZE}")
endif()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    set(EPSILON_CPU x86_64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(EPSILON_CPU aarch64)
else()
    set(EPSILON_CPU other)
endif()

# Tail-called handlers exist only where the compiler turns every sibling call into a jump, which
# takes an optimised build of a known compiler; sanitizers put code behind the call.
set(EPSILON_TAIL_DISPATCH 0)
if(EPSILON_DISPATCH STREQUAL "tail")
    set(EPSILON_TAIL_DISPATCH 1)
elseif(EPSILON_DISPATCH STREQUAL "auto" AND EPSILON_SANITIZE STREQUAL "none"
       AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug"
       AND NOT EPSILON_CPU STREQUAL "other"
       AND CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
    set(EPSILON_TAIL_DISPATCH 1)
endif()

# Turning a fault into a trap is proved on x86-64 alone, and jumping out of instrumented frames
# confuses the sanitizers.
if(EPSILON_EXPLICIT_CHECKS_ONLY STREQUAL "auto")
    if(EPSILON_CPU STREQUAL "x86_64" AND EPSILON_SANITIZE STREQUAL "none")
        set(epsilon_explicit_checks OFF)
    else()
        set(epsilon_explicit_checks ON)
    endif()
else()
    set(epsilon_explicit_checks ${EPSILON_EXPLICIT_CHECKS_ONLY})
endif()

add_library(epsilon_options INTERFACE)
target_compile_options(epsilon_options INTERFACE -Wall -Wextra)
if(EPSILON_WERROR)
    target_compile_options(epsilon_options INTERFACE -Werror)
endif()
if(EPSILON_CPU STREQUAL "x86_64")
    target_compile_options(epsilon_options INTERFACE -msse4.1)
endif()
if(NOT EPSILON_SANITIZE STREQUAL "none")
    target_compile_options(epsilon_options INTERFACE
        -fsanitize=${EPSILON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    target_link_options(epsilon_options INTERFACE -fsanitize=${EPSILON_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # False alarms inside the standard library, as GCC's manual says of sanitized builds.
        target_compile_options(epsilon_options INTERFACE -Wno-maybe-uninitialized)
    endif()
endif()
if(EPSILON_FUZZ)
    # Coverage and comparisons are what the fuzzer goes by.
    target_compile_options(epsilon_options INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(epsilon_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What only code inside the library and its unit tests may see.
add_library(epsilon_internal INTERFACE)
target_link_libraries(epsilon_internal INTERFACE epsilon_options)
target_compile_definitions(epsilon_internal INTERFACE EPSILON_TAIL_DISPATCH=${EPSILON_TAIL_DISPATCH})
if(epsilon_explicit_checks)
    target_compile_definitions(epsilon_internal INTERFACE EPSILON_EXPLICIT_CHECKS_ONLY=1)
endif()
target_include_directories(epsilon_internal INTERFACE
    "${PROJECT_SOURCE_DIR}/libepsilon" "${PROJECT_SOURCE_DIR}/capi/include")

message(STATUS "epsilon ${PROJECT_VERSION}: ${EPSILON_CPU}, tail dispatch ${EPSILON_TAIL_DISPATCH}, "
               "explicit checks only ${epsilon_explicit_checks}, sanitizers ${EPSILON_SANITIZE}")
