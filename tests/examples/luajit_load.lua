-- SPDX-License-Identifier: Apache-2.0
-- Every function of the header can be found; the example's binding with many calls, callbacks, errors
-- and handles left to the collector; calls nested beyond what there is.
--
--   luajit luajit_load.lua EXAMPLES
local examples = arg[1]
package.path = examples .. "/luajit/?.lua;" .. package.path
local ffi = require("ffi")
local epsilon = require("epsilon")
local lib, new, call = epsilon.lib, epsilon.new, epsilon.call

local found = 0
for name in epsilon.header:gmatch("EPSILON_API [^;(]-(epsilon_[%w_]+)%(") do
    assert(lib[name] ~= nil, name)
    found = found + 1
end
assert(found > 100, found)
assert(ffi.sizeof("epsilon_value_t") == 16 and ffi.alignof("epsilon_value_t") == 8)
assert(ffi.sizeof("epsilon_error_kind_t") == 1 and ffi.sizeof("epsilon_valtype_t") == 4)

local file = assert(io.open(examples .. "/plugin.wasm", "rb"))
local wasm = file:read("*a")
file:close()
local args, results = ffi.new("epsilon_value_t[2]"), ffi.new("epsilon_value_t[1]")
local compiled = new("compiled", "compiled_new", nil, wasm, #wasm)

local function instantiate(body)
    local runtime = new("runtime", "runtime_new", nil)
    local imports = new("imports", "imports_new")
    local func, callback = epsilon.host_function(
        runtime, { lib.EPSILON_VALTYPE_I32 }, { lib.EPSILON_VALTYPE_I64 }, body)
    epsilon.check(lib.epsilon_imports_add_func(imports, "host", 4, "lookup", 6, func))
    local module = new("module", "module_new", runtime, compiled, imports, nil)
    return new("func", "module_export_func", module, "sum_of", 6), callback
end

-- Compiled traces may not call back; garbage is made on the way.
local sum_of, callback = instantiate(function(given, out)
    local garbage = { tostring(given[0].i32) }
    out[0].i64 = given[0].i32 + #garbage - 1
end)
for i = 1, 20000 do
    args[0].i32, args[1].i32 = i, -1
    call(sum_of, args, 2, results, 1)
    assert(results[0].i64 == i - 1)
end

-- Errors that are passed through, one after another.
local thrower, thrower_callback = instantiate(function(given) error({ key = given[0].i32 }) end)
for i = 1, 2000 do
    args[0].i32 = i
    local ok, err = pcall(call, thrower, args, 2, results, 1)
    assert(not ok and err.key == i)
end

-- Calls in calls: an error before anybody's stack is full, and everything usable after it.
local recurse, depth = nil, 0
local nested, nested_callback = instantiate(function()
    local inner = ffi.new("epsilon_value_t[2]")
    depth = depth + 1
    call(recurse, inner, 2, inner, 1)
end)
recurse = nested
for _ = 1, 3 do
    depth = 0
    local ok, err = pcall(call, nested, args, 2, results, 1)
    assert(not ok and tostring(err) == "trap: call stack exhausted", tostring(err))
    assert(depth > 30, depth)
end

-- Worlds that are only forgotten.
for _ = 1, 100 do
    local _, forgotten = instantiate(function() end)
    collectgarbage()
    collectgarbage()
    forgotten:free()
end
callback:free()
thrower_callback:free()
nested_callback:free()
print(found .. " functions, ok")
