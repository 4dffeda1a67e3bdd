/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that the embedder makes; those of the library are in the tests of the other nouns. */
#include "check.h"

static void plain_errors(void) {
    for (unsigned kind = EPSILON_ERROR_MALFORMED; kind <= EPSILON_ERROR_HOST; ++kind) {
        epsilon_error_t* error = epsilon_error_new((epsilon_error_kind_t)kind, TEXT("why"));
        size_t size = 99;
        uint64_t offset = 99;
        CHECK(epsilon_error_kind(error) == kind);
        CHECK_TEXT(epsilon_error_message(error, &size), "why");
        CHECK(size == 3);
        CHECK(!epsilon_error_offset(error, &offset));
        CHECK(offset == 0);
        CHECK(!epsilon_error_offset(error, NULL));
        CHECK(epsilon_error_trap(error) == EPSILON_TRAP_NONE);
        CHECK(epsilon_error_exit_status(error) == 0);
        CHECK(epsilon_error_host_data(error) == NULL);
        CHECK(epsilon_error_frame_count(error) == 0);
        epsilon_error_delete(error);
    }
    CHECK_ERROR(epsilon_error_new(0, TEXT("why")), EPSILON_ERROR_MISUSE, "unknown error kind 0");
    CHECK_ERROR(epsilon_error_new(14, TEXT("why")), EPSILON_ERROR_MISUSE, "unknown error kind 14");
    CHECK_ERROR(epsilon_error_new(EPSILON_ERROR_TRAP, NULL, 1), EPSILON_ERROR_MISUSE,
                "the message is NULL");
    CHECK_ERROR(epsilon_error_new(EPSILON_ERROR_TRAP, NULL, 0), EPSILON_ERROR_TRAP, "");

    /* A message may hold NULs: the size says how long it is. */
    size_t size = 0;
    epsilon_error_t* error = epsilon_error_new(EPSILON_ERROR_HOST, "a\0b", 3);
    CHECK(memcmp(epsilon_error_message(error, &size), "a\0b", 4) == 0);
    CHECK(size == 3);
    epsilon_error_delete(error);
}

static void exit_errors(void) {
    epsilon_error_t* error = epsilon_error_new_exit(-3);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_EXIT);
    CHECK(epsilon_error_exit_status(error) == -3);
    CHECK_TEXT(epsilon_error_message(error, NULL), "exit status -3");
    epsilon_error_delete(error);
}

static void host_errors(void) {
    int finalized = 0;
    epsilon_error_t* error = epsilon_error_new_host(TEXT("mine"), &finalized, count_finalizer);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_HOST);
    CHECK(epsilon_error_host_data(error) == &finalized);
    CHECK(finalized == 0);
    epsilon_error_delete(error);
    CHECK(finalized == 1);

    error = epsilon_error_new_host(TEXT("mine"), &finalized, NULL);
    CHECK(epsilon_error_host_data(error) == &finalized);
    epsilon_error_delete(error);
    CHECK(finalized == 1);

    /* The finalizer runs although there is no such error. */
    CHECK_ERROR(epsilon_error_new_host(NULL, 1, &finalized, count_finalizer), EPSILON_ERROR_MISUSE,
                "the message is NULL");
    CHECK(finalized == 2);
}

static void the_error_of_callbacks(void) {
    epsilon_error_t* error = epsilon_error_callback_failed();
    CHECK(error != NULL && error == epsilon_error_callback_failed());
    for (int i = 0; i < 2; ++i) {
        CHECK_ERROR(error, EPSILON_ERROR_HOST, "callback failed");
    }
    CHECK(epsilon_error_host_data(error) == NULL);
    CHECK(epsilon_error_frame_count(error) == 0);
    CHECK(!epsilon_error_offset(error, NULL));
}

static void no_error(void) {
    size_t size = 99;
    uint64_t offset = 99;
    uint32_t index = 99;
    const char* name = "";
    epsilon_error_delete(NULL);
    CHECK(epsilon_error_kind(NULL) == 0);
    CHECK(epsilon_error_message(NULL, &size) == NULL);
    CHECK(size == 0);
    CHECK(epsilon_error_message(NULL, NULL) == NULL);
    CHECK(!epsilon_error_offset(NULL, &offset));
    CHECK(offset == 0);
    CHECK(epsilon_error_trap(NULL) == EPSILON_TRAP_NONE);
    CHECK(epsilon_error_exit_status(NULL) == 0);
    CHECK(epsilon_error_host_data(NULL) == NULL);
    CHECK(epsilon_error_frame_count(NULL) == 0);
    CHECK(!epsilon_error_frame(NULL, 0, &index, &name, &size, NULL, NULL, NULL));
    CHECK(index == 0 && name == NULL);
}

int main(void) {
    plain_errors();
    exit_errors();
    host_errors();
    the_error_of_callbacks();
    no_error();
    return check_result();
}
