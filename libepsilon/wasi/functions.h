// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <tuple>

#include "wasi/call.h"
#include "wasi/system.h"

// The functions of WASI preview 1, as programs import them: 46 in wasi_snapshot_preview1, those
// that are older than it in wasi_unstable too.
namespace epsilon::wasi {

// One of them. Arguments and result come as values of WebAssembly.
struct Function {
    std::string_view name;
    FunctionType (*type)();
    ErrorPtr (*call)(Call& call, const Value* args, Value* results);
    bool uses_memory;  // has pointers among its arguments
    bool in_unstable;
};

// By what they are about; each in a source of its own.
std::span<const Function> process_functions();
std::span<const Function> descriptor_functions();
std::span<const Function> stream_functions();
std::span<const Function> path_functions();
std::span<const Function> poll_functions();
std::span<const Function> socket_functions();

// Null if there is none of this name.
const Function* find_function(Edition edition, std::string_view name);

// ---- How a function is written: Errno f(Call&, uint32_t, uint64_t, Address, ...).

namespace detail {

template <class T>
constexpr ValueType value_type_of() {
    return sizeof(T) == 8 ? ValueType::i64 : ValueType::i32;
}
template <class T>
T argument(const Value& value) {
    if constexpr (std::is_same_v<T, Address>) {
        return {static_cast<uint32_t>(value.low)};
    } else {
        return static_cast<T>(value.low);
    }
}

template <class... Args>
FunctionType type_of(Errno (*)(Call&, Args...)) {
    return {{value_type_of<Args>()...}, {ValueType::i32}};
}
template <class... Args>
constexpr bool has_address(Errno (*)(Call&, Args...)) {
    return (std::is_same_v<Args, Address> || ...);
}
template <class... Args, size_t... Index>
Errno apply(Errno (*function)(Call&, Args...), Call& call, const Value* args,
            std::index_sequence<Index...>) {
    return function(call, argument<Args>(args[Index])...);
}
template <class... Args>
Errno apply(Errno (*function)(Call&, Args...), Call& call, const Value* args) {
    return apply(function, call, args, std::index_sequence_for<Args...>());
}

}  // namespace detail

template <auto implementation>
constexpr Function make_function(std::string_view name, bool in_unstable = true) {
    return {name, [] { return detail::type_of(implementation); },
            [](Call& call, const Value* args, Value* results) {
                const Errno result = detail::apply(implementation, call, args);
                results[0].low = static_cast<uint32_t>(result);
                return std::move(call.error);
            },
            detail::has_address(implementation), in_unstable};
}

// ---- What several of them need.

// A copy of the entry, whose descriptor stays while the embedder's callbacks run. badf: not open;
// notcapable: without one of these rights.
Errno get_file(Call& call, uint32_t fd, Rights needed, OpenFile& file);
// The same for a directory; notdir: something else.
Errno get_directory(Call& call, uint32_t fd, Rights needed, OpenFile& file);
// The same where directories have no such thing: badf.
Errno get_content(Call& call, uint32_t fd, Rights needed, OpenFile& file);

// A path in the program's memory, to be looked up. noent: empty; inval: a NUL in it; ilseq: not
// UTF-8; nametoolong.
Errno load_path(const Call& call, Address address, uint32_t size, std::string& path);

Errno load_times(uint64_t accessed, uint64_t modified, uint32_t flags, NewTimes& times);
Errno store_stat(const Call& call, Address address, const FileStat& stat);

}  // namespace epsilon::wasi
