# SPDX-License-Identifier: Apache-2.0
# The library: epsilon_core holds the objects of libepsilon/ and capi/, compiled once; libepsilon.so
# and the unit tests are linked from them.

include(CheckLinkerFlag)
find_package(Threads REQUIRED)

file(GLOB_RECURSE epsilon_sources CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/libepsilon/*.cpp" "${PROJECT_SOURCE_DIR}/capi/*.cpp")
# Of the compiler's processors the one that is built for; x86-64's is harmless elsewhere.
if(EPSILON_CPU STREQUAL "aarch64")
    list(FILTER epsilon_sources EXCLUDE REGEX "/baseline/x64/")
else()
    list(FILTER epsilon_sources EXCLUDE REGEX "/baseline/aarch64/")
endif()
if(NOT epsilon_sources)
    message(FATAL_ERROR "No sources below libepsilon/ and capi/")
endif()

add_library(epsilon_core OBJECT ${epsilon_sources})
set_target_properties(epsilon_core PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
target_link_libraries(epsilon_core PUBLIC epsilon_internal Threads::Threads)
target_compile_definitions(epsilon_core PRIVATE EPSILON_BUILDING_LIBRARY=1)
target_compile_options(epsilon_core PRIVATE -ffunction-sections -fdata-sections)

# Handlers are jumped between. Nothing may be set up or torn down around them, so everything that
# compilers and distributions add to a function by default is switched off (decision 0002).
set(handler_flags -fno-exceptions -fno-strict-aliasing -ffp-contract=off)
if(EPSILON_TAIL_DISPATCH)
    list(APPEND handler_flags -O2 -falign-functions=32 -fomit-frame-pointer
         -foptimize-sibling-calls -fno-stack-protector -fno-asynchronous-unwind-tables)
    if(EPSILON_CPU STREQUAL "x86_64")
        list(APPEND handler_flags -fcf-protection=none)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        list(APPEND handler_flags -fno-ipa-icf -fno-gcse -fno-stack-clash-protection
             -fira-algorithm=priority)
    endif()
endif()
foreach(source IN LISTS epsilon_sources)
    get_filename_component(name "${source}" NAME)
    set(flags "")
    if(source MATCHES "/libepsilon/interp/" AND name MATCHES "^handlers")
        list(APPEND flags ${handler_flags})
        if(name STREQUAL "handlers_host.cpp")
            list(APPEND flags -fexceptions)
        endif()
    elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND
           (source MATCHES "/interp/translator" OR
            source MATCHES "/baseline/.*(assembler|compiler|liveness|operations|registers)"))
        # All that a function goes through until it is code (decision 0018).
        list(APPEND flags -O3)
    endif()
    if(flags)
        set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${flags}")
    endif()
endforeach()

add_library(epsilon SHARED)
add_library(epsilon::epsilon ALIAS epsilon)
# Linked as objects, not as a target: the link interface of the installed library names nothing.
target_sources(epsilon PRIVATE $<TARGET_OBJECTS:epsilon_core>)
target_link_libraries(epsilon PRIVATE $<BUILD_INTERFACE:epsilon_options> Threads::Threads)
target_include_directories(epsilon PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/capi/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(epsilon PROPERTIES
    LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}
    LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/exports.map")
target_link_options(epsilon PRIVATE
    "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map"
    LINKER:-z,relro LINKER:-z,now LINKER:-z,nodelete)
# What is not used is left out where the linker can be told to keep the table of instructions that
# may fault, a section that only its bounds refer to: lld would leave it out otherwise.
check_linker_flag(CXX "LINKER:-z,nostart-stop-gc" EPSILON_HAVE_NOSTART_STOP_GC)
if(EPSILON_HAVE_NOSTART_STOP_GC)
    target_link_options(epsilon PRIVATE LINKER:-z,nostart-stop-gc LINKER:--gc-sections)
else()
    target_link_options(epsilon PRIVATE LINKER:--no-gc-sections)
endif()
if(EPSILON_SANITIZE STREQUAL "none")
    # clang leaves the sanitizer runtime's symbols to the program.
    target_link_options(epsilon PRIVATE LINKER:--no-undefined)
endif()
