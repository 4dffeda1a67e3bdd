-- SPDX-License-Identifier: Apache-2.0
-- Runs plugin.wasm in LuaJIT: calls, a host function, memory, errors, a timeout.
--
--   luajit plugin.lua
local here = arg[0]:match("^(.*/)") or "./"
package.path = here .. "?.lua;" .. package.path
local ffi = require("ffi")
local epsilon = require("epsilon")
local lib, new, call = epsilon.lib, epsilon.new, epsilon.call

local function read_file(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read("*a")
    file:close()
    return bytes
end

-- What the program can look up, by a function of ours. 64-bit integers are cdata in LuaJIT:
-- numbers would lose their last digits.
local found = { [1] = 1152921504606846976LL, [2] = 5LL }
local not_found = { text = "nothing by this key" } -- any Lua value can be thrown

local function lookup(args, results)
    local value = found[args[0].i32]
    if value == nil then error(not_found, 0) end
    results[0].i64 = value
end

-- ---- A runtime, and an instance of the plugin that imports lookup

local wasm = read_file(here .. "../plugin.wasm")
local runtime = new("runtime", "runtime_new", nil)
local compiled = new("compiled", "compiled_new", nil, wasm, #wasm)
local imports = new("imports", "imports_new")
local lookup_func, lookup_callback = epsilon.host_function(
    runtime, { lib.EPSILON_VALTYPE_I32 }, { lib.EPSILON_VALTYPE_I64 }, lookup)
epsilon.check(lib.epsilon_imports_add_func(imports, "host", 4, "lookup", 6, lookup_func))
local module = new("module", "module_new", runtime, compiled, imports, nil)

local function export(name)
    return new("func", "module_export_func", module, name, #name)
end

-- ---- Calls

local args, results = ffi.new("epsilon_value_t[2]"), ffi.new("epsilon_value_t[2]")
args[0].i32, args[1].i32 = 5, 37
call(export("add"), args, 2, results, 1)
print("add(5, 37) = " .. results[0].i32)

-- ---- Memory: the text goes in by a copy, and is looked at without one

local text = "Epsilon"
local memory = new("memory", "module_export_memory", module, "memory", 6)
args[0].i32 = #text
call(export("alloc"), args, 1, results, 1)
local address = results[0].u32
epsilon.check(lib.epsilon_memory_write(memory, address, text, #text))
args[0].u32, args[1].i32 = address, #text
call(export("reverse"), args, 2, nil, 0)
local bytes = lib.epsilon_memory_data(memory) -- to be asked for again when the memory has grown
print("reverse: " .. ffi.string(bytes + address, #text))

-- ---- The host function, and its error

args[0].i32, args[1].i32 = 1, 2
call(export("sum_of"), args, 2, results, 1)
print("sum_of(1, 2) = " .. tostring(results[0].i64):gsub("LL$", ""))

args[1].i32 = 3
local _, err = pcall(call, export("sum_of"), args, 2, results, 1)
print("sum_of(1, 3): " .. err.text .. "; the same object: " .. tostring(err == not_found))

-- ---- A trap, with the frames of the program, and an endless loop

args[0].i32 = -1
_, err = pcall(call, export("poke"), args, 1, nil, 0)
print(tostring(err))
for _, frame in ipairs(err.frames) do
    print(("    in %s, byte 0x%x"):format(frame.name, frame.offset))
end

_, err = pcall(call, export("forever"), nil, 0, nil, 0, 50)
print(tostring(err))

args[0].i32, args[1].i32 = 20, 22
call(export("add"), args, 2, results, 1)
print("add(20, 22) = " .. results[0].i32)

-- ---- The end: what is forgotten is deleted by the collector, in any order. The callback goes
-- last, when nothing can call it any more.

runtime, compiled, imports, lookup_func, module, memory, export = nil
collectgarbage()
collectgarbage()
lookup_callback:free()
print("all deleted")
