-- SPDX-License-Identifier: Apache-2.0
-- libepsilon for LuaJIT: loads the library, declares what is in epsilon.h, and turns errors of the
-- library into Lua errors, and Lua errors of host functions into errors of the library.
--
-- Handles are deleted by the garbage collector, in whatever order it comes upon them: the library
-- is made for that.
local ffi = require("ffi")

local function installed(variable)
    local pipe = assert(io.popen("pkg-config --variable=" .. variable .. " epsilon"))
    local folder = pipe:read("*l")
    pipe:close()
    return assert(folder, "pkg-config does not know epsilon")
end

-- The whole header, less what epsilon.h says to drop: the C++ parts, other lines that start with
-- '#', and the export marker.
local file = assert(io.open(installed("includedir") .. "/epsilon.h"))
local header = file:read("*a")
file:close()
header = ("\n" .. header):gsub("\n#ifdef __cplusplus.-\n#endif", "\n")
ffi.cdef((header:gsub("\n#[^\n]*", "\n"):gsub("EPSILON_API", "")))

local epsilon = { lib = ffi.load(installed("libdir") .. "/libepsilon.so"), header = header }
local lib = epsilon.lib

-- Lua values that host functions threw, by the number that stands for them in the library's errors.
-- A number, since a C pointer to a Lua value cannot be had.
local thrown, thrown_count = {}, 0

-- What check throws: the error's parts as Lua values.
local Error = {}
Error.__tostring = function(self) return self.kind .. ": " .. self.message end

-- Deletes the error of a failed call, and throws it; a Lua value that a host function threw comes
-- out as it was.
function epsilon.check(err)
    if err == nil then return end -- a NULL pointer equals nil, but is not false
    if lib.epsilon_error_kind(err) == lib.EPSILON_ERROR_HOST then
        local id = tonumber(ffi.cast("intptr_t", lib.epsilon_error_host_data(err)))
        local value = thrown[id]
        thrown[id] = nil
        lib.epsilon_error_delete(err)
        error(value, 0)
    end
    local frames, name, offset = {}, ffi.new("const char *[1]"), ffi.new("uint64_t[1]")
    for i = 0, tonumber(lib.epsilon_error_frame_count(err)) - 1 do
        lib.epsilon_error_frame(err, i, nil, name, nil, nil, nil, offset)
        frames[i + 1] = {
            name = name[0] ~= nil and ffi.string(name[0]) or "?",
            offset = tonumber(offset[0]),
        }
    end
    local result = setmetatable({
        kind = ffi.string(lib.epsilon_error_kind_name(lib.epsilon_error_kind(err))),
        message = ffi.string(lib.epsilon_error_message(err, nil)),
        frames = frames,
    }, Error)
    lib.epsilon_error_delete(err)
    error(result, 0)
end

-- Calls the function of the library called epsilon_NAME with the arguments and, last, an
-- out-parameter for a handle TYPE; returns that handle.
--
-- LuaJIT must not compile a call into C that can call back into Lua: so it is not let near this
-- function, nor epsilon.call.
function epsilon.new(type, name, ...)
    local out = ffi.new("epsilon_" .. type .. "_t *[1]")
    local count = select("#", ...)
    local args = { ... } -- with holes where a NULL is meant
    args[count + 1] = out
    epsilon.check(lib["epsilon_" .. name](unpack(args, 1, count + 1)))
    return ffi.gc(out[0], lib["epsilon_" .. type .. "_delete"])
end
jit.off(epsilon.new)

-- Calls a function. args and results are arrays of epsilon_value_t.
function epsilon.call(func, args, nargs, results, nresults, timeout_ms)
    epsilon.check(lib.epsilon_func_call(func, args, nargs, timeout_ms or 0, results, nresults))
end
jit.off(epsilon.call)

-- The error of the library that stands for a Lua value.
local function fail(value)
    thrown_count = thrown_count + 1
    thrown[thrown_count] = value
    local text = "a Lua error" -- for other embedders: check throws the value itself
    return lib.epsilon_error_new_host(text, #text, ffi.cast("void *", thrown_count), nil)
end

local nested, most_nested = 0, 200

-- A host function. `body` gets the arguments and results as arrays of epsilon_value_t, and the
-- caller. No Lua error may pass through C: it is caught, and goes as an error of kind host.
--
-- A program may call a function that calls the program, and so on. Where LuaJIT's own stack gets
-- full by that it ends the process, so it does not come to it.
--
-- Returns the function's handle, and the callback: it takes one of LuaJIT's few hundred slots until
-- its free() is called, after the last use of the function.
function epsilon.host_function(runtime, params, results, body)
    local callback = ffi.cast("epsilon_func_callback_t", function(_, caller, args, _, out, _)
        if nested == most_nested then
            local text = "call stack exhausted"
            return lib.epsilon_error_new(lib.EPSILON_ERROR_TRAP, text, #text)
        end
        nested = nested + 1
        local ok, value = pcall(body, args, out, caller)
        nested = nested - 1
        if not ok then return fail(value) end
        return nil
    end)
    local param_types = ffi.new("epsilon_valtype_t[?]", #params, params)
    local result_types = ffi.new("epsilon_valtype_t[?]", #results, results)
    local func = epsilon.new("func", "func_new", runtime, param_types, #params, result_types,
                             #results, callback, nil, nil)
    return func, callback
end

return epsilon
