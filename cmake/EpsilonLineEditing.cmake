# SPDX-License-Identifier: Apache-2.0
# What edits lines in the REPL (docs/decisions/0013-line-editing.md): libedit, linked in where its
# static library and what that needs are there, else the shared one. EPSILON_LIBEDIT_LIBRARIES is
# empty where there is none: lines are plain then.

include(CheckCXXSourceCompiles)

set(EPSILON_LINE_EDITING "auto" CACHE STRING
    "Line editing in the REPL: libedit; OFF; auto, which is libedit where it can be linked")
set_property(CACHE EPSILON_LINE_EDITING PROPERTY STRINGS auto libedit OFF)

# Whether a program with libedit can be linked so.
function(epsilon_try_libedit result)
    set(CMAKE_REQUIRED_LIBRARIES ${ARGN})
    set(CMAKE_REQUIRED_QUIET ON)
    check_cxx_source_compiles("
        #include <histedit.h>
        int main() {
            HistEvent event;
            el_rfunc_t read = [](EditLine*, wchar_t*) { return 0; };
            EditLine* editor = el_init(\"\", stdin, stdout, stderr);
            return el_set(editor, EL_GETCFN, read) + history(history_init(), &event, H_CLEAR);
        }" ${result})
endfunction()

set(EPSILON_LIBEDIT_LIBRARIES "")
if(EPSILON_LINE_EDITING)
    set(static_libedit "-Wl,-Bstatic -ledit -ltinfo -lbsd -lmd -Wl,-Bdynamic")
    epsilon_try_libedit(EPSILON_HAVE_STATIC_LIBEDIT "${static_libedit}")
    if(EPSILON_HAVE_STATIC_LIBEDIT)
        set(EPSILON_LIBEDIT_LIBRARIES "${static_libedit}")
    else()
        epsilon_try_libedit(EPSILON_HAVE_SHARED_LIBEDIT edit)
        if(EPSILON_HAVE_SHARED_LIBEDIT)
            set(EPSILON_LIBEDIT_LIBRARIES edit)
        endif()
    endif()
    if(NOT EPSILON_LIBEDIT_LIBRARIES AND NOT EPSILON_LINE_EDITING STREQUAL "auto")
        message(FATAL_ERROR "EPSILON_LINE_EDITING is ${EPSILON_LINE_EDITING}, and libedit cannot "
                            "be linked: apt install libedit-dev")
    endif()
endif()
