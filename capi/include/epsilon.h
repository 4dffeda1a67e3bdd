/* SPDX-License-Identifier: Apache-2.0
 *
 * epsilon.h - the C API of Epsilon, a WebAssembly runtime.
 *
 * This is the only header that is installed. It is plain C11, also valid C++20, and made to be read
 * by programs: there is no macro but the export marker EPSILON_API and the version numbers, no
 * inline function, no structure passed by value and no variable argument list. A generator of
 * foreign declarations drops the lines that start with '#', everything between "#ifdef __cplusplus"
 * and its "#endif", and the word EPSILON_API. What is left needs no types but those of <stdbool.h>,
 * <stddef.h> and <stdint.h>. examples/README.md says what else bindings of other languages meet.
 *
 * Rules that hold for every function; the comments below only add to them.
 *
 *  Errors     A function that can fail returns epsilon_error_t *: NULL on success, otherwise an
 *             error that the caller deletes. There is no other error state. A NULL handle, a NULL
 *             pointer where a value is needed, an index out of range, an unknown constant, or an
 *             object of another runtime gives an error of kind misuse and changes nothing.
 *             Functions that cannot fail return 0, false or NULL for a NULL handle.
 *             Lack of memory gives an error of kind no-memory.
 *  Results    Out-parameters come last. They are set to NULL or 0 on failure. An out-parameter may
 *             be NULL only where its comment says "optional".
 *  Ownership  Every handle that a function gives through an out-parameter is the caller's and needs
 *             one epsilon_<noun>_delete; delete accepts NULL. Handles count references: what a
 *             handle needs (its runtime, its memory, ...) lives until the last handle that needs it
 *             is gone, so handles may be deleted in any order. Pointers that functions return
 *             ("borrowed") belong to the handle they were asked of and live as long as it does,
 *             unless their comment says otherwise.
 *  Text       Text and bytes are pointer and size. Text given by the library is UTF-8 and has a NUL
 *             after its last byte, which the size does not count (names in WebAssembly may contain
 *             NUL bytes themselves). Where a size is returned next to a text its out-parameter is
 *             optional. Text given to the library need not end in NUL, and may be NULL if its size
 *             is 0.
 *  Threads    A runtime, with all objects made in it, is used by one thread at a time, whichever it
 *             is: nothing is kept per thread. A function called while another thread is inside the
 *             same runtime fails with kind misuse and does nothing. Host functions may call back
 *             into their runtime, from the thread that they were called on. Any handle can be
 *             deleted by any thread at any time; work that this causes in a busy runtime is done at
 *             its next idle moment. Compiled modules and errors can be shared between threads.
 *             Configurations, options and imports are plain data: one thread at a time.
 *             No function may be called in a signal handler unless its comment allows it.
 *  Processes  A child made by fork() has a copy of everything. The thread that forked goes on, in a
 *             host function too, with the deadlines of its calls. A runtime that another thread was
 *             inside stays in use in the child.
 *
 * "Spec" names the part of the WebAssembly core specification, release 2.0, that a function
 * follows; "Embedding" is its appendix of that name.
 */
#ifndef EPSILON_H
#define EPSILON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define EPSILON_API __attribute__((visibility("default")))
#else
#define EPSILON_API
#endif

/* The version this header belongs to; epsilon_version_number() tells the library's. */
#define EPSILON_VERSION_MAJOR 0
#define EPSILON_VERSION_MINOR 1
#define EPSILON_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Handles ------------------------------------------------------------------------------- */

typedef struct epsilon_error epsilon_error_t;         /* why a call failed */
typedef struct epsilon_config epsilon_config_t;       /* settings of runtimes and compilations */
typedef struct epsilon_runtime epsilon_runtime_t;     /* a store: the world that objects live in */
typedef struct epsilon_interrupt epsilon_interrupt_t; /* stops a runtime's program from anywhere */
typedef struct epsilon_compiled epsilon_compiled_t;   /* a decoded, validated module; immutable */
typedef struct epsilon_code epsilon_code_t;           /* what a function is made into, to look at */
typedef struct epsilon_imports epsilon_imports_t;     /* what a module's imports are bound to */
typedef struct epsilon_options epsilon_options_t;     /* settings of one instantiation */
typedef struct epsilon_module epsilon_module_t;       /* a module instance */
typedef struct epsilon_func epsilon_func_t;           /* a function instance */
typedef struct epsilon_call epsilon_call_t;           /* a function and the values of a call */
typedef struct epsilon_memory epsilon_memory_t;       /* a memory instance */
typedef struct epsilon_table epsilon_table_t;         /* a table instance */
typedef struct epsilon_global epsilon_global_t;       /* a global instance */
typedef struct epsilon_externref epsilon_externref_t; /* an embedder's object, as a reference */
typedef struct epsilon_wasi epsilon_wasi_t;           /* files, streams, ... of a WASI program */

/* Borrowed only: these have no delete. */
typedef struct epsilon_type epsilon_type_t;     /* the type of an import, export or function */
typedef struct epsilon_caller epsilon_caller_t; /* who called a host function */

/* Called once with the pointer it was registered with, when nothing can reach that pointer any
 * more. May run on any thread that calls the library; must not call into a runtime, and must
 * return. Such pointers (env, data) are never looked at: they may be numbers as well. */
typedef void (*epsilon_finalizer_t)(void *data);

/* ---- Constants and values ------------------------------------------------------------------ */

/* Error kinds. */
typedef uint8_t epsilon_error_kind_t;
enum {
    EPSILON_ERROR_MALFORMED = 1,   /* the bytes are not a WebAssembly module */
    EPSILON_ERROR_INVALID = 2,     /* the module breaks a validation rule */
    EPSILON_ERROR_UNSUPPORTED = 3, /* a feature that is switched off or does not exist here */
    EPSILON_ERROR_LINK = 4,        /* missing or unfitting imports */
    EPSILON_ERROR_TRAP = 5,        /* the program trapped, by exhausting its stack too */
    EPSILON_ERROR_FUEL = 6,        /* the program used up its fuel */
    EPSILON_ERROR_TIMEOUT = 7,     /* the time given was over */
    EPSILON_ERROR_INTERRUPTED = 8, /* stopped from outside */
    EPSILON_ERROR_EXIT = 9,        /* the program ended itself, with a status */
    EPSILON_ERROR_LIMIT = 10,      /* a configured limit */
    EPSILON_ERROR_NO_MEMORY = 11,  /* the machine has no memory left */
    EPSILON_ERROR_MISUSE = 12,     /* the embedder used this API wrongly */
    EPSILON_ERROR_HOST = 13        /* an error of the embedder's own, passed through */
};

/* Trap codes. Spec: the texts of the specification's test scripts. */
typedef uint8_t epsilon_trap_t;
enum {
    EPSILON_TRAP_NONE = 0, /* not a trap, or one that a host function made */
    EPSILON_TRAP_UNREACHABLE = 1,
    EPSILON_TRAP_INTEGER_DIVIDE_BY_ZERO = 2,
    EPSILON_TRAP_INTEGER_OVERFLOW = 3,
    EPSILON_TRAP_INVALID_CONVERSION_TO_INTEGER = 4,
    EPSILON_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS = 5,
    EPSILON_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS = 6,
    EPSILON_TRAP_UNDEFINED_ELEMENT = 7,
    EPSILON_TRAP_UNINITIALIZED_ELEMENT = 8,
    EPSILON_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 9,
    EPSILON_TRAP_CALL_STACK_EXHAUSTED = 10
};

/* Value types. The values are the specification's binary codes; higher bits are reserved. */
typedef uint32_t epsilon_valtype_t;
enum {
    EPSILON_VALTYPE_I32 = 0x7F,
    EPSILON_VALTYPE_I64 = 0x7E,
    EPSILON_VALTYPE_F32 = 0x7D,
    EPSILON_VALTYPE_F64 = 0x7C,
    EPSILON_VALTYPE_V128 = 0x7B,
    EPSILON_VALTYPE_FUNCREF = 0x70,
    EPSILON_VALTYPE_EXTERNREF = 0x6F
};

/* What an import or export is. The values are the specification's binary codes. */
typedef uint8_t epsilon_externkind_t;
enum {
    EPSILON_EXTERNKIND_FUNC = 0,
    EPSILON_EXTERNKIND_TABLE = 1,
    EPSILON_EXTERNKIND_MEMORY = 2,
    EPSILON_EXTERNKIND_GLOBAL = 3
};

/* Proposals beyond WebAssembly 1.0. All that are supported are on unless switched off. */
typedef uint8_t epsilon_feature_t;
enum {
    EPSILON_FEATURE_MUTABLE_GLOBALS = 0,
    EPSILON_FEATURE_SIGN_EXTENSION = 1,
    EPSILON_FEATURE_SATURATING_CONVERSIONS = 2,
    EPSILON_FEATURE_MULTI_VALUE = 3,
    EPSILON_FEATURE_BULK_MEMORY = 4,
    EPSILON_FEATURE_REFERENCE_TYPES = 5,
    EPSILON_FEATURE_SIMD = 6,
    EPSILON_FEATURE_MULTI_MEMORY = 7,
    EPSILON_FEATURE_EXTENDED_CONST = 8,
    EPSILON_FEATURE_TAIL_CALL = 9
};

/* Limits on the size of a module, checked while it is compiled (code bytes: when a function is
 * first called). */
typedef uint8_t epsilon_limit_t;
enum {
    EPSILON_LIMIT_MODULE_BYTES = 0, /* bytes of the whole module */
    EPSILON_LIMIT_TYPES = 1,        /* function types */
    EPSILON_LIMIT_IMPORTS = 2,      /* imports */
    EPSILON_LIMIT_FUNCTIONS = 3,    /* functions, imported ones too */
    EPSILON_LIMIT_TABLES = 4,       /* tables, imported ones too */
    EPSILON_LIMIT_MEMORIES = 5,     /* memories, imported ones too */
    EPSILON_LIMIT_GLOBALS = 6,      /* globals, imported ones too */
    EPSILON_LIMIT_EXPORTS = 7,      /* exports */
    EPSILON_LIMIT_ELEMENT_SEGMENTS = 8,
    EPSILON_LIMIT_DATA_SEGMENTS = 9,
    EPSILON_LIMIT_FUNCTION_BYTES = 10,   /* bytes of one function's body */
    EPSILON_LIMIT_LOCALS = 11,           /* locals of one function, its parameters too */
    EPSILON_LIMIT_PARAMS = 12,           /* parameters of one type */
    EPSILON_LIMIT_RESULTS = 13,          /* results of one type */
    EPSILON_LIMIT_OPERANDS = 14,         /* operands on one function's stack at a time */
    EPSILON_LIMIT_SEGMENT_ELEMENTS = 15, /* elements of one element segment */
    EPSILON_LIMIT_CODE_BYTES = 16 /* bytes of the code made of all functions that were called */
};

/* When a segment's content is written. */
typedef uint8_t epsilon_segment_mode_t;
enum {
    EPSILON_SEGMENT_ACTIVE = 0,     /* at instantiation */
    EPSILON_SEGMENT_PASSIVE = 1,    /* by the program */
    EPSILON_SEGMENT_DECLARATIVE = 2 /* never: it only names functions (element segments) */
};

/* How accesses to memories are kept inside them. The results are the same. */
typedef uint8_t epsilon_memory_checks_t;
enum {
    EPSILON_MEMORY_CHECKS_AUTO = 0,    /* guard pages where they can be had, otherwise explicit */
    EPSILON_MEMORY_CHECKS_GUARD = 1,   /* guard pages; where they cannot be had, an error */
    EPSILON_MEMORY_CHECKS_EXPLICIT = 2 /* a comparison before each access */
};

/* How programs are executed. The results are the same. */
typedef uint8_t epsilon_tiers_t;
enum {
    EPSILON_TIERS_INTERPRETER = 0, /* interpreted; nothing is compiled to machine code */
    EPSILON_TIERS_COMPILED = 1,    /* a function is compiled when it is first called */
    EPSILON_TIERS_TIERED = 2       /* interpreted at first, compiled when it turns out to be hot */
};

/* What is at a place in machine code. */
typedef uint8_t epsilon_code_place_kind_t;
enum {
    EPSILON_CODE_PLACE_ENTRY = 0,     /* here begins what other code, or the interpreter, goes to */
    EPSILON_CODE_PLACE_OPERATION = 1, /* here begins what was made of a plain cell */
    EPSILON_CODE_PLACE_ASIDE = 2,     /* here begins what is rare, kept apart from the rest */
    EPSILON_CODE_PLACE_DATA = 3,      /* data; no code follows the first of these */
    EPSILON_CODE_PLACE_ADDRESS = 4    /* 8 bytes that hold an address of the process */
};

/* The standard streams of WASI, as their descriptors. */
typedef uint8_t epsilon_wasi_stream_t;
enum {
    EPSILON_WASI_STDIN = 0,  /* standard input */
    EPSILON_WASI_STDOUT = 1, /* standard output */
    EPSILON_WASI_STDERR = 2  /* standard error */
};

/* Limits on what a program does through WASI; defaults in brackets. */
typedef uint8_t epsilon_wasi_limit_t;
enum {
    EPSILON_WASI_LIMIT_DESCRIPTORS = 0,      /* open at a time (1024) */
    EPSILON_WASI_LIMIT_OUTPUT_BYTES = 1,     /* of each output stream (16777216, if captured) */
    EPSILON_WASI_LIMIT_RANDOM_BYTES = 2,     /* of random_get, in all (1073741824) */
    EPSILON_WASI_LIMIT_MEMORY_BYTES = 3,     /* of all files in memory (268435456) */
    EPSILON_WASI_LIMIT_MEMORY_FILES = 4,     /* files, directories and links in memory (65536) */
    EPSILON_WASI_LIMIT_PATH_BYTES = 5,       /* of a path that it names (4096) */
    EPSILON_WASI_LIMIT_IOVECS = 6,           /* of a read or write (1024) */
    EPSILON_WASI_LIMIT_SUBSCRIPTIONS = 7,    /* of a poll_oneoff (4096) */
    EPSILON_WASI_LIMIT_DIRECTORY_ENTRIES = 8 /* that one fd_readdir gives (1048576) */
};

/* A value: 16 bytes, aligned to 8, whose members all begin at the first byte. Its type is not in
 * it: it follows from the type of the function, global or table.
 *
 * ref is an opaque id of a function or an embedder's object; 0 is the null reference. An id is
 * only good in the runtime that gave it and is checked when it comes back: one that was made up, or
 * whose object is gone, gives an error of kind misuse. An id stays good while a handle or the
 * program holds what it stands for. One that epsilon_func_call returned is good at least until the
 * next epsilon_func_call or epsilon_module_new in the runtime; to keep it longer make a handle of
 * it (epsilon_runtime_func_from_ref, epsilon_runtime_externref_from_ref).
 *
 * v128 is in the order of memory: byte 0 is the lowest byte of lane 0. */
typedef union epsilon_value {
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    uint64_t ref;
    uint8_t v128[16];
} epsilon_value_t;

/* ---- Version and features ------------------------------------------------------------------ */

/* The library's version, "major.minor.patch". Static text. Any thread. */
EPSILON_API const char *epsilon_version(void);

/* The library's version as major * 10000 + minor * 100 + patch. Any thread. */
EPSILON_API uint32_t epsilon_version_number(void);

/* How the library was built, one line for people: compiler, processor, dispatch form, memory
 * checks. Static text. Any thread. */
EPSILON_API const char *epsilon_build_info(void);

/* The interpreter's dispatch form: "tail-call" or "trampoline". Static text. Any thread. */
EPSILON_API const char *epsilon_build_dispatch(void);

/* Whether this build can bound memories by guard pages instead of explicit checks. Any thread. */
EPSILON_API bool epsilon_build_guard_pages(void);

/* Whether functions can be compiled to machine code: the library has a compiler for this processor,
 * and the system allows the process memory that holds code. Otherwise everything is interpreted,
 * whatever epsilon_config_set_tiers says. Any thread. */
EPSILON_API bool epsilon_build_baseline_compiler(void);

/* How many features this library knows: the constants 0 to count - 1. Any thread. */
EPSILON_API size_t epsilon_feature_count(void);

/* The feature's name, such as "multi-value"; NULL for an unknown one. Static text. Any thread. */
EPSILON_API const char *epsilon_feature_name(epsilon_feature_t feature);

/* Whether this library supports the feature; false for an unknown one. Any thread. */
EPSILON_API bool epsilon_feature_supported(epsilon_feature_t feature);

/* The error kind's name, such as "no-memory"; NULL for an unknown one. Static text. Any thread. */
EPSILON_API const char *epsilon_error_kind_name(epsilon_error_kind_t kind);

/* The trap's text, such as "integer divide by zero"; NULL for EPSILON_TRAP_NONE and unknown ones.
 * Static text. Any thread. */
EPSILON_API const char *epsilon_trap_text(epsilon_trap_t trap);

/* The value type's name, such as "i32"; NULL for an unknown one. Static text. Any thread. */
EPSILON_API const char *epsilon_valtype_name(epsilon_valtype_t type);

/* The kind's name: "func", "table", "memory" or "global"; NULL for an unknown one. Static text.
 * Any thread. */
EPSILON_API const char *epsilon_externkind_name(epsilon_externkind_t kind);

/* The limit's name, such as "locals"; NULL for an unknown one. Static text. Any thread. */
EPSILON_API const char *epsilon_limit_name(epsilon_limit_t limit);

/* The value a limit has unless it is set; 0 for an unknown one. Any thread. */
EPSILON_API uint64_t epsilon_limit_default(epsilon_limit_t limit);

/* ---- Error --------------------------------------------------------------------------------- */

/* Makes an error of any kind, for a host function to return. A host function's error of kind trap,
 * fuel, exit, ... comes out of the outer call as that kind. The text is copied. Never NULL: an
 * unknown kind or a NULL text with a size gives an error of kind misuse, lack of memory one of kind
 * no-memory. Any thread. */
EPSILON_API epsilon_error_t *epsilon_error_new(epsilon_error_kind_t kind, const char *message,
                                               size_t message_size);

/* Makes an error of kind exit: a host function that returns it ends the program with this status.
 * Never NULL. Any thread. */
EPSILON_API epsilon_error_t *epsilon_error_new_exit(int32_t status);

/* Makes an error of kind host that carries a pointer of the embedder's, such as an exception, or a
 * number that stands for one. It comes out of the outer call with the same pointer. The finalizer
 * (optional) runs exactly once: when the last holder deletes the error, or before this returns if
 * no such error could be made. Never NULL. Any thread. */
EPSILON_API epsilon_error_t *epsilon_error_new_host(const char *message, size_t message_size,
                                                    void *data, epsilon_finalizer_t finalizer);

/* The error of a callback that failed and could not even say how, "callback failed", of kind host:
 * for foreign function interfaces, which want to be told before what a callback returns that they
 * could not run. There is one for all: it can be returned any number of times, deleting it does
 * nothing, and no frames are added to it. Never NULL. Any thread. */
EPSILON_API epsilon_error_t *epsilon_error_callback_failed(void);

/* Deletes an error; NULL does nothing. Any thread. */
EPSILON_API void epsilon_error_delete(epsilon_error_t *error);

/* The error's kind; 0 for NULL. Any thread. */
EPSILON_API epsilon_error_kind_t epsilon_error_kind(const epsilon_error_t *error);

/* The error's message; for a trap it starts with the trap's text. Borrowed. size is optional. Any
 * thread. */
EPSILON_API const char *epsilon_error_message(const epsilon_error_t *error, size_t *size);

/* Where in the module's bytes the error lies, counted from the first byte. False, and 0, if there
 * is no such place: malformed, invalid and unsupported modules have one, and traps inside
 * WebAssembly (that of the innermost frame). Any thread. */
EPSILON_API bool epsilon_error_offset(const epsilon_error_t *error, uint64_t *offset);

/* Which trap it was; EPSILON_TRAP_NONE for other kinds and for traps that host functions made. Any
 * thread. */
EPSILON_API epsilon_trap_t epsilon_error_trap(const epsilon_error_t *error);

/* The status of an error of kind exit; 0 for other kinds. Any thread. */
EPSILON_API int32_t epsilon_error_exit_status(const epsilon_error_t *error);

/* The pointer given to epsilon_error_new_host; NULL for other errors. Any thread. */
EPSILON_API void *epsilon_error_host_data(const epsilon_error_t *error);

/* How many WebAssembly frames were active where the error arose; 0 if it did not arise in a
 * program. Long backtraces are cut in the middle. Any thread. */
EPSILON_API size_t epsilon_error_frame_count(const epsilon_error_t *error);

/* Frame `index`, 0 the innermost. Every out-parameter is optional: the function's index in its
 * module, its name (NULL and 0 if it has none), its module's name (NULL and 0 likewise), and the
 * offset in the module's bytes of the instruction that was executed (0 if it is not known). Texts
 * are borrowed. False, and zeros, if there is no such frame. Any thread. */
EPSILON_API bool epsilon_error_frame(const epsilon_error_t *error, size_t index,
                                     uint32_t *func_index, const char **func_name,
                                     size_t *func_name_size, const char **module_name,
                                     size_t *module_name_size, uint64_t *offset);

/* ---- Config -------------------------------------------------------------------------------- */

/* Makes a configuration with the defaults named below. It is copied where it is used: it may be
 * changed or deleted afterwards without effect on what was made with it. */
EPSILON_API epsilon_error_t *epsilon_config_new(epsilon_config_t **out);

/* Deletes a configuration; NULL does nothing. */
EPSILON_API void epsilon_config_delete(epsilon_config_t *config);

/* Switches a feature on or off for modules compiled with this configuration. A module that uses a
 * feature that is off is refused (kind malformed or invalid, with the specification's message).
 * Switching on one that is not supported is an error of kind unsupported. Default: all supported
 * ones on. */
EPSILON_API epsilon_error_t *epsilon_config_set_feature(epsilon_config_t *config,
                                                        epsilon_feature_t feature, bool enabled);

/* Sets a limit on modules compiled with this configuration. A module beyond it is refused with kind
 * limit. Defaults: epsilon_limit_default. A value above what the library can represent is an error
 * of kind misuse. Spec: Implementation Limitations (appendix). */
EPSILON_API epsilon_error_t *epsilon_config_set_limit(epsilon_config_t *config,
                                                      epsilon_limit_t limit, uint64_t value);

/* Caps every memory of a runtime, in pages of 65536 bytes: one that needs more at instantiation is
 * refused (kind limit), growth beyond it fails. 0, the default, means none given: then a memory's
 * declared maximum holds, up to 65536 pages, and a memory that declares none may grow to 32768
 * pages (2 GiB), or to its minimum if that is larger. At most 65536. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_memory_pages(epsilon_config_t *config,
                                                                 uint64_t pages);

/* Makes the configuration's max_memory_pages, timeout_ms and fuel ceilings of a runtime: what is
 * asked for with epsilon_options_set_max_memory_pages, as a timeout, or with
 * epsilon_runtime_set_fuel, can be lower, never higher (more memory and time are cut down, a larger
 * pool is refused with kind limit). Default: false. */
EPSILON_API epsilon_error_t *epsilon_config_set_ceilings(epsilon_config_t *config, bool enabled);

/* Caps the bytes of all memories of a runtime together, and of its tables at 8 bytes an element;
 * nothing overrides it. 0, the default, means no cap. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_total_memory_bytes(epsilon_config_t *config,
                                                                       uint64_t bytes);

/* Caps the elements of each table of a runtime. Default 10000000, at most 4294967295. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_table_elements(epsilon_config_t *config,
                                                                   uint64_t elements);

/* Caps the memories of a runtime: each may take 6 GiB of the process's address space. Default
 * 10000; 0 means no cap. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_memories(epsilon_config_t *config,
                                                             uint64_t memories);

/* Caps the tables of a runtime. 0, the default, means no cap. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_tables(epsilon_config_t *config,
                                                           uint64_t tables);

/* Caps the module instances of a runtime. 0, the default, means no cap. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_instances(epsilon_config_t *config,
                                                              uint64_t instances);

/* Caps the WebAssembly frames of a chain of calls; a tail call replaces its frame. The call beyond
 * it traps with "call stack exhausted". 0, the default, means no exact cap: the bytes of the value
 * stack decide. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_call_depth(epsilon_config_t *config,
                                                               uint64_t frames);

/* Sets the size of the value stack of a runtime in bytes: address space, of which only what is used
 * takes memory. A call that needs more traps with "call stack exhausted". 0 means the default. */
EPSILON_API epsilon_error_t *epsilon_config_set_max_stack_bytes(epsilon_config_t *config,
                                                                uint64_t bytes);

/* Chooses how accesses to memories are bounded. Default: EPSILON_MEMORY_CHECKS_AUTO. */
EPSILON_API epsilon_error_t *epsilon_config_set_memory_checks(epsilon_config_t *config,
                                                              epsilon_memory_checks_t checks);

/* Whether runtimes may install process-wide handlers for SIGSEGV and SIGBUS (they pass on what is
 * not theirs). Without them memory checks are explicit and programs are stopped by polling.
 * Default: true. */
EPSILON_API epsilon_error_t *epsilon_config_set_signals(epsilon_config_t *config, bool enabled);

/* Chooses how programs of a runtime are executed. What cannot be compiled is interpreted. Default:
 * EPSILON_TIERS_TIERED. */
EPSILON_API epsilon_error_t *epsilon_config_set_tiers(epsilon_config_t *config,
                                                      epsilon_tiers_t tiers);

/* For EPSILON_TIERS_TIERED, when a function is hot: after so many calls of it, or so many rounds
 * of one of its loops. Both are at least 1. A module counts for all its runtimes together, from
 * what the one asks for that first calls a function. */
EPSILON_API epsilon_error_t *epsilon_config_set_tier_thresholds(epsilon_config_t *config,
                                                                uint32_t calls, uint32_t rounds);

/* For tests of EPSILON_TIERS_TIERED, when each function is hot is drawn at random, by this
 * number, so that programs change between the tiers anywhere. 0, the default, means they don't. */
EPSILON_API epsilon_error_t *epsilon_config_set_random_tiers(epsilon_config_t *config,
                                                             uint64_t seed);

/* Whether making a runtime has the process write the names of functions that are compiled from then
 * on to /tmp/perf-PID.map, where perf and other profilers look for them; it does so until it ends.
 * Where that file can't be written the runtime is refused (kind unsupported). Default: false. */
EPSILON_API epsilon_error_t *epsilon_config_set_perf_map(epsilon_config_t *config, bool enabled);

/* How long a call or a start function that names no timeout of its own may run, in milliseconds of
 * wall-clock time. 0, the default, means no limit. */
EPSILON_API epsilon_error_t *epsilon_config_set_timeout_ms(epsilon_config_t *config,
                                                           uint64_t timeout_ms);
/* Whether runtimes count the instructions that their programs execute, and the fuel that these use
 * (docs/fuel.md has the rule): the same numbers on every machine. false takes a pool of fuel away
 * too. Default: false; programs are up to 3 % faster. */
EPSILON_API epsilon_error_t *epsilon_config_set_metering(epsilon_config_t *config, bool enabled);

/* Gives runtimes a pool of so much fuel, which all their programs use, and switches metering on. A
 * program for which it is not enough is stopped, with kind fuel. UINT64_MAX, the default, means no
 * pool. */
EPSILON_API epsilon_error_t *epsilon_config_set_fuel(epsilon_config_t *config, uint64_t fuel);

/* ---- Runtime ------------------------------------------------------------------------------- */

/* Makes a runtime: an empty store. config may be NULL for the defaults. Errors: unsupported (guard
 * pages demanded where there are none, a processor without what the build needs), no-memory. Any
 * thread. Spec: Embedding, store_init. */
EPSILON_API epsilon_error_t *epsilon_runtime_new(const epsilon_config_t *config,
                                                 epsilon_runtime_t **out);

/* Gives up this handle; NULL does nothing. The store and all that is in it is released when the
 * last handle to the runtime or to an object in it is gone. Any thread. */
EPSILON_API void epsilon_runtime_delete(epsilon_runtime_t *runtime);

/* Checks that the library's signal handlers are still in front, and puts them there again if
 * another handler, installed later without passing faults on, has replaced them. Runtimes and
 * instances do this when they are made: it is for programs that install handlers afterwards. Does
 * nothing in a runtime that uses no signals. */
EPSILON_API epsilon_error_t *epsilon_runtime_check_signal_handlers(epsilon_runtime_t *runtime);

/* How the runtime's programs are executed: as its configuration says, but
 * EPSILON_TIERS_INTERPRETER where nothing can be compiled, and for NULL. Any thread. */
EPSILON_API epsilon_tiers_t epsilon_runtime_tiers(const epsilon_runtime_t *runtime);

/* What is left in the runtime's pool of fuel; UINT64_MAX if it has none. Also during a call, from a
 * host function. */
EPSILON_API epsilon_error_t *epsilon_runtime_fuel(epsilon_runtime_t *runtime, uint64_t *fuel);

/* Makes this the fuel in the runtime's pool; UINT64_MAX means no pool. Holds at once, also when a
 * host function does it. Kind misuse if the runtime does not meter, limit above a ceiling
 * (epsilon_config_set_ceilings). */
EPSILON_API epsilon_error_t *epsilon_runtime_set_fuel(epsilon_runtime_t *runtime, uint64_t fuel);

/* Adds fuel to the runtime's pool, as epsilon_runtime_set_fuel; never more than UINT64_MAX. */
EPSILON_API epsilon_error_t *epsilon_runtime_add_fuel(epsilon_runtime_t *runtime, uint64_t fuel);

/* The fuel and the instructions that the runtime's programs have used since it was made. Both
 * out-parameters are optional. Kind misuse if the runtime does not meter. */
EPSILON_API epsilon_error_t *epsilon_runtime_usage(epsilon_runtime_t *runtime, uint64_t *fuel,
                                                   uint64_t *instructions);

/* What the call of epsilon_func_call, epsilon_func_call_metered or epsilon_module_new (a start
 * function) used that ended last, whether it succeeded or not, with the calls inside it. As
 * epsilon_runtime_usage. */
EPSILON_API epsilon_error_t *epsilon_runtime_last_call_usage(epsilon_runtime_t *runtime,
                                                             uint64_t *fuel,
                                                             uint64_t *instructions);

/* Gives a handle for a function reference of this runtime. The null reference, or one that is not a
 * function of this runtime, is an error of kind misuse. */
EPSILON_API epsilon_error_t *epsilon_runtime_func_from_ref(epsilon_runtime_t *runtime, uint64_t ref,
                                                           epsilon_func_t **out);

/* Gives a handle for an external reference of this runtime. The null reference, or one that is not
 * an external reference of this runtime, is an error of kind misuse. */
EPSILON_API epsilon_error_t *epsilon_runtime_externref_from_ref(epsilon_runtime_t *runtime,
                                                                uint64_t ref,
                                                                epsilon_externref_t **out);

/* ---- Interrupt and pause ------------------------------------------------------------------- */

/* Makes a handle that stops the runtime's program from outside. Any thread, also while the runtime
 * is in use. It keeps the runtime alive like other handles. */
EPSILON_API epsilon_error_t *epsilon_interrupt_new(epsilon_runtime_t *runtime,
                                                   epsilon_interrupt_t **out);

/* Gives up this handle; NULL does nothing. Any thread, but no signal handler. */
EPSILON_API void epsilon_interrupt_delete(epsilon_interrupt_t *interrupt);

/* Stops the program that runs in the runtime, wherever it is, as a timeout does: its call returns
 * an error of kind interrupted. All calls that are going on in the runtime end, the innermost
 * first; a host function that passes over the error of a call it made doesn't keep the outer one
 * from ending. Where no program runs, this has no effect, also not on the next call: whoever can't
 * know whether the call he means has begun raises again until it has ended. Any thread, and signal
 * handlers: async-signal-safe. NULL does nothing. */
EPSILON_API void epsilon_interrupt_raise(const epsilon_interrupt_t *interrupt);

/* What is called during pauses, on the thread that runs the program. NULL lets the program go on
 * where it was; an error, which is given away, ends it: the outer call returns that error, with the
 * program's frames added. *again is true; set to false, the outermost call that is going on has no
 * more pauses. The callback may use the runtime as a host function may, and must return: it must
 * not be left by an exception or a jump. */
typedef epsilon_error_t *(*epsilon_pause_callback_t)(void *env, bool *again);

/* From now on long calls in this runtime pause about every interval_ms, and call `callback`. The
 * first pause of a call comes within two intervals; short calls have none, and cost no more. While
 * calls come in, the thread that keeps deadlines wakes every interval. Pauses are left out when
 * that thread can't be started, and while a host function runs. There is one callback: another one
 * replaces it, NULL ends pauses. The finalizer (optional) gets env exactly once: when the callback
 * has been replaced, with the runtime, or before this returns if it fails. Errors: misuse for an
 * interval of 0. */
EPSILON_API epsilon_error_t *epsilon_runtime_set_pause(epsilon_runtime_t *runtime,
                                                       uint64_t interval_ms,
                                                       epsilon_pause_callback_t callback, void *env,
                                                       epsilon_finalizer_t finalizer);

/* ---- Types --------------------------------------------------------------------------------- */

/* What the type describes. Any thread. Spec: 2.5.11 (import and export descriptions). */
EPSILON_API epsilon_externkind_t epsilon_type_kind(const epsilon_type_t *type);

/* The parameter types of a function type, borrowed, and their count; NULL and 0 if there are none
 * or the type is of another kind. Any thread. Spec: 2.3.6. */
EPSILON_API const epsilon_valtype_t *epsilon_type_params(const epsilon_type_t *type, size_t *count);

/* The result types of a function type, as epsilon_type_params. Any thread. Spec: 2.3.6. */
EPSILON_API const epsilon_valtype_t *epsilon_type_results(const epsilon_type_t *type,
                                                          size_t *count);

/* A table's element type or a global's content type; 0 for other kinds. Any thread. Spec: 2.3.9,
 * 2.3.10. */
EPSILON_API epsilon_valtype_t epsilon_type_content(const epsilon_type_t *type);

/* Whether a global is mutable; false for other kinds. Any thread. Spec: 2.3.10. */
EPSILON_API bool epsilon_type_mutable(const epsilon_type_t *type);

/* The minimum of a memory (pages) or table (elements); 0 for other kinds. Any thread. Spec:
 * 2.3.7. */
EPSILON_API uint64_t epsilon_type_minimum(const epsilon_type_t *type);

/* The declared maximum of a memory (pages) or table (elements). False, and 0, if none is declared
 * and for other kinds. Any thread. Spec: 2.3.7. */
EPSILON_API bool epsilon_type_maximum(const epsilon_type_t *type, uint64_t *maximum);

/* The type as text for people, such as "[i32 i32] -> [i64]". Borrowed. size is optional. Any
 * thread. */
EPSILON_API const char *epsilon_type_text(const epsilon_type_t *type, size_t *size);

/* ---- Compiled module ----------------------------------------------------------------------- */

/* Decodes and validates a module. config may be NULL for the defaults; its features and limits
 * count here, nothing else of it. The bytes are copied. The result can be instantiated any number
 * of times, in any runtime, by several threads at once. Errors: malformed, invalid, unsupported
 * (with an offset), limit, no-memory. Any thread. Spec: Embedding, module_decode and
 * module_validate. */
EPSILON_API epsilon_error_t *epsilon_compiled_new(const epsilon_config_t *config, const void *bytes,
                                                  size_t size, epsilon_compiled_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_compiled_delete(epsilon_compiled_t *compiled);

/* Decodes and validates a module and keeps nothing: NULL if it is valid, otherwise the error that
 * epsilon_compiled_new would give. Any thread. Spec: Embedding, module_validate. */
EPSILON_API epsilon_error_t *epsilon_compiled_validate(const epsilon_config_t *config,
                                                       const void *bytes, size_t size);

/* The bytes the module was compiled from. Borrowed. size is optional. Any thread. */
EPSILON_API const uint8_t *epsilon_compiled_bytes(const epsilon_compiled_t *compiled, size_t *size);

/* The module's name from its name section; NULL and 0 if it has none. Borrowed. size is optional.
 * Any thread. Spec: Custom Sections (appendix), Name Section. */
EPSILON_API const char *epsilon_compiled_name(const epsilon_compiled_t *compiled, size_t *size);

/* What has been made of the module so far, for all runtimes together: how many of its functions
 * have been compiled to machine code (more than once, if runtimes differ in how memories are
 * checked, in metering and the like), how many bytes that takes, and how many nanoseconds compiling
 * has taken. Every out-parameter is optional. Any thread. */
EPSILON_API epsilon_error_t *epsilon_compiled_machine_code(const epsilon_compiled_t *compiled,
                                                           uint64_t *functions, uint64_t *bytes,
                                                           uint64_t *nanoseconds);

/* How many imports the module has. Any thread. Spec: Embedding, module_imports. */
EPSILON_API size_t epsilon_compiled_import_count(const epsilon_compiled_t *compiled);

/* Import `index`, in the order of declaration: the two names and the type. Every out-parameter is
 * optional; texts and type are borrowed. Any thread. Spec: Embedding, module_imports. */
EPSILON_API epsilon_error_t *epsilon_compiled_import(const epsilon_compiled_t *compiled,
                                                     size_t index, const char **module,
                                                     size_t *module_size, const char **name,
                                                     size_t *name_size,
                                                     const epsilon_type_t **type);

/* How many exports the module has. Any thread. Spec: Embedding, module_exports. */
EPSILON_API size_t epsilon_compiled_export_count(const epsilon_compiled_t *compiled);

/* Export `index`, in the order of declaration: name and type. Every out-parameter is optional; text
 * and type are borrowed. Any thread. Spec: Embedding, module_exports. */
EPSILON_API epsilon_error_t *epsilon_compiled_export(const epsilon_compiled_t *compiled,
                                                     size_t index, const char **name,
                                                     size_t *name_size,
                                                     const epsilon_type_t **type);

/* How many custom sections the module has. Any thread. Spec: 5.5.3. */
EPSILON_API size_t epsilon_compiled_custom_section_count(const epsilon_compiled_t *compiled);

/* Custom section `index`, in the order of the file: its name and the bytes after it. Every
 * out-parameter is optional; text and bytes are borrowed. Any thread. Spec: 5.5.3. */
EPSILON_API epsilon_error_t *epsilon_compiled_custom_section(const epsilon_compiled_t *compiled,
                                                             size_t index, const char **name,
                                                             size_t *name_size,
                                                             const uint8_t **bytes, size_t *size);

/* How many sections the module has, custom ones too; 0 as well where there is no memory for their
 * list. Any thread. Spec: 5.5.2. */
EPSILON_API size_t epsilon_compiled_section_count(const epsilon_compiled_t *compiled);

/* Section `index`, in the order of the file: its id (the binary code, 0 for custom sections), and
 * where its content lies in the module's bytes. The content of a custom section begins with its
 * name. Every out-parameter is optional. Any thread. Spec: 5.5.2. */
EPSILON_API epsilon_error_t *epsilon_compiled_section(const epsilon_compiled_t *compiled,
                                                      size_t index, uint8_t *id, uint64_t *offset,
                                                      uint64_t *size);

/* How many function types the module declares. Any thread. Spec: 2.5.2. */
EPSILON_API size_t epsilon_compiled_type_count(const epsilon_compiled_t *compiled);

/* Function type `index`, borrowed. Any thread. Spec: 2.5.2. */
EPSILON_API epsilon_error_t *epsilon_compiled_type(const epsilon_compiled_t *compiled, size_t index,
                                                   const epsilon_type_t **type);

/* How many functions, tables, memories or globals the module has. `imported` (optional) gets how
 * many of them are imports: these have the lowest indices, in the order of declaration. Both are 0
 * for an unknown kind. Any thread. Spec: 2.5.1. */
EPSILON_API size_t epsilon_compiled_item_count(const epsilon_compiled_t *compiled,
                                               epsilon_externkind_t kind, size_t *imported);

/* The type of the function, table, memory or global of this index, borrowed. Any thread. Spec:
 * 2.5.1. */
EPSILON_API epsilon_error_t *epsilon_compiled_item_type(const epsilon_compiled_t *compiled,
                                                        epsilon_externkind_t kind, size_t index,
                                                        const epsilon_type_t **type);

/* The index of what export `index` exports, among all of its kind. Any thread. Spec: 2.5.10. */
EPSILON_API epsilon_error_t *epsilon_compiled_export_item(const epsilon_compiled_t *compiled,
                                                          size_t index, uint32_t *item);

/* Function `index`: the index of its type, its name (NULL and 0 if it has none, as
 * epsilon_func_name), and where its body lies in the module's bytes (0 and 0 for an import). Every
 * out-parameter is optional; the name is borrowed. Any thread. Spec: 2.5.3, 5.5.13. */
EPSILON_API epsilon_error_t *epsilon_compiled_func(const epsilon_compiled_t *compiled, size_t index,
                                                   uint32_t *type_index, const char **name,
                                                   size_t *name_size, uint64_t *offset,
                                                   uint64_t *size);

/* The index of the start function. False, and 0, if there is none. Any thread. Spec: 2.5.9. */
EPSILON_API bool epsilon_compiled_start(const epsilon_compiled_t *compiled, uint32_t *index);

/* How many element segments the module has. Any thread. Spec: 2.5.7. */
EPSILON_API size_t epsilon_compiled_element_segment_count(const epsilon_compiled_t *compiled);

/* Element segment `index`: its mode, the table it is written to (0 unless it is active), the type
 * of its elements and their count. Every out-parameter is optional. Any thread. Spec: 2.5.7. */
EPSILON_API epsilon_error_t *epsilon_compiled_element_segment(
    const epsilon_compiled_t *compiled, size_t index, epsilon_segment_mode_t *mode, uint32_t *table,
    epsilon_valtype_t *element, uint64_t *count);

/* How many data segments the module has. Any thread. Spec: 2.5.8. */
EPSILON_API size_t epsilon_compiled_data_segment_count(const epsilon_compiled_t *compiled);

/* Data segment `index`: its mode, the memory it is written to (0 unless it is active), and where
 * its bytes lie in the module's. Every out-parameter is optional. Any thread. Spec: 2.5.8. */
EPSILON_API epsilon_error_t *epsilon_compiled_data_segment(const epsilon_compiled_t *compiled,
                                                           size_t index,
                                                           epsilon_segment_mode_t *mode,
                                                           uint32_t *memory, uint64_t *offset,
                                                           uint64_t *size);

/* ---- Code ---------------------------------------------------------------------------------- */

/* Lists what function `index` of a module is made into: the cells that the interpreter executes
 * (docs/interpreter.md), the plain cells that are compiled, and machine code. It is made for this
 * list alone, and freed with it. config says for which runtimes (memory checks, fuel, tiers, ...),
 * and may be NULL for the defaults. The forms of the texts and the code itself differ from version
 * to version. Errors: misuse for an import; limit for a function too large. Any thread. */
EPSILON_API epsilon_error_t *epsilon_code_new(const epsilon_config_t *config,
                                              const epsilon_compiled_t *compiled, size_t index,
                                              epsilon_code_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_code_delete(epsilon_code_t *code);

/* The cells as text, one a line; those of the plain form if `plain`. Borrowed. size is optional.
 * Any thread. */
EPSILON_API const char *epsilon_code_cells(const epsilon_code_t *code, bool plain, size_t *size);

/* The machine code, with the data behind it; NULL and 0 if the function can't be compiled, or
 * nothing can be (the library has no compiler for this processor). It holds instructions that this
 * processor has, and addresses of this process. Borrowed. size is optional. Any thread. */
EPSILON_API const uint8_t *epsilon_code_machine_code(const epsilon_code_t *code, size_t *size);

/* How many places of the machine code are described. Any thread. */
EPSILON_API size_t epsilon_code_place_count(const epsilon_code_t *code);

/* Place `index`, in the order of offsets: what kind of place it is, its offset in the machine code
 * in bytes, and what is there, for people. Several places may have one offset. Every out-parameter
 * is optional; the text is borrowed. Any thread. */
EPSILON_API epsilon_error_t *epsilon_code_place(const epsilon_code_t *code, size_t index,
                                                epsilon_code_place_kind_t *kind, size_t *offset,
                                                const char **text, size_t *size);

/* ---- Imports ------------------------------------------------------------------------------- */

/* Makes an empty set of imports. It holds the objects added to it until it is deleted, can be used
 * for any number of instantiations, and may hold more than a module asks for. */
EPSILON_API epsilon_error_t *epsilon_imports_new(epsilon_imports_t **out);

/* Deletes a set of imports; NULL does nothing. */
EPSILON_API void epsilon_imports_delete(epsilon_imports_t *imports);

/* Binds the import `module`.`name` to a function. The texts are copied. What was bound to these
 * names before is replaced, here and in the next functions. Types are checked at instantiation. */
EPSILON_API epsilon_error_t *epsilon_imports_add_func(epsilon_imports_t *imports,
                                                      const char *module, size_t module_size,
                                                      const char *name, size_t name_size,
                                                      epsilon_func_t *func);

/* Binds the import `module`.`name` to a table. */
EPSILON_API epsilon_error_t *epsilon_imports_add_table(epsilon_imports_t *imports,
                                                       const char *module, size_t module_size,
                                                       const char *name, size_t name_size,
                                                       epsilon_table_t *table);

/* Binds the import `module`.`name` to a memory. */
EPSILON_API epsilon_error_t *epsilon_imports_add_memory(epsilon_imports_t *imports,
                                                        const char *module, size_t module_size,
                                                        const char *name, size_t name_size,
                                                        epsilon_memory_t *memory);

/* Binds the import `module`.`name` to a global. */
EPSILON_API epsilon_error_t *epsilon_imports_add_global(epsilon_imports_t *imports,
                                                        const char *module, size_t module_size,
                                                        const char *name, size_t name_size,
                                                        epsilon_global_t *global);

/* Binds `module`.N to the instance's export N, for each of its exports. */
EPSILON_API epsilon_error_t *epsilon_imports_add_module(epsilon_imports_t *imports,
                                                        const char *module, size_t module_size,
                                                        epsilon_module_t *instance);

/* ---- Options ------------------------------------------------------------------------------- */

/* Makes options for instantiation, with nothing given. */
EPSILON_API epsilon_error_t *epsilon_options_new(epsilon_options_t **out);

/* Deletes options; NULL does nothing. */
EPSILON_API void epsilon_options_delete(epsilon_options_t *options);

/* Replaces the runtime's cap on memory pages for the memories that the instance makes. Here 0 is no
 * cap at all: memories without a declared maximum may grow to 65536 pages too. At most 65536.
 * Default: the runtime's cap. */
EPSILON_API epsilon_error_t *epsilon_options_set_max_memory_pages(epsilon_options_t *options,
                                                                  uint64_t pages);

/* How long the start function may run, in milliseconds of wall-clock time. 0, the default, means
 * what the runtime's configuration says, UINT64_MAX no limit whatever that is. */
EPSILON_API epsilon_error_t *epsilon_options_set_timeout_ms(epsilon_options_t *options,
                                                            uint64_t timeout_ms);

/* How much fuel the start function may use, as for epsilon_func_call_metered. Default: UINT64_MAX,
 * no limit of its own. */
EPSILON_API epsilon_error_t *epsilon_options_set_fuel(epsilon_options_t *options, uint64_t fuel);

/* ---- Module (instance) --------------------------------------------------------------------- */

/* Instantiates a compiled module: binds its imports by name, makes its functions, tables, memories
 * and globals, writes its active segments and runs its start function. imports and options may be
 * NULL. Errors: link (one error that lists every missing or unfitting import), limit, no-memory,
 * and whatever the start function or a segment ends with: trap, timeout, exit, host...
 * What such a program wrote into imported objects before it stopped stays written. Spec: Embedding,
 * module_instantiate; 4.5.4. */
EPSILON_API epsilon_error_t *epsilon_module_new(epsilon_runtime_t *runtime,
                                                const epsilon_compiled_t *compiled,
                                                const epsilon_imports_t *imports,
                                                const epsilon_options_t *options,
                                                epsilon_module_t **out);

/* Gives up this handle; NULL does nothing. The instance is released when nothing refers to it any
 * more, at the latest with its runtime. Any thread. */
EPSILON_API void epsilon_module_delete(epsilon_module_t *module);

/* Gives a handle to the instance's runtime. Any thread. */
EPSILON_API epsilon_error_t *epsilon_module_runtime(const epsilon_module_t *module,
                                                    epsilon_runtime_t **out);

/* Gives a handle to the instance's compiled module, which lists its exports. Any thread. */
EPSILON_API epsilon_error_t *epsilon_module_compiled(const epsilon_module_t *module,
                                                     epsilon_compiled_t **out);

/* Gives a handle to the exported function of this name. No export of this name, or one of another
 * kind, is an error of kind misuse that says so. Spec: Embedding, instance_export. */
EPSILON_API epsilon_error_t *epsilon_module_export_func(epsilon_module_t *module, const char *name,
                                                        size_t name_size, epsilon_func_t **out);

/* Gives a handle to the exported table of this name, as epsilon_module_export_func. */
EPSILON_API epsilon_error_t *epsilon_module_export_table(epsilon_module_t *module, const char *name,
                                                         size_t name_size, epsilon_table_t **out);

/* Gives a handle to the exported memory of this name, as epsilon_module_export_func. */
EPSILON_API epsilon_error_t *epsilon_module_export_memory(epsilon_module_t *module,
                                                          const char *name, size_t name_size,
                                                          epsilon_memory_t **out);

/* Gives a handle to the exported global of this name, as epsilon_module_export_func. */
EPSILON_API epsilon_error_t *epsilon_module_export_global(epsilon_module_t *module,
                                                          const char *name, size_t name_size,
                                                          epsilon_global_t **out);

/* ---- Func ---------------------------------------------------------------------------------- */

/* A host function. It reads nargs arguments and writes nresults results (both as its type says; the
 * results are zero before), and returns NULL, or an error that it gives away: the program stops and
 * the outer call returns that error, with the program's frames added. caller and the arrays are
 * only good during the call. It runs on the thread that called into the runtime, may call into the
 * runtime again, and must return: it must not be left by an exception or a jump. A thread that ends
 * in it (pthread_exit) is held there for ever.
 *
 * Calls made in host functions nest as deep as the thread's native stack allows; on a stack that is
 * not the thread's own, such as a coroutine's, 64 deep. Beyond that they trap with "call stack
 * exhausted". */
typedef epsilon_error_t *(*epsilon_func_callback_t)(void *env, epsilon_caller_t *caller,
                                                    const epsilon_value_t *args, size_t nargs,
                                                    epsilon_value_t *results, size_t nresults);

/* Makes a function that calls the embedder. The types are copied: at most 1000 parameters and 1000
 * results, otherwise kind limit. env is passed to every call. The finalizer (optional) gets env
 * exactly once: when neither a handle nor the program can reach the function any more, or before
 * this returns if it fails. Spec: Embedding, func_alloc. */
EPSILON_API epsilon_error_t *epsilon_func_new(epsilon_runtime_t *runtime,
                                              const epsilon_valtype_t *params, size_t nparams,
                                              const epsilon_valtype_t *results, size_t nresults,
                                              epsilon_func_callback_t callback, void *env,
                                              epsilon_finalizer_t finalizer, epsilon_func_t **out);

/* A host function with one array for its arguments and results, which has room for the more of the
 * two: it reads the arguments from it and writes the results over them, the first at values[0].
 * Otherwise as epsilon_func_callback_t. With so few parameters it is the one to use where each
 * costs time, as through a foreign function interface. */
typedef epsilon_error_t *(*epsilon_func_callback_in_place_t)(void *env, epsilon_value_t *values);

/* As epsilon_func_new, with a callback of the other form. */
EPSILON_API epsilon_error_t *epsilon_func_new_in_place(
    epsilon_runtime_t *runtime, const epsilon_valtype_t *params, size_t nparams,
    const epsilon_valtype_t *results, size_t nresults, epsilon_func_callback_in_place_t callback,
    void *env, epsilon_finalizer_t finalizer, epsilon_func_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_func_delete(epsilon_func_t *func);

/* The function's type, borrowed. Any thread. Spec: Embedding, func_type. */
EPSILON_API const epsilon_type_t *epsilon_func_type(const epsilon_func_t *func);

/* The function's name, from the name section or else from an export; NULL and 0 if it has none.
 * Borrowed. size is optional. Any thread. */
EPSILON_API const char *epsilon_func_name(const epsilon_func_t *func, size_t *size);

/* The function's index in the module that defines it. False, and 0, for a host function. Any
 * thread. */
EPSILON_API bool epsilon_func_index(const epsilon_func_t *func, uint32_t *index);

/* The function's reference, to put into values; equal for all handles of one function. It is good
 * as long as a handle or the program holds the function. 0 for NULL. Any thread. */
EPSILON_API uint64_t epsilon_func_ref(const epsilon_func_t *func);

/* Calls the function. args holds nargs values and results takes nresults; both counts must be those
 * of its type. timeout_ms is wall-clock time in milliseconds: 0 means what the runtime's
 * configuration says, UINT64_MAX none whatever that is; within a call that has a deadline of its
 * own the nearer one holds. The program is stopped wherever it is, between two instructions or in
 * the middle of one that works on a long range (what it has written stays); a host function is not
 * stopped, but its program when it returns. Results are zero on failure. Errors: trap, fuel,
 * timeout, interrupted, exit, host, no-memory, and misuse for wrong counts and bad references.
 * After an error everything stays usable. args and results may be the same array. Spec: Embedding,
 * func_invoke; 4.5.5. */
EPSILON_API epsilon_error_t *epsilon_func_call(epsilon_func_t *func, const epsilon_value_t *args,
                                               size_t nargs, uint64_t timeout_ms,
                                               epsilon_value_t *results, size_t nresults);

/* As epsilon_func_call, with a limit on the fuel that the call, and the calls inside it, may use;
 * UINT64_MAX is none. The smallest holds of this limit, those of outer calls and the runtime's
 * pool, which the call's fuel is taken from too. Beyond it: kind fuel. A limit in a runtime that
 * does not meter is an error of kind misuse. epsilon_runtime_last_call_usage tells what was used.
 */
EPSILON_API epsilon_error_t *epsilon_func_call_metered(epsilon_func_t *func,
                                                       const epsilon_value_t *args, size_t nargs,
                                                       uint64_t timeout_ms, uint64_t fuel,
                                                       epsilon_value_t *results, size_t nresults);

/* Gives a handle to the runtime that the host function was called in. Only during the call. */
EPSILON_API epsilon_error_t *epsilon_caller_runtime(epsilon_caller_t *caller,
                                                    epsilon_runtime_t **out);

/* Gives a handle to the instance whose code called the host function; NULL, without an error, if
 * the embedder called it directly. Only during the call. */
EPSILON_API epsilon_error_t *epsilon_caller_module(epsilon_caller_t *caller,
                                                   epsilon_module_t **out);

/* The bytes of memory `index` of the instance whose code called the host function, and their count;
 * it makes no handle, for functions that are called often. NULL and 0 if there is no such memory.
 * data is good until the host function returns, calls WebAssembly, or grows the memory. */
EPSILON_API epsilon_error_t *epsilon_caller_memory(epsilon_caller_t *caller, uint32_t index,
                                                   uint8_t **data, uint64_t *size);

/* ---- Call ---------------------------------------------------------------------------------- */

/* Prepares calls of a function that is called often: with an array for its values, so that a call
 * takes no more than this handle. It holds the function. */
EPSILON_API epsilon_error_t *epsilon_call_new(epsilon_func_t *func, epsilon_call_t **out);

/* Gives up this handle; NULL does nothing. Any thread, also while a call of it runs. */
EPSILON_API void epsilon_call_delete(epsilon_call_t *call);

/* The array: the arguments are written to it before a call, the results are in it after one, both
 * from values[0] on. It has room for the more of the two. Borrowed: good until the handle is
 * deleted. Any thread. */
EPSILON_API epsilon_value_t *epsilon_call_values(epsilon_call_t *call);

/* Calls the function, as epsilon_func_call with timeout_ms 0. The values are read before it begins
 * and written when it ends; after an error they are as they were. */
EPSILON_API epsilon_error_t *epsilon_call_run(epsilon_call_t *call);

/* As epsilon_call_run, with limits as for epsilon_func_call_metered. */
EPSILON_API epsilon_error_t *epsilon_call_run_metered(epsilon_call_t *call, uint64_t timeout_ms,
                                                      uint64_t fuel);

/* Calls a function whose parameters are integers, as many as the name says, and whose result is one
 * i32 or none: the same as epsilon_call_run, but the values are passed in the call itself and the
 * array is not used, so that one handle serves calls within each other. For those to whom each
 * foreign call is dear. An i32 may be given in its signed or its unsigned range.
 *
 * Returns the result, signed, or 0 if there is none; INT64_MAX, and nothing was called, if an
 * argument is outside its type; anything else above INT32_MAX is 0x4000000000000000 plus the
 * address of an epsilon_error_t, the caller's. A function of another type is an error of kind
 * misuse. */
EPSILON_API int64_t epsilon_call_ints_0(epsilon_call_t *call);
EPSILON_API int64_t epsilon_call_ints_1(epsilon_call_t *call, int64_t a);
EPSILON_API int64_t epsilon_call_ints_2(epsilon_call_t *call, int64_t a, int64_t b);
EPSILON_API int64_t epsilon_call_ints_3(epsilon_call_t *call, int64_t a, int64_t b, int64_t c);
EPSILON_API int64_t epsilon_call_ints_4(epsilon_call_t *call, int64_t a, int64_t b, int64_t c,
                                        int64_t d);

/* ---- Memory -------------------------------------------------------------------------------- */

/* Makes a memory of `minimum` pages of 65536 bytes, zeroed, that may grow to `maximum` pages if
 * has_maximum, otherwise without a declared maximum. The runtime's caps hold. Errors: misuse (a
 * maximum below the minimum or above 65536), limit, no-memory. Spec: Embedding, mem_alloc. */
EPSILON_API epsilon_error_t *epsilon_memory_new(epsilon_runtime_t *runtime, uint64_t minimum,
                                                bool has_maximum, uint64_t maximum,
                                                epsilon_memory_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_memory_delete(epsilon_memory_t *memory);

/* A number that all handles of this memory share, and no other memory has while one of them
 * lives: handles of one runtime are to the same memory if it is equal. 0 for NULL. Any thread. */
EPSILON_API uint64_t epsilon_memory_id(const epsilon_memory_t *memory);

/* The current size in pages of 65536 bytes. Any thread. Spec: Embedding, mem_size. */
EPSILON_API uint64_t epsilon_memory_size(const epsilon_memory_t *memory);

/* The current size in bytes. Any thread. */
EPSILON_API uint64_t epsilon_memory_byte_size(const epsilon_memory_t *memory);

/* The declared maximum in pages. False, and 0, if none is declared. Any thread. Spec: Embedding,
 * mem_type. */
EPSILON_API bool epsilon_memory_maximum(const epsilon_memory_t *memory, uint64_t *maximum);

/* The memory's first byte; epsilon_memory_byte_size bytes are good. NULL where there is no memory
 * for the bookkeeping, and while another thread is inside the runtime. A growth never takes bytes
 * away: the pointer stays good, for the size it was got with, until this handle is deleted. But a
 * memory without reserved address space (epsilon_memory_is_reserved) may move when it grows, and
 * then an older pointer no longer shows what the program sees: get it again after calls. Reading or
 * writing through it while the program runs on another thread is a data race. */
EPSILON_API uint8_t *epsilon_memory_data(epsilon_memory_t *memory);

/* Whether the memory's address space is reserved, so that it never moves. Any thread. */
EPSILON_API bool epsilon_memory_is_reserved(const epsilon_memory_t *memory);

/* Copies `size` bytes at `offset` of the memory to `data`. A range that is not inside the memory is
 * an error of kind misuse, and nothing is copied. Spec: Embedding, mem_read. */
EPSILON_API epsilon_error_t *epsilon_memory_read(const epsilon_memory_t *memory, uint64_t offset,
                                                 void *data, size_t size);

/* Copies `size` bytes at `data` to `offset` of the memory. A range that is not inside the memory is
 * an error of kind misuse, and nothing is copied. Spec: Embedding, mem_write. */
EPSILON_API epsilon_error_t *epsilon_memory_write(epsilon_memory_t *memory, uint64_t offset,
                                                  const void *data, size_t size);

/* Grows the memory by `delta` pages. previous (optional) gets the size before, in pages. Beyond its
 * maximum or a cap: limit; refused by the system: no-memory. Spec: Embedding, mem_grow. */
EPSILON_API epsilon_error_t *epsilon_memory_grow(epsilon_memory_t *memory, uint64_t delta,
                                                 uint64_t *previous);

/* ---- Memory pool --------------------------------------------------------------------------- */

/* Address ranges of memories with reserved address space (epsilon_memory_is_reserved) are kept when
 * the memory and all handles to it are gone, and serve the next memory of the process, in any
 * runtime: its instance then costs a tenth. Such a range reads as zero, whatever was in it; of a
 * memory of less than 2 MiB up to 64 KiB of pages that it had touched stay resident, of a larger
 * one none, beside some 40 KiB of the system's tables; ranges of which more than 16 MiB were used
 * are not kept. So the whole pool is bounded by its limit: of 32 ranges, 2 MiB of pages (and 192
 * GiB of address space). Where the process's address space is limited (RLIMIT_AS) no new ranges are
 * kept, and all are given back when the system refuses the library memory. */

/* Gives all ranges that are kept back to the system; returns how many there were. Any thread. */
EPSILON_API size_t epsilon_pool_trim(void);

/* How many ranges may be kept from now on, in the whole process; 0 switches the pool off. What is
 * kept beyond is given back at once. Default: 32. Any thread. */
EPSILON_API void epsilon_pool_set_limit(size_t ranges);

/* How many ranges are kept now. Any thread. */
EPSILON_API size_t epsilon_pool_size(void);

/* ---- Table --------------------------------------------------------------------------------- */

/* Makes a table of `minimum` elements of a reference type, each `init` (0 for null), that may grow
 * to `maximum` elements if has_maximum. The runtime's caps hold. Errors: misuse (not a reference
 * type, a bad reference, a maximum below the minimum or above 4294967295), limit, no-memory. Spec:
 * Embedding, table_alloc. */
EPSILON_API epsilon_error_t *epsilon_table_new(epsilon_runtime_t *runtime,
                                               epsilon_valtype_t element, uint64_t minimum,
                                               bool has_maximum, uint64_t maximum, uint64_t init,
                                               epsilon_table_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_table_delete(epsilon_table_t *table);

/* A number that all handles of this table share, and no other table has while one of them
 * lives: handles of one runtime are to the same table if it is equal. 0 for NULL. Any thread. */
EPSILON_API uint64_t epsilon_table_id(const epsilon_table_t *table);

/* The type of the elements. Any thread. Spec: Embedding, table_type. */
EPSILON_API epsilon_valtype_t epsilon_table_element(const epsilon_table_t *table);

/* The current size in elements. Any thread. Spec: Embedding, table_size. */
EPSILON_API uint64_t epsilon_table_size(const epsilon_table_t *table);

/* The declared maximum in elements. False, and 0, if none is declared. Any thread. Spec: Embedding,
 * table_type. */
EPSILON_API bool epsilon_table_maximum(const epsilon_table_t *table, uint64_t *maximum);

/* Reads the reference at `index`. An index outside the table is an error of kind misuse. Spec:
 * Embedding, table_read. */
EPSILON_API epsilon_error_t *epsilon_table_get(const epsilon_table_t *table, uint64_t index,
                                               uint64_t *ref);

/* Writes the reference at `index`. An index outside the table, or a reference that is not of the
 * element type, is an error of kind misuse. Spec: Embedding, table_write. */
EPSILON_API epsilon_error_t *epsilon_table_set(epsilon_table_t *table, uint64_t index,
                                               uint64_t ref);

/* Grows the table by `delta` elements, each `init`. previous (optional) gets the size before.
 * Beyond its maximum or a cap: limit; refused by the system: no-memory. Spec: Embedding,
 * table_grow. */
EPSILON_API epsilon_error_t *epsilon_table_grow(epsilon_table_t *table, uint64_t delta,
                                                uint64_t init, uint64_t *previous);

/* ---- Global -------------------------------------------------------------------------------- */

/* Makes a global with this content type, mutability and first value. Errors: misuse (an unknown
 * type, a bad reference), no-memory. Spec: Embedding, global_alloc. */
EPSILON_API epsilon_error_t *epsilon_global_new(epsilon_runtime_t *runtime, epsilon_valtype_t type,
                                                bool is_mutable, const epsilon_value_t *value,
                                                epsilon_global_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_global_delete(epsilon_global_t *global);

/* A number that all handles of this global share, and no other global has while one of them
 * lives: handles of one runtime are to the same global if it is equal. 0 for NULL. Any thread. */
EPSILON_API uint64_t epsilon_global_id(const epsilon_global_t *global);

/* The type of the content. Any thread. Spec: Embedding, global_type. */
EPSILON_API epsilon_valtype_t epsilon_global_content(const epsilon_global_t *global);

/* Whether the global can be set. Any thread. Spec: Embedding, global_type. */
EPSILON_API bool epsilon_global_mutable(const epsilon_global_t *global);

/* Reads the global; the bytes of `value` beyond its type are zero. Spec: Embedding, global_read. */
EPSILON_API epsilon_error_t *epsilon_global_get(const epsilon_global_t *global,
                                                epsilon_value_t *value);

/* Writes the global. An immutable one, or a bad reference, is an error of kind misuse. Spec:
 * Embedding, global_write. */
EPSILON_API epsilon_error_t *epsilon_global_set(epsilon_global_t *global,
                                                const epsilon_value_t *value);

/* ---- Externref ----------------------------------------------------------------------------- */

/* Makes a reference that stands for an object of the embedder's. data is never looked at. The
 * finalizer (optional) gets data exactly once: when neither a handle nor the program can reach the
 * reference any more, at the latest with the runtime, or before this returns if it fails. Spec:
 * Embedding, ref_type; 4.2.1 (external references). */
EPSILON_API epsilon_error_t *epsilon_externref_new(epsilon_runtime_t *runtime, void *data,
                                                   epsilon_finalizer_t finalizer,
                                                   epsilon_externref_t **out);

/* Gives up this handle; NULL does nothing. Any thread. */
EPSILON_API void epsilon_externref_delete(epsilon_externref_t *externref);

/* The reference, to put into values. It is good as long as a handle or the program holds it. 0 for
 * NULL. Any thread. */
EPSILON_API uint64_t epsilon_externref_ref(const epsilon_externref_t *externref);

/* The pointer the reference was made with. Any thread. */
EPSILON_API void *epsilon_externref_data(const epsilon_externref_t *externref);

/* ---- WASI ---------------------------------------------------------------------------------- */

/* Makes what WASI preview 1 needs of one program: no arguments, no environment, an empty standard
 * input, outputs that are discarded, and no files. docs/wasi.md says what a program then can do. It
 * serves one runtime at a time (otherwise: misuse), with any number of its instances, and may be
 * set up further between calls. */
EPSILON_API epsilon_error_t *epsilon_wasi_new(epsilon_wasi_t **out);

/* Gives up this handle; NULL does nothing. What it stands for lives as long as imports or instances
 * use it; then its files are closed. Any thread. */
EPSILON_API void epsilon_wasi_delete(epsilon_wasi_t *wasi);

/* Sets a limit. What the program asks for beyond it fails for the program, with an errno. */
EPSILON_API epsilon_error_t *epsilon_wasi_set_limit(epsilon_wasi_t *wasi,
                                                    epsilon_wasi_limit_t limit, uint64_t value);

/* The value that a limit has now; that of a new epsilon_wasi_t is the default. */
EPSILON_API epsilon_error_t *epsilon_wasi_limit(const epsilon_wasi_t *wasi,
                                                epsilon_wasi_limit_t limit, uint64_t *value);

/* Adds an argument; the first is the program's name. A NUL byte in it is an error of kind misuse,
 * as in all texts for WASI. */
EPSILON_API epsilon_error_t *epsilon_wasi_add_arg(epsilon_wasi_t *wasi, const char *arg,
                                                  size_t size);

/* Adds a variable to the environment. The name is not empty and has no '='. */
EPSILON_API epsilon_error_t *epsilon_wasi_add_env(epsilon_wasi_t *wasi, const char *name,
                                                  size_t name_size, const char *value,
                                                  size_t value_size);

/* Standard input is a copy of these bytes. */
EPSILON_API epsilon_error_t *epsilon_wasi_set_stdin_bytes(epsilon_wasi_t *wasi, const void *data,
                                                          size_t size);

/* Writes 1 to `size` bytes to data, and their number to *count; 0 is the end. An error, which is
 * given away, ends the program as that of a host function does. size is not 0. */
typedef epsilon_error_t *(*epsilon_wasi_read_callback_t)(void *env, uint8_t *data, size_t size,
                                                         size_t *count);

/* Standard input comes from a callback, which runs as a host function does. The finalizer
 * (optional) gets env exactly once: when nothing uses the callback any more, or before this returns
 * if it fails. */
EPSILON_API epsilon_error_t *epsilon_wasi_set_stdin_callback(epsilon_wasi_t *wasi,
                                                             epsilon_wasi_read_callback_t callback,
                                                             void *env,
                                                             epsilon_finalizer_t finalizer);

/* Takes all `size` bytes of data, which are not 0; otherwise as epsilon_wasi_read_callback_t. */
typedef epsilon_error_t *(*epsilon_wasi_write_callback_t)(void *env, const uint8_t *data,
                                                          size_t size);

/* What is written to the stream goes to a callback, as epsilon_wasi_set_stdin_callback. A NULL
 * callback discards it. */
EPSILON_API epsilon_error_t *epsilon_wasi_set_output_callback(
    epsilon_wasi_t *wasi, epsilon_wasi_stream_t stream, epsilon_wasi_write_callback_t callback,
    void *env, epsilon_finalizer_t finalizer);

/* What is written to the stream is kept, for epsilon_wasi_output. */
EPSILON_API epsilon_error_t *epsilon_wasi_set_output_capture(epsilon_wasi_t *wasi,
                                                             epsilon_wasi_stream_t stream);

/* What the captured stream has got until now: a copy, borrowed until the next call of this function
 * for the stream. If `truncated` (optional) is true, the limit has kept bytes out. */
EPSILON_API epsilon_error_t *epsilon_wasi_output(epsilon_wasi_t *wasi, epsilon_wasi_stream_t stream,
                                                 const uint8_t **data, size_t *size,
                                                 bool *truncated);

/* The stream is this descriptor of the process (0, 1, 2 to inherit its own), or rather a copy: the
 * descriptor stays the caller's. Control characters that the program writes to a terminal, but tabs
 * and ends of lines, are replaced by U+FFFD unless allow_escapes is true. */
EPSILON_API epsilon_error_t *epsilon_wasi_set_stream_fd(epsilon_wasi_t *wasi,
                                                        epsilon_wasi_stream_t stream, int32_t fd,
                                                        bool allow_escapes);

/* Gives the program a directory of the host, under the path `guest`, and nothing outside of it.
 * With read_only nothing in it can be changed by the program. Errors: misuse (no such directory, a
 * guest path that is taken). Preopened things get the descriptors from 3 on. */
EPSILON_API epsilon_error_t *epsilon_wasi_preopen_dir(epsilon_wasi_t *wasi, const char *host,
                                                      size_t host_size, const char *guest,
                                                      size_t guest_size, bool read_only);

/* Gives the program an empty directory in memory, as epsilon_wasi_preopen_dir. Files are put into
 * it, and read back, by the functions below. */
EPSILON_API epsilon_error_t *epsilon_wasi_preopen_memory(epsilon_wasi_t *wasi, const char *guest,
                                                         size_t guest_size, bool read_only);

/* Gives the program a copy of a socket of the process, listening or connected. */
EPSILON_API epsilon_error_t *epsilon_wasi_preopen_socket(epsilon_wasi_t *wasi, int32_t fd);

/* Makes or replaces a file in memory: path begins with the guest path of a directory in memory;
 * directories on the way are made, and one alone if path ends in '/'. Errors: misuse, limit. */
EPSILON_API epsilon_error_t *epsilon_wasi_file_write(epsilon_wasi_t *wasi, const char *path,
                                                     size_t path_size, const void *data,
                                                     size_t size);

/* The content of a file in memory: borrowed, until the next call that uses wasi or its program. No
 * such file: misuse. Symbolic links are not followed. */
EPSILON_API epsilon_error_t *epsilon_wasi_file_read(epsilon_wasi_t *wasi, const char *path,
                                                    size_t path_size, const uint8_t **data,
                                                    size_t *size);

/* Lists all that is in the directories in memory, and gives the number. Errors: limit (paths of
 * more than 64 MiB in all). */
EPSILON_API epsilon_error_t *epsilon_wasi_file_count(epsilon_wasi_t *wasi, size_t *count);

/* Number `index` of that list, sorted by path: directories end in '/'; links give their target as
 * data. Out-parameters but path are optional. The path is borrowed until the next
 * epsilon_wasi_file_count, data is a copy, until the next call of this function. */
EPSILON_API epsilon_error_t *epsilon_wasi_file(epsilon_wasi_t *wasi, size_t index,
                                               const char **path, size_t *path_size,
                                               const uint8_t **data, size_t *size,
                                               bool *is_symbolic_link);

/* Binds the functions of wasi_snapshot_preview1 and wasi_unstable to wasi, for imports of these
 * names that nothing else is bound to. They work on the export "memory" of whoever calls them; an
 * instance without one traps. proc_exit ends the program with an error of kind exit. */
EPSILON_API epsilon_error_t *epsilon_imports_add_wasi(epsilon_imports_t *imports,
                                                      epsilon_wasi_t *wasi);

/* Runs an instance: _start (a command) or else _initialize (a reactor, whose exports can be called
 * afterwards). status gets what the program gave to proc_exit, or 0. A module with neither export
 * is an error of kind misuse; others as epsilon_func_call_metered. */
EPSILON_API epsilon_error_t *epsilon_wasi_run(epsilon_module_t *module, uint64_t timeout_ms,
                                              uint64_t fuel, int32_t *status);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* EPSILON_H */
