// SPDX-License-Identifier: Apache-2.0
// The example's binding with many calls, callbacks and exceptions; calls nested beyond what there is,
// and from the function of a call on another thread. Run beside epsilon.js.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { call, callAsync, check, EpsilonError, hostFunction, I32, I64, lib, make, text } from './epsilon.js';

const wasm = readFileSync('../plugin.wasm');
const compiled = make('compiled_new', null, wasm, wasm.length);
const args = Buffer.alloc(32), result = Buffer.alloc(16);

function instantiate(body) {
    const runtime = make('runtime_new', null);
    const imports = make('imports_new');
    const [func, callback] = hostFunction(runtime, [I32], [I64], body);
    check(lib.imports_add_func(imports, ...text('host'), ...text('lookup'), func));
    const instance = make('module_new', runtime, compiled, imports, null);
    const sumOf = make('module_export_func', instance, ...text('sum_of'));
    lib.func_delete(func);
    lib.imports_delete(imports);
    lib.module_delete(instance);
    lib.runtime_delete(runtime);
    return { sumOf, end() { lib.func_delete(sumOf); koffi.unregister(callback); } };
}

const adder = instantiate((given, out) => {
    koffi.encode(out, 'int64_t', koffi.decode(given, 'int32_t'));
});
for (let i = 1; i <= 20000; ++i) {
    args.writeInt32LE(i, 0);
    args.writeInt32LE(-1, 16);
    call(adder.sumOf, args, result);
    assert.equal(result.readBigInt64LE(), BigInt(i - 1));
}
adder.end();

const thrower = instantiate((given) => { throw { key: koffi.decode(given, 'int32_t') }; });
for (let i = 1; i <= 2000; ++i) {
    args.writeInt32LE(i, 0);
    assert.throws(() => call(thrower.sumOf, args, result), { key: i });
}
await assert.rejects(callAsync(thrower.sumOf, args, result), { key: 2000 });
thrower.end();

// Calls in calls: an error before any stack is full, and everything usable after it.
let depth = 0;
const nested = instantiate(() => {
    ++depth;
    call(nested.sumOf, Buffer.alloc(32), Buffer.alloc(16));
});
for (let i = 0; i < 3; ++i) {
    depth = 0;
    assert.throws(() => call(nested.sumOf, args, result), (error) => error instanceof EpsilonError
        && error.message === 'trap: call stack exhausted' && depth > 30);
}
// The worker is inside the runtime, and this thread runs the function.
await assert.rejects(callAsync(nested.sumOf, args, result),
    { message: 'misuse: the runtime is in use by another thread' });
nested.end();
lib.compiled_delete(compiled);
console.log('ok');
