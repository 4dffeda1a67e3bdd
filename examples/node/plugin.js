// SPDX-License-Identifier: Apache-2.0
// Runs plugin.wasm in Epsilon in Node: calls, a host function, memory, errors, a timeout, and a
// program that runs beside the event loop.
//
//   npm install && node plugin.js
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { call, callAsync, check, hostFunction, I32, I64, lib, make, text } from './epsilon.js';

// What the program can look up, by a function of ours. 64-bit integers are BigInts: numbers would
// lose their last digits.
const found = new Map([[1, 1152921504606846976n], [2, 5n]]);
const notFound = new RangeError('nothing by this key'); // anything can be thrown

function lookup(args, results) {
    const value = found.get(koffi.decode(args, 'int32_t'));
    if (value === undefined) throw notFound;
    koffi.encode(results, 'int64_t', value);
}

// ---- A runtime, and an instance of the plugin that imports lookup

const wasm = readFileSync(new URL('../plugin.wasm', import.meta.url));
const runtime = make('runtime_new', null);
const compiled = make('compiled_new', null, wasm, wasm.length);
const imports = make('imports_new');
const [lookupFunc, lookupCallback] = hostFunction(runtime, [I32], [I64], lookup);
check(lib.imports_add_func(imports, ...text('host'), ...text('lookup'), lookupFunc));
const instance = make('module_new', runtime, compiled, imports, null);

const funcs = {};
for (const name of ['add', 'alloc', 'reverse', 'sum_of', 'poke', 'forever'])
    funcs[name] = make('module_export_func', instance, ...text(name));

// The arguments, 16 bytes a value; all functions here take i32s. WebAssembly is little-endian, and
// so are all machines that Node runs on but one.
function i32s(...values) {
    const buffer = Buffer.alloc(16 * values.length);
    values.forEach((value, i) => buffer.writeInt32LE(value, 16 * i));
    return buffer;
}
const none = Buffer.alloc(0), result = Buffer.alloc(16);

// ---- Calls

call(funcs.add, i32s(5, 37), result);
console.log(`add(5, 37) = ${result.readInt32LE()}`);

// ---- Memory: the text goes in by a copy, and is looked at without one

const bytes = Buffer.from('Epsilon');
const memory = make('module_export_memory', instance, ...text('memory'));
call(funcs.alloc, i32s(bytes.length), result);
const address = result.readUInt32LE();
check(lib.memory_write(memory, address, bytes, bytes.length));
call(funcs.reverse, i32s(address, bytes.length), none);
// To be asked for again when the memory has grown, and not to be used after its handle is deleted.
const view = koffi.view(lib.memory_data(memory), Number(lib.memory_byte_size(memory)));
console.log(`reverse: ${Buffer.from(view, address, bytes.length)}`);

// ---- The host function, and its exception

call(funcs.sum_of, i32s(1, 2), result);
console.log(`sum_of(1, 2) = ${result.readBigInt64LE()}`);

try {
    call(funcs.sum_of, i32s(1, 3), result);
} catch (error) {
    console.log(`sum_of(1, 3): ${error.message}; the same object: ${error === notFound}`);
}

// ---- A trap, with the frames of the program, and an endless loop

try {
    call(funcs.poke, i32s(-1), none);
} catch (error) {
    console.log(error.message);
    for (const { name, offset } of error.frames)
        console.log(`    in ${name}, byte 0x${offset.toString(16)}`);
}

try {
    call(funcs.forever, none, none, 50);
} catch (error) {
    console.log(error.message);
}

// ---- On another thread, stopped from this one

const interrupt = make('interrupt_new', runtime);
const timer = setInterval(() => lib.interrupt_raise(interrupt), 20);
try {
    await callAsync(funcs.forever, none, none);
} catch (error) {
    console.log(error.message);
}
clearInterval(timer);

await callAsync(funcs.sum_of, i32s(2, 2), result);
console.log(`sum_of(2, 2) = ${result.readBigInt64LE()}`);

// ---- The end: handles are deleted in any order. The callback goes last, when nothing can call it.

lib.runtime_delete(runtime);
lib.compiled_delete(compiled);
for (const func of Object.values(funcs)) lib.func_delete(func);
lib.func_delete(lookupFunc);
lib.imports_delete(imports);
lib.module_delete(instance);
lib.interrupt_delete(interrupt);
lib.memory_delete(memory);
koffi.unregister(lookupCallback);
console.log('all deleted');
