// SPDX-License-Identifier: Apache-2.0
// libepsilon for Node, by koffi: declares the functions of epsilon.h that plugin.js needs, turns
// errors of the library into exceptions, and exceptions of host functions into errors of the library.
import { execFileSync } from 'node:child_process';
import koffi from 'koffi';

const libdir = execFileSync('pkg-config', ['--variable=libdir', 'epsilon'], { encoding: 'utf8' });
const library = koffi.load(`${libdir.trim()}/libepsilon.so`);

// Handles are pointers, which are BigInts here. The names of their types are for readers: koffi does
// not notice a memory where a module belongs, which a class for each noun would. An array of
// epsilon_value_t is a Buffer of 16 bytes a value.
for (const noun of ['error', 'runtime', 'interrupt', 'compiled', 'imports', 'module', 'func', 'memory'])
    koffi.opaque(`epsilon_${noun}_t`);
const Callback = koffi.proto(`epsilon_error_t *epsilon_func_callback_t(void *env, void *caller,
    const uint8_t *args, size_t nargs, uint8_t *results, size_t nresults)`);

export const lib = {};
for (const prototype of [
    'uint8_t epsilon_error_kind(const epsilon_error_t *error)',
    'const char *epsilon_error_kind_name(uint8_t kind)',
    'const char *epsilon_error_message(const epsilon_error_t *error, void *size)',
    'intptr_t epsilon_error_host_data(const epsilon_error_t *error)',
    'size_t epsilon_error_frame_count(const epsilon_error_t *error)',
    `bool epsilon_error_frame(const epsilon_error_t *error, size_t index, void *func_index,
        _Out_ const char **func_name, void *func_name_size, void *module_name,
        void *module_name_size, _Out_ uint64_t *offset)`,
    `epsilon_error_t *epsilon_error_new_host(const char *message, size_t message_size,
        intptr_t data, void *finalizer)`,
    'epsilon_error_t *epsilon_runtime_new(const void *config, _Out_ epsilon_runtime_t **out)',
    `epsilon_error_t *epsilon_interrupt_new(epsilon_runtime_t *runtime,
        _Out_ epsilon_interrupt_t **out)`,
    'void epsilon_interrupt_raise(const epsilon_interrupt_t *interrupt)',
    `epsilon_error_t *epsilon_compiled_new(const void *config, const uint8_t *bytes, size_t size,
        _Out_ epsilon_compiled_t **out)`,
    'epsilon_error_t *epsilon_imports_new(_Out_ epsilon_imports_t **out)',
    `epsilon_error_t *epsilon_imports_add_func(epsilon_imports_t *imports, const char *module,
        size_t module_size, const char *name, size_t name_size, epsilon_func_t *func)`,
    `epsilon_error_t *epsilon_module_new(epsilon_runtime_t *runtime,
        const epsilon_compiled_t *compiled, const epsilon_imports_t *imports, const void *options,
        _Out_ epsilon_module_t **out)`,
    `epsilon_error_t *epsilon_module_export_func(epsilon_module_t *module, const char *name,
        size_t name_size, _Out_ epsilon_func_t **out)`,
    `epsilon_error_t *epsilon_module_export_memory(epsilon_module_t *module, const char *name,
        size_t name_size, _Out_ epsilon_memory_t **out)`,
    `epsilon_error_t *epsilon_func_new(epsilon_runtime_t *runtime, const uint32_t *params,
        size_t nparams, const uint32_t *results, size_t nresults, epsilon_func_callback_t *callback,
        void *env, void *finalizer, _Out_ epsilon_func_t **out)`,
    `epsilon_error_t *epsilon_func_call(epsilon_func_t *func, const uint8_t *args, size_t nargs,
        uint64_t timeout_ms, uint8_t *results, size_t nresults)`,
    'uint64_t epsilon_memory_byte_size(const epsilon_memory_t *memory)',
    'uint8_t *epsilon_memory_data(epsilon_memory_t *memory)',
    `epsilon_error_t *epsilon_memory_write(epsilon_memory_t *memory, uint64_t offset,
        const uint8_t *data, size_t size)`,
    'void epsilon_error_delete(epsilon_error_t *error)',
    'void epsilon_runtime_delete(epsilon_runtime_t *runtime)',
    'void epsilon_interrupt_delete(epsilon_interrupt_t *interrupt)',
    'void epsilon_compiled_delete(epsilon_compiled_t *compiled)',
    'void epsilon_imports_delete(epsilon_imports_t *imports)',
    'void epsilon_module_delete(epsilon_module_t *module)',
    'void epsilon_func_delete(epsilon_func_t *func)',
    'void epsilon_memory_delete(epsilon_memory_t *memory)',
]) {
    const [, name] = prototype.match(/epsilon_(\w+)\(/);
    lib[name] = library.func(prototype);
}

export const I32 = 0x7f, I64 = 0x7e; // EPSILON_VALTYPE_*
const ERROR_HOST = 13;

export class EpsilonError extends Error {
    constructor(kind, message, frames) {
        super(`${kind}: ${message}`);
        this.kind = kind;
        this.frames = frames;
    }
}

// What host functions threw, by the number that stands for it in the library's errors.
const thrown = new Map();
let thrownCount = 0;

// Deletes the error of a failed call and throws it; what a host function threw comes out as it was.
export function check(error) {
    if (error === null) return;
    try {
        const kind = lib.error_kind(error);
        if (kind === ERROR_HOST) {
            const id = Number(lib.error_host_data(error));
            const exception = thrown.get(id);
            thrown.delete(id);
            throw exception;
        }
        const frames = [];
        for (let i = 0; i < lib.error_frame_count(error); ++i) {
            const name = [null], offset = [0];
            lib.error_frame(error, i, null, name, null, null, null, offset);
            frames.push({ name: name[0] ?? '?', offset: Number(offset[0]) });
        }
        throw new EpsilonError(lib.error_kind_name(kind), lib.error_message(error, null), frames);
    } finally {
        lib.error_delete(error);
    }
}

// Calls a function of the library whose last parameter is for a new handle; returns the handle.
export function make(name, ...args) {
    const out = [null];
    check(lib[name](...args, out));
    return out[0];
}

// A text as the two arguments pointer and size, which counts bytes and not UTF-16 units.
export const text = (string) => [string, Buffer.byteLength(string)];

// Calls a function: args and results are Buffers of 16 bytes a value.
export function call(func, args, results, timeoutMs = 0) {
    check(lib.func_call(func, args, args.length / 16, timeoutMs, results, results.length / 16));
}

// The same on another thread, while this one goes on. Until it has ended nobody else may use the
// runtime, but for an interrupt. koffi runs host functions on this thread all the same: they cannot
// call back into the runtime then.
export function callAsync(func, args, results, timeoutMs = 0) {
    return new Promise((resolve, reject) => {
        lib.func_call.async(func, args, args.length / 16, timeoutMs, results, results.length / 16,
            (failure, error) => {
                try {
                    if (failure) throw failure;
                    resolve(check(error));
                } catch (exception) {
                    reject(exception);
                }
            });
    });
}

// A host function. `body` gets pointers to the arguments and results, for koffi.decode and encode.
// koffi drops what a callback throws: so it is caught, and goes as an error of kind host.
//
// Returns the function's handle, and the callback, to be given to koffi.unregister after the last
// use of the function. A callback may be called long after func_new: so it has to be registered.
export function hostFunction(runtime, params, results, body) {
    const callback = koffi.register((env, caller, args, nargs, out) => {
        try {
            body(args, out);
            return null;
        } catch (exception) {
            thrown.set(++thrownCount, exception);
            // The text is for other embedders: check throws the exception itself.
            return lib.error_new_host(...text('a JavaScript exception'), thrownCount, null);
        }
    }, koffi.pointer(Callback));
    const func = make('func_new', runtime, params, params.length, results, results.length, callback,
        null, null);
    return [func, callback];
}
