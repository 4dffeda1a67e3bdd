/* SPDX-License-Identifier: Apache-2.0 */
/* Memories: made by the host and by programs, read, written, looked at and grown. */
#include "check.h"
#include "modules.h"

static void made_by_the_host(epsilon_runtime_t* runtime) {
    epsilon_memory_t* memory = NULL;
    uint64_t maximum = 99, previous = 99;
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, copy[8] = {0};
    CHECK_OK(epsilon_memory_new(runtime, 1, true, 3, &memory));
    CHECK(epsilon_memory_size(memory) == 1);
    CHECK(epsilon_memory_byte_size(memory) == 65536);
    CHECK(epsilon_memory_maximum(memory, &maximum) && maximum == 3);
    CHECK(epsilon_memory_maximum(memory, NULL));
    CHECK_OK(epsilon_memory_write(memory, 65528, bytes, 8));
    CHECK_OK(epsilon_memory_read(memory, 65528, copy, 8));
    CHECK(memcmp(bytes, copy, 8) == 0);
    uint8_t* data = epsilon_memory_data(memory);
    CHECK(memcmp(data + 65528, bytes, 8) == 0 && data[0] == 0);

    CHECK_ERROR(epsilon_memory_read(memory, 65529, copy, 8), EPSILON_ERROR_MISUSE,
                "out of bounds memory access: 8 bytes at offset 65529 of a memory of 65536 bytes");
    CHECK_ERROR(epsilon_memory_write(memory, UINT64_MAX, bytes, 8), EPSILON_ERROR_MISUSE,
                "out of bounds memory access: 8 bytes at offset 18446744073709551615 of a memory "
                "of 65536 bytes");
    CHECK_ERROR(epsilon_memory_read(memory, 65537, NULL, 0), EPSILON_ERROR_MISUSE,
                "out of bounds memory access: 0 bytes at offset 65537 of a memory of 65536 bytes");
    CHECK_OK(epsilon_memory_read(memory, 65536, NULL, 0));
    CHECK_OK(epsilon_memory_write(memory, 65536, NULL, 0));
    CHECK_ERROR(epsilon_memory_read(memory, 0, NULL, 1), EPSILON_ERROR_MISUSE, "data is NULL");
    CHECK_ERROR(epsilon_memory_write(memory, 0, NULL, 1), EPSILON_ERROR_MISUSE, "data is NULL");

    CHECK_OK(epsilon_memory_grow(memory, 2, &previous));
    CHECK(previous == 1 && epsilon_memory_size(memory) == 3);
    CHECK_OK(epsilon_memory_read(memory, 65528, copy, 8));
    CHECK(memcmp(bytes, copy, 8) == 0);
    /* The old pointer is good for what it was good for. */
    CHECK(data[65535] == 8);
    CHECK(!epsilon_memory_is_reserved(memory) || data == epsilon_memory_data(memory));
    CHECK_ERROR(epsilon_memory_grow(memory, 1, &previous), EPSILON_ERROR_LIMIT,
                "a memory of 3 pages cannot grow by 1: it may have 3 pages");
    CHECK(previous == 0);
    CHECK_ERROR(epsilon_memory_grow(memory, UINT64_MAX, NULL), EPSILON_ERROR_LIMIT,
                "a memory of 3 pages cannot grow by 18446744073709551615: it may have 3 pages");
    CHECK_OK(epsilon_memory_grow(memory, 0, NULL));
    epsilon_memory_delete(memory);

    CHECK_OK(epsilon_memory_new(runtime, 0, false, 0, &memory));
    CHECK(epsilon_memory_size(memory) == 0 && epsilon_memory_byte_size(memory) == 0);
    CHECK(!epsilon_memory_maximum(memory, &maximum) && maximum == 0);
    CHECK_OK(epsilon_memory_read(memory, 0, copy, 0));
    CHECK_OK(epsilon_memory_grow(memory, 1, NULL));
    CHECK(*epsilon_memory_data(memory) == 0);
    epsilon_memory_delete(memory);

    CHECK_ERROR(epsilon_memory_new(runtime, 65537, false, 0, &memory), EPSILON_ERROR_MISUSE,
                "memory size is 65537 pages, which is more than 65536");
    CHECK_ERROR(epsilon_memory_new(runtime, 0, true, 65537, &memory), EPSILON_ERROR_MISUSE,
                "memory size is 65537 pages, which is more than 65536");
    CHECK_ERROR(epsilon_memory_new(runtime, 2, true, 1, &memory), EPSILON_ERROR_MISUSE,
                "size minimum must not be greater than maximum");
    CHECK_ERROR(epsilon_memory_new(NULL, 2, true, 1, &memory), EPSILON_ERROR_MISUSE,
                "runtime is NULL");
    CHECK_ERROR(epsilon_memory_new(runtime, 2, false, 0, NULL), EPSILON_ERROR_MISUSE,
                "the out-parameter is NULL");
}

static void of_a_program(epsilon_runtime_t* runtime) {
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_memory_t *memory = NULL, *again = NULL, *empty = NULL;
    CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
    CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &again));
    CHECK_OK(epsilon_memory_new(runtime, 0, false, 0, &empty));
    CHECK(epsilon_memory_id(memory) != 0 && epsilon_memory_id(memory) == epsilon_memory_id(again));
    CHECK(epsilon_memory_id(memory) != epsilon_memory_id(empty));
    epsilon_memory_delete(again);
    epsilon_memory_delete(empty);
    char text[6] = "";
    CHECK_OK(epsilon_memory_read(memory, 8, text, 5));
    CHECK_TEXT(text, "hello");

    /* The program sees what the host writes, the host sees how the program grows. */
    epsilon_func_t *load = export_func(module, "load"), *grow = export_func(module, "grow");
    epsilon_value_t value = {.i32 = 4};
    CHECK_OK(epsilon_memory_write(memory, 4, "\x01\x02\x03\x04", 4));
    CHECK_OK(epsilon_func_call(load, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 0x04030201);
    value.i32 = 1;
    CHECK_OK(epsilon_func_call(grow, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 1 && epsilon_memory_size(memory) == 2);
    CHECK_OK(epsilon_memory_grow(memory, 1, NULL));
    value.i32 = 3 * 65536 - 4;
    CHECK_OK(epsilon_func_call(load, &value, 1, 0, &value, 1));
    value.i32 = 1;
    CHECK_OK(epsilon_func_call(grow, &value, 1, 0, &value, 1));
    CHECK(value.i32 == -1);

    /* The bytes outlive everything but the memory's handle. */
    uint8_t* data = epsilon_memory_data(memory);
    epsilon_func_delete(load);
    epsilon_func_delete(grow);
    epsilon_module_delete(module);
    CHECK(memcmp(data + 8, "hello", 5) == 0);
    epsilon_memory_delete(memory);
}

/* Without reserved address space a memory moves when it grows. */
static void that_move(void) {
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_memory_t* memory = NULL;
    uint8_t* data[20];
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_memory_checks(config, EPSILON_MEMORY_CHECKS_EXPLICIT));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    CHECK_OK(epsilon_memory_new(runtime, 1, false, 0, &memory));
    CHECK(!epsilon_memory_is_reserved(memory));
    for (uint8_t i = 0; i < 20; ++i) {
        data[i] = epsilon_memory_data(memory);
        data[i][i] = (uint8_t)(i + 1);
        CHECK_OK(epsilon_memory_grow(memory, 1, NULL));
    }
    for (uint8_t i = 0; i < 20; ++i) {
        CHECK(data[i][i] == i + 1);
        CHECK(epsilon_memory_data(memory)[i] == i + 1);
    }
    epsilon_memory_delete(memory);
    epsilon_runtime_delete(runtime);
}

static void null_handles(void) {
    uint64_t maximum = 99;
    epsilon_memory_delete(NULL);
    CHECK(epsilon_memory_id(NULL) == 0);
    CHECK(epsilon_memory_size(NULL) == 0);
    CHECK(epsilon_memory_byte_size(NULL) == 0);
    CHECK(!epsilon_memory_maximum(NULL, &maximum) && maximum == 0);
    CHECK(epsilon_memory_data(NULL) == NULL);
    CHECK(!epsilon_memory_is_reserved(NULL));
    CHECK_ERROR(epsilon_memory_read(NULL, 0, &maximum, 1), EPSILON_ERROR_MISUSE, "memory is NULL");
    CHECK_ERROR(epsilon_memory_write(NULL, 0, &maximum, 1), EPSILON_ERROR_MISUSE, "memory is NULL");
    CHECK_ERROR(epsilon_memory_grow(NULL, 0, NULL), EPSILON_ERROR_MISUSE, "memory is NULL");
}

int main(void) {
    epsilon_runtime_t* runtime = new_runtime();
    made_by_the_host(runtime);
    of_a_program(runtime);
    epsilon_runtime_delete(runtime);
    that_move();
    null_handles();
    return check_result();
}
