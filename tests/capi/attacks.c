/* SPDX-License-Identifier: Apache-2.0 */
/* The attack checklist at the C API: forged and foreign references, native stacks, races, widths. A
 * function per row; its comment names the guard. The other rows are in
 * tests/python/test_attacks_*.py. Under ThreadSanitizer row 27 finds races, not only their harm. */
#define _DEFAULT_SOURCE /* mmap's MAP_ANONYMOUS and MAP_NORESERVE */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "check.h"
#include "modules.h"

/* ---- An instance of wat/attacks.wat, and what its host functions do ------------------------- */

struct world {
    epsilon_runtime_t* runtime;
    epsilon_module_t* module;
    epsilon_func_t* call;
    epsilon_error_t* (*callback)(struct world* world, int32_t argument, int32_t* result);
    uint64_t made; /* what the host function "make" gives */
    epsilon_externref_t* held[4];
    int calls;
};

static epsilon_error_t* callback(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct world* world = env;
    (void)caller, (void)nargs, (void)nresults;
    ++world->calls;
    return world->callback == NULL ? NULL : world->callback(world, args[0].i32, &results[0].i32);
}

static epsilon_error_t* make(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                             size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)caller, (void)args, (void)nargs, (void)nresults;
    results[0].ref = ((struct world*)env)->made;
    return NULL;
}

static epsilon_error_t* make_object(void* env, epsilon_caller_t* caller,
                                    const epsilon_value_t* args, size_t nargs,
                                    epsilon_value_t* results, size_t nresults);

static void open_world(struct world* world, epsilon_memory_checks_t checks) {
    const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    const epsilon_valtype_t funcref = EPSILON_VALTYPE_FUNCREF;
    const epsilon_valtype_t externref = EPSILON_VALTYPE_EXTERNREF;
    epsilon_config_t* config = NULL;
    epsilon_imports_t* imports = NULL;
    epsilon_func_t* func = NULL;
    memset(world, 0, sizeof *world);
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_memory_checks(config, checks));
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    CHECK_OK(epsilon_runtime_new(config, &world->runtime));
    epsilon_config_delete(config);
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_func_new(world->runtime, &i32, 1, &i32, 1, callback, world, NULL, &func));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), func));
    epsilon_func_delete(func);
    CHECK_OK(epsilon_func_new(world->runtime, NULL, 0, &funcref, 1, make, world, NULL, &func));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("make"), func));
    epsilon_func_delete(func);
    CHECK_OK(
        epsilon_func_new(world->runtime, NULL, 0, &externref, 1, make_object, world, NULL, &func));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("make_object"), func));
    epsilon_func_delete(func);
    world->module = INSTANTIATE(world->runtime, attacks_wasm, imports);
    epsilon_imports_delete(imports);
    world->call = export_func(world->module, "call");
}

static void close_world(struct world* world) {
    epsilon_func_delete(world->call);
    epsilon_module_delete(world->module);
    epsilon_runtime_delete(world->runtime);
}

static epsilon_error_t* call_export(struct world* world, const char* name, epsilon_value_t* args,
                                    size_t nargs, epsilon_value_t* results, size_t nresults) {
    epsilon_func_t* func = export_func(world->module, name);
    epsilon_error_t* error = epsilon_func_call(func, args, nargs, 0, results, nresults);
    epsilon_func_delete(func);
    return error;
}

/* ---- Row 9 ---------------------------------------------------------------------------------- */

static void refused(epsilon_error_t* error, int line) {
    if (error == NULL || epsilon_error_kind(error) != EPSILON_ERROR_MISUSE) {
        fprintf(stderr, "line %d: not refused as misuse\n", line);
        ++check_failures;
    }
    epsilon_error_delete(error);
}
#define REFUSED(call) refused((call), __LINE__)

/* Every door for references refuses this one, as a funcref and as an externref. */
static void refuse_everywhere(struct world* world, uint64_t ref, bool as_funcref,
                              bool as_externref) {
    epsilon_table_t* objects = NULL;
    epsilon_table_t* functions = NULL;
    epsilon_table_t* table = NULL;
    epsilon_global_t* global = NULL;
    epsilon_func_t* func = NULL;
    epsilon_externref_t* externref = NULL;
    epsilon_value_t values[2] = {{.ref = 0}, {.ref = 0}};
    const epsilon_value_t value = {.ref = ref};
    CHECK_OK(epsilon_module_export_table(world->module, TEXT("objects"), &objects));
    CHECK_OK(epsilon_module_export_table(world->module, TEXT("functions"), &functions));
    if (as_funcref) {
        values[0].ref = ref;
        REFUSED(call_export(world, "take", values, 2, values, 1));
        REFUSED(epsilon_table_set(functions, 0, ref));
        REFUSED(epsilon_table_grow(functions, 1, ref, NULL));
        REFUSED(
            epsilon_table_new(world->runtime, EPSILON_VALTYPE_FUNCREF, 1, false, 0, ref, &table));
        REFUSED(epsilon_global_new(world->runtime, EPSILON_VALTYPE_FUNCREF, true, &value, &global));
        REFUSED(epsilon_runtime_func_from_ref(world->runtime, ref, &func));
        CHECK_OK(epsilon_module_export_global(world->module, TEXT("function"), &global));
        REFUSED(epsilon_global_set(global, &value));
        epsilon_global_delete(global);
        world->made = ref;
        REFUSED(call_export(world, "make", NULL, 0, values, 1));
        world->made = 0;
    }
    values[0].ref = 0;
    if (as_externref) {
        values[1].ref = ref;
        REFUSED(call_export(world, "take", values, 2, values, 1));
        REFUSED(epsilon_table_set(objects, 0, ref));
        REFUSED(epsilon_table_grow(objects, 1, ref, NULL));
        REFUSED(epsilon_runtime_externref_from_ref(world->runtime, ref, &externref));
        CHECK_OK(epsilon_module_export_global(world->module, TEXT("object"), &global));
        REFUSED(epsilon_global_set(global, &value));
        epsilon_global_delete(global);
    }
    CHECK(epsilon_table_size(objects) == 1);
    CHECK(epsilon_table_size(functions) == 4);
    epsilon_table_delete(objects);
    epsilon_table_delete(functions);
}

/* Guard: Store::is_valid_reference, which compares and never looks at what it is given. */
static void row_09_forged_references(void) {
    struct world world;
    int object = 0;
    epsilon_externref_t* externref = NULL;
    open_world(&world, EPSILON_MEMORY_CHECKS_AUTO);
    epsilon_func_t* nothing = export_func(world.module, "nothing");
    CHECK_OK(epsilon_externref_new(world.runtime, &object, NULL, &externref));
    const uint64_t function = epsilon_func_ref(nothing);
    const uint64_t reference = epsilon_externref_ref(externref);
    const uint64_t forged[] = {
        1,
        8,
        0xffffffff,
        UINT64_MAX,
        UINT64_C(1) << 63,
        (uint64_t)(uintptr_t)&object,
        (uint64_t)(uintptr_t)nothing,
        (uint64_t)(uintptr_t)world.module,
        function + 1,
        function + 8,
        function - 8,
        function + 1000 * 32,
        function - 1000 * 32,
        reference + 1,
        reference - 16,
    };
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; ++i) {
        refuse_everywhere(&world, forged[i], true, true);
    }
    refuse_everywhere(&world, function, false, true);
    refuse_everywhere(&world, reference, true, false);
    /* Gone: the reference of an object that was given up. */
    epsilon_externref_delete(externref);
    refuse_everywhere(&world, reference, true, true);
    epsilon_func_delete(nothing);
    close_world(&world);
}

/* ---- Row 10 --------------------------------------------------------------------------------- */

/* Guards: is_valid_reference again, and epsilon_imports::foreign. */
static void row_10_foreign_objects(void) {
    struct world ours;
    struct world theirs;
    epsilon_imports_t* imports = NULL;
    epsilon_module_t* module = NULL;
    epsilon_externref_t* externref = NULL;
    epsilon_compiled_t* compiled = COMPILE(calls_wasm);
    open_world(&ours, EPSILON_MEMORY_CHECKS_AUTO);
    open_world(&theirs, EPSILON_MEMORY_CHECKS_AUTO);
    epsilon_func_t* foreign = export_func(theirs.module, "call");
    CHECK_OK(epsilon_externref_new(theirs.runtime, NULL, NULL, &externref));
    const uint64_t function = epsilon_func_ref(foreign);
    const uint64_t reference = epsilon_externref_ref(externref);
    refuse_everywhere(&ours, function, true, true);
    refuse_everywhere(&ours, reference, true, true);
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), foreign));
    CHECK_ERROR(epsilon_module_new(ours.runtime, compiled, imports, NULL, &module),
                EPSILON_ERROR_MISUSE,
                "import host.callback is bound to an object of another runtime");
    CHECK(module == NULL);
    /* Their runtime goes; what the set of imports holds stays foreign. */
    epsilon_func_delete(foreign);
    epsilon_externref_delete(externref);
    close_world(&theirs);
    CHECK_ERROR(epsilon_module_new(ours.runtime, compiled, imports, NULL, &module),
                EPSILON_ERROR_MISUSE,
                "import host.callback is bound to an object of another runtime");
    epsilon_imports_delete(imports);
    refuse_everywhere(&ours, function, true, true);
    refuse_everywhere(&ours, reference, true, true);
    epsilon_compiled_delete(compiled);
    close_world(&ours);
}

/* ---- Row 22 --------------------------------------------------------------------------------- */

enum { CHURN = 250000 };

static int freed;
static int freed_in_callback;

static void count_freed(void* data) {
    (void)data;
    ++freed;
}

static epsilon_error_t* churn(struct world* world, int32_t argument, int32_t* result) {
    (void)argument, (void)result;
    for (int i = 0; i < 4; ++i) {
        epsilon_externref_delete(world->held[i]);
        world->held[i] = NULL;
    }
    for (int i = 0; i < CHURN; ++i) {
        epsilon_externref_t* externref = NULL;
        epsilon_value_t values[2] = {{.ref = 0}, {.ref = 0}};
        CHECK_OK(epsilon_externref_new(world->runtime, NULL, count_freed, &externref));
        values[1].ref = epsilon_externref_ref(externref);
        if (i % 16 == 0) {
            CHECK_OK(call_export(world, "take", values, 2, values, 1));
        }
        epsilon_externref_delete(externref);
    }
    freed_in_callback = freed;
    return NULL;
}

/* Gives a new reference that nobody but the program holds. */
static epsilon_error_t* make_object(void* env, epsilon_caller_t* caller,
                                    const epsilon_value_t* args, size_t nargs,
                                    epsilon_value_t* results, size_t nresults) {
    struct world* world = env;
    epsilon_externref_t* externref = NULL;
    (void)caller, (void)args, (void)nargs, (void)nresults;
    CHECK_OK(epsilon_externref_new(world->runtime, NULL, count_freed, &externref));
    results[0].ref = epsilon_externref_ref(externref);
    epsilon_externref_delete(externref);
    freed_in_callback = freed;
    return NULL;
}

/* A program that never ends can be given ever new references without filling the memory. Guard:
 * released_depth_ in Store::collect_externrefs. */
static void row_22_references_made_in_a_long_call(void) {
    struct world world;
    epsilon_value_t values[1] = {{.i32 = 2 * CHURN}};
    epsilon_externref_t* last = NULL;
    open_world(&world, EPSILON_MEMORY_CHECKS_AUTO);
    freed = 0;
    CHECK_OK(call_export(&world, "make_objects", values, 1, values, 1));
    CHECK(freed_in_callback >= CHURN);
    CHECK_OK(epsilon_runtime_externref_from_ref(world.runtime, values[0].ref, &last));
    epsilon_externref_delete(last);
    close_world(&world);
    CHECK(freed == 2 * CHURN);
}

/* A program alone holds references, in a local, an operand, a table and a global, while the host
 * makes so many others that they are collected. Guard: the roots and the conservative scan of the
 * value stack in Store::collect_externrefs. */
static void row_22_references_held_by_frames(void) {
    struct world world;
    int objects[4];
    epsilon_value_t values[4];
    /* The order in which "hold" gives them back. */
    const int order[4] = {1, 0, 2, 3};
    open_world(&world, EPSILON_MEMORY_CHECKS_AUTO);
    freed = 0;
    world.callback = churn;
    for (int i = 0; i < 4; ++i) {
        CHECK_OK(epsilon_externref_new(world.runtime, &objects[i], count_freed, &world.held[i]));
        values[i].ref = epsilon_externref_ref(world.held[i]);
    }
    epsilon_func_t* hold = export_func(world.module, "hold");
    CHECK_OK(epsilon_func_call(hold, values, 4, 0, values, 4));
    for (int i = 0; i < 4; ++i) {
        epsilon_externref_t* found = NULL;
        CHECK_OK(epsilon_runtime_externref_from_ref(world.runtime, values[i].ref, &found));
        CHECK(epsilon_externref_data(found) == &objects[order[i]]);
        epsilon_externref_delete(found);
    }
    epsilon_func_delete(hold);
    close_world(&world);
    CHECK(freed_in_callback >= CHURN / 5);
    CHECK(freed == CHURN + 4);
}

/* ---- Row 25 --------------------------------------------------------------------------------- */

static epsilon_error_t* again(struct world* world, int32_t argument, int32_t* result) {
    epsilon_value_t value = {.i32 = argument + 1};
    epsilon_error_t* error = epsilon_func_call(world->call, &value, 1, 0, &value, 1);
    *result = value.i32;
    return error;
}

static void* recurse_through_the_host(void* argument) {
    struct world world;
    (void)argument;
    open_world(&world, EPSILON_MEMORY_CHECKS_AUTO);
    for (int round = 0; round < 3; ++round) {
        epsilon_value_t value = {.i32 = 0};
        world.callback = again;
        world.calls = 0;
        CHECK_ERROR(epsilon_func_call(world.call, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                    "call stack exhausted");
        CHECK(world.calls > 0);
        world.callback = NULL;
        CHECK_OK(epsilon_func_call(world.call, &value, 1, 0, &value, 1));
    }
    close_world(&world);
    return NULL;
}

/* Program and host call each other for ever, on native stacks of every size. Guard:
 * platform::native_stack_remaining() in interp::call. */
static void row_25_native_stacks(void) {
    for (size_t kib = 128; kib <= 8192; kib *= 4) {
        pthread_attr_t attributes;
        pthread_t thread;
        CHECK(pthread_attr_init(&attributes) == 0);
        CHECK(pthread_attr_setstacksize(&attributes, kib << 10) == 0);
        CHECK(pthread_create(&thread, &attributes, recurse_through_the_host, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        pthread_attr_destroy(&attributes);
    }
    recurse_through_the_host(NULL);
}

/* ---- Row 27 --------------------------------------------------------------------------------- */

struct race {
    struct world* world;
    atomic_bool done;
};

static void* look_on(void* argument) {
    struct race* race = argument;
    epsilon_memory_t* memory = NULL;
    epsilon_table_t* table = NULL;
    /* Handles are got before the other thread is inside: afterwards that is refused. */
    CHECK_OK(epsilon_module_export_memory(race->world->module, TEXT("memory"), &memory));
    CHECK_OK(epsilon_module_export_table(race->world->module, TEXT("functions"), &table));
    atomic_store(&race->done, false);
    uint64_t pages = 0;
    uint64_t elements = 0;
    while (!atomic_load(&race->done)) {
        const uint64_t size = epsilon_memory_size(memory);
        const uint64_t count = epsilon_table_size(table);
        CHECK(size >= pages && size <= 2000);
        CHECK(count >= elements && count <= 100000);
        pages = size;
        elements = count;
        CHECK(epsilon_memory_byte_size(memory) >= pages * 65536);
        const uint8_t* const data = epsilon_memory_data(memory);
        CHECK(data == NULL || pages >= 1);
        epsilon_value_t value = {.i32 = 0};
        epsilon_error_delete(epsilon_table_get(table, 0, &value.ref));
        epsilon_error_delete(epsilon_memory_read(memory, 0, &value, 4));
        epsilon_error_delete(epsilon_memory_grow(memory, 0, NULL));
    }
    epsilon_memory_delete(memory);
    epsilon_table_delete(table);
    return NULL;
}

/* A thread reads sizes, and tries everything else, while another one's program makes memory and
 * table grow and move. Guards: Store::enter; sizes are read and written atomically
 * (Memory::bytes_now, Table::size_now). */
static void row_27_views_while_the_program_grows(epsilon_memory_checks_t checks) {
    struct world world;
    struct race race = {.world = &world};
    pthread_t thread;
    open_world(&world, checks);
    atomic_init(&race.done, true);
    CHECK(pthread_create(&thread, NULL, look_on, &race) == 0);
    while (atomic_load(&race.done)) {
        sched_yield();
    }
    for (int i = 0; i < 200;) {
        epsilon_value_t value = {.i32 = 5};
        epsilon_func_t* grow = NULL;
        epsilon_error_t* error = epsilon_module_export_func(world.module, TEXT("grow"), &grow);
        if (error == NULL) {
            error = epsilon_func_call(grow, &value, 1, 0, NULL, 0);
            i += error == NULL ? 1 : 0;
        }
        /* The other thread may be inside, looking. */
        CHECK(error == NULL || epsilon_error_kind(error) == EPSILON_ERROR_MISUSE);
        epsilon_error_delete(error);
        epsilon_func_delete(grow);
    }
    atomic_store(&race.done, true);
    CHECK(pthread_join(thread, NULL) == 0);
    close_world(&world);
}

static void* intern_types(void* argument) {
    epsilon_runtime_t* runtime = new_runtime();
    const int first = *(const int*)argument;
    epsilon_valtype_t types[8];
    for (int i = 0; i < 1000; ++i) {
        epsilon_func_t* func = NULL;
        const size_t count = (size_t)((first + i) % 8);
        for (size_t k = 0; k < count; ++k) {
            types[k] = k % 2 == 0 ? EPSILON_VALTYPE_I32 : EPSILON_VALTYPE_F64;
        }
        CHECK_OK(
            epsilon_func_new(runtime, types, count, types, count / 2, make, NULL, NULL, &func));
        epsilon_func_delete(func);
        if (i % 50 == 0) {
            epsilon_compiled_t* compiled = COMPILE(attacks_wasm);
            epsilon_compiled_delete(compiled);
        }
    }
    epsilon_runtime_delete(runtime);
    return NULL;
}

/* The last user of a type goes while another thread interns it. Guard: the lock and the weak
 * pointers of TypeHandle. */
static void row_27_types(void) {
    pthread_t threads[4];
    int first[4] = {0, 2, 4, 6};
    for (int i = 0; i < 4; ++i) {
        CHECK(pthread_create(&threads[i], NULL, intern_types, &first[i]) == 0);
    }
    for (int i = 0; i < 4; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static epsilon_compiled_t* shared_compiled;

static void* use_and_drop(void* argument) {
    (void)argument;
    epsilon_runtime_t* runtime = new_runtime();
    for (int i = 0; i < 30; ++i) {
        epsilon_module_t* module = NULL;
        epsilon_compiled_t* again_compiled = NULL;
        CHECK_OK(epsilon_module_new(runtime, shared_compiled, NULL, NULL, &module));
        CHECK_OK(epsilon_module_compiled(module, &again_compiled));
        CHECK(epsilon_compiled_export_count(again_compiled) ==
              epsilon_compiled_export_count(shared_compiled));
        epsilon_func_t* deep = export_func(module, "deep");
        epsilon_module_delete(module);
        epsilon_compiled_delete(again_compiled);
        epsilon_value_t value = {.i32 = i};
        CHECK_OK(epsilon_func_call(deep, &value, 1, 0, &value, 1));
        CHECK(value.i32 == i);
        epsilon_func_delete(deep);
    }
    epsilon_runtime_delete(runtime);
    return NULL;
}

/* One compiled module for all, asked, run and given up by all; the last to go frees it. Guard:
 * shared ownership of ModuleCells, and its atomic entries. */
static void row_27_compiled_modules(void) {
    pthread_t threads[4];
    shared_compiled = COMPILE(basic_wasm);
    for (int i = 0; i < 4; ++i) {
        CHECK(pthread_create(&threads[i], NULL, use_and_drop, NULL) == 0);
    }
    for (int i = 0; i < 4; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    epsilon_compiled_delete(shared_compiled);
}

/* ---- Row 28 --------------------------------------------------------------------------------- */

/* An out-parameter of type T between bytes that nobody may write. */
#define GUARDED(T)          \
    struct {                \
        uint8_t before[16]; \
        T value;            \
        uint8_t after[16];  \
    }
#define PREPARE(guarded) memset(&(guarded), 0xa5, sizeof(guarded))
#define UNTOUCHED(guarded)                                                                  \
    do {                                                                                    \
        for (size_t k = 0; k < 16; ++k) {                                                   \
            CHECK((guarded).before[k] == 0xa5);                                             \
            CHECK(((const uint8_t*)&(guarded).value)[sizeof((guarded).value) + k] == 0xa5); \
        }                                                                                   \
    } while (0)

/* Guard: the types of epsilon.h, in set() of capi/door.h. */
static void row_28_widths_of_out_parameters(void) {
    struct world world;
    GUARDED(uint32_t) index;
    GUARDED(uint64_t) number;
    GUARDED(size_t) size;
    GUARDED(epsilon_value_t) value;
    GUARDED(epsilon_func_t*) handle;
    const epsilon_type_t* type = NULL;
    open_world(&world, EPSILON_MEMORY_CHECKS_AUTO);
    for (int good = 0; good < 2; ++good) {
        epsilon_memory_t* memory = NULL;
        epsilon_global_t* global = NULL;
        epsilon_compiled_t* compiled = NULL;
        epsilon_error_t* error = NULL;
        if (good) {
            epsilon_value_t trap = {.i32 = 3};
            CHECK_OK(epsilon_module_export_memory(world.module, TEXT("memory"), &memory));
            CHECK_OK(epsilon_module_export_global(world.module, TEXT("object"), &global));
            CHECK_OK(epsilon_module_compiled(world.module, &compiled));
            error = call_export(&world, "call_functions", &trap, 1, NULL, 0);
            CHECK(error != NULL);
        }
        PREPARE(index);
        CHECK(epsilon_func_index(good ? world.call : NULL, &index.value) == (good != 0));
        UNTOUCHED(index);
        PREPARE(index);
        CHECK(epsilon_error_frame(error, 0, &index.value, NULL, NULL, NULL, NULL, NULL) ==
              (good != 0));
        UNTOUCHED(index);
        PREPARE(number);
        CHECK(epsilon_error_offset(error, &number.value) == (good != 0));
        UNTOUCHED(number);
        PREPARE(number);
        CHECK(epsilon_memory_maximum(memory, &number.value) == (good != 0));
        CHECK(number.value == (good ? 2000 : 0));
        UNTOUCHED(number);
        PREPARE(number);
        epsilon_error_t* grown = epsilon_memory_grow(memory, 0, &number.value);
        CHECK((grown == NULL) == (good != 0));
        epsilon_error_delete(grown);
        CHECK(number.value == (good ? 1 : 0));
        UNTOUCHED(number);
        PREPARE(size);
        epsilon_error_message(error, &size.value);
        UNTOUCHED(size);
        PREPARE(size);
        epsilon_compiled_bytes(compiled, &size.value);
        CHECK(size.value == (good ? sizeof attacks_wasm : 0));
        UNTOUCHED(size);
        PREPARE(size);
        type = good ? epsilon_func_type(world.call) : NULL;
        epsilon_type_params(type, &size.value);
        CHECK(size.value == (good ? 1 : 0));
        UNTOUCHED(size);
        PREPARE(value);
        epsilon_error_t* got = epsilon_global_get(global, &value.value);
        CHECK((got == NULL) == (good != 0));
        epsilon_error_delete(got);
        UNTOUCHED(value);
        PREPARE(value);
        value.value.i32 = 0;
        epsilon_error_t* called =
            epsilon_func_call(good ? world.call : NULL, &value.value, 1, 0, &value.value, 1);
        CHECK((called == NULL) == (good != 0));
        epsilon_error_delete(called);
        UNTOUCHED(value);
        PREPARE(handle);
        epsilon_error_t* exported = epsilon_module_export_func(world.module, good ? "call" : "none",
                                                               good ? 4 : 0, &handle.value);
        CHECK((exported == NULL) == (good != 0));
        CHECK((handle.value != NULL) == (good != 0));
        epsilon_error_delete(exported);
        UNTOUCHED(handle);
        if (good) {
            epsilon_func_delete(handle.value);
        }
        epsilon_error_delete(error);
        epsilon_memory_delete(memory);
        epsilon_global_delete(global);
        epsilon_compiled_delete(compiled);
    }
    close_world(&world);
}

/* Sizes that 32 bits do not hold, of bytes that are really there (and take no memory). Guard:
 * size_t and 64 bits all the way. */
static void row_28_lengths_beyond_32_bits(void) {
    const size_t size = ((size_t)1 << 32) + 4;
    void* const bytes =
        mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) {
        puts("no address space for long texts: not tried");
        return;
    }
    struct world world;
    epsilon_memory_t* memory = NULL;
    epsilon_func_t* func = NULL;
    epsilon_imports_t* imports = NULL;
    open_world(&world, EPSILON_MEMORY_CHECKS_AUTO);
    CHECK_OK(epsilon_module_export_memory(world.module, TEXT("memory"), &memory));
    CHECK_ERROR(epsilon_memory_write(memory, 0, bytes, size), EPSILON_ERROR_MISUSE,
                "out of bounds memory access: 4294967300 bytes at offset 0 of a memory of 65536 "
                "bytes");
    CHECK_ERROR(epsilon_memory_read(memory, UINT64_MAX, &func, 2), EPSILON_ERROR_MISUSE,
                "out of bounds memory access: 2 bytes at offset 18446744073709551615 of a memory "
                "of 65536 bytes");
    CHECK_ERROR(epsilon_memory_read(memory, (uint64_t)1 << 32, &func, 1), EPSILON_ERROR_MISUSE,
                "out of bounds memory access: 1 bytes at offset 4294967296 of a memory of 65536 "
                "bytes");
    REFUSED(epsilon_module_export_func(world.module, bytes, size, &func));
    CHECK(func == NULL);
    /* In 32 bits these would be 0 or 4 values. */
    epsilon_value_t value = {.i32 = 0};
    CHECK_ERROR(epsilon_func_call(world.call, &value, ((size_t)1 << 32) + 1, 0, &value, 1),
                EPSILON_ERROR_MISUSE, "function \"call\" takes 1 arguments, not 4294967297");
    epsilon_error_delete(
        epsilon_func_new(world.runtime, bytes, (size_t)1 << 32, NULL, 0, make, NULL, NULL, &func));
    CHECK(func == NULL);
    CHECK_OK(epsilon_imports_new(&imports));
    epsilon_imports_delete(imports);
    epsilon_memory_delete(memory);
    close_world(&world);
    munmap(bytes, size);
}

int main(void) {
    row_09_forged_references();
    row_10_foreign_objects();
    row_22_references_held_by_frames();
    row_22_references_made_in_a_long_call();
    row_25_native_stacks();
    row_27_views_while_the_program_grows(EPSILON_MEMORY_CHECKS_AUTO);
    row_27_views_while_the_program_grows(EPSILON_MEMORY_CHECKS_EXPLICIT);
    row_27_types();
    row_27_compiled_modules();
    row_28_widths_of_out_parameters();
    row_28_lengths_beyond_32_bits();
    return check_result();
}
