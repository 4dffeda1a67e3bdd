// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decode.h"

// Modules for tests, written byte by byte where it matters; counts and sizes are filled in.
namespace module_bytes {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline Bytes repeat(const Bytes& bytes, size_t count) {
    Bytes result;
    result.reserve(bytes.size() * count);
    for (size_t i = 0; i < count; ++i)
        result.insert(result.end(), bytes.begin(), bytes.end());
    return result;
}

inline Bytes u32(uint32_t value) {
    Bytes bytes;
    do {
        bytes.push_back(uint8_t((value & 0x7f) | (value > 0x7f ? 0x80 : 0)));
        value >>= 7;
    } while (value != 0);
    return bytes;
}

inline Bytes sized(const Bytes& content) {
    return u32(uint32_t(content.size())) + content;
}

inline Bytes name(std::string_view text) {
    return sized(Bytes(text.begin(), text.end()));
}

inline Bytes vec(std::initializer_list<Bytes> items) {
    Bytes bytes = u32(uint32_t(items.size()));
    for (const Bytes& item : items)
        bytes = bytes + item;
    return bytes;
}

inline Bytes section(uint8_t id, const Bytes& content) {
    return Bytes{id} + sized(content);
}
inline Bytes section(uint8_t id, std::initializer_list<Bytes> items) {
    return section(id, vec(items));
}

enum Section : uint8_t {
    custom = 0,
    types = 1,
    imports = 2,
    functions = 3,
    tables = 4,
    memories = 5,
    globals = 6,
    exports = 7,
    start = 8,
    elements = 9,
    code = 10,
    data = 11,
    data_count = 12,
};

inline Bytes module(std::initializer_list<Bytes> sections) {
    Bytes bytes = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    for (const Bytes& item : sections)
        bytes = bytes + item;
    return bytes;
}

constexpr uint8_t i32 = 0x7f;
constexpr uint8_t i64 = 0x7e;
constexpr uint8_t f32 = 0x7d;
constexpr uint8_t f64 = 0x7c;
constexpr uint8_t v128 = 0x7b;
constexpr uint8_t funcref = 0x70;
constexpr uint8_t externref = 0x6f;

inline Bytes function_type(const Bytes& params, const Bytes& results) {
    return Bytes{0x60} + sized(params) + sized(results);
}

// A body of a function: locals are given as the binary has them, by default none; `end` is added.
inline Bytes body(const Bytes& instructions, const Bytes& locals = {0x00}) {
    return sized(locals + instructions + Bytes{0x0b});
}

// A module of one function, whose instructions begin at offset `first_instruction`, with a memory
// of one page and a table of ten funcref.
struct OneFunction {
    Bytes params;
    Bytes results;
    Bytes instructions;
    Bytes locals = {0x00};
    Bytes module() const {
        return module_bytes::module({
            section(types, {function_type(params, results)}),
            section(functions, {{0x00}}),
            section(tables, {{funcref, 0x00, 0x0a}}),
            section(memories, {{0x00, 0x01}}),
            section(code, {body(instructions, locals)}),
        });
    }
};

inline epsilon::Result<std::shared_ptr<const epsilon::Module>> decode(
    const Bytes& bytes, const epsilon::DecodeOptions& options = {}) {
    return epsilon::decode_module(std::make_shared<const Bytes>(bytes), options);
}

// "kind: message @offset", or "ok".
inline std::string outcome(const Bytes& bytes, const epsilon::DecodeOptions& options = {}) {
    const auto result = decode(bytes, options);
    if (result) return "ok";
    const epsilon::Error& error = result.error();
    const char* kind = error.kind == epsilon::ErrorKind::malformed     ? "malformed"
                       : error.kind == epsilon::ErrorKind::invalid     ? "invalid"
                       : error.kind == epsilon::ErrorKind::unsupported ? "unsupported"
                       : error.kind == epsilon::ErrorKind::limit       ? "limit"
                                                                       : "other";
    return std::string(kind) + ": " + error.message + " @" + std::to_string(error.offset);
}

// The same of one function's instructions, the offset counted from the first of them.
inline std::string outcome_of(const OneFunction& function,
                              const epsilon::DecodeOptions& options = {}) {
    const Bytes bytes = function.module();
    const size_t first = bytes.size() - function.instructions.size() - 1;
    std::string text = outcome(bytes, options);
    const size_t at = text.rfind('@');
    if (at == std::string::npos) return text;
    const long long offset = std::stoll(text.substr(at + 1)) - static_cast<long long>(first);
    return text.substr(0, at) + "@+" + std::to_string(offset);
}

}  // namespace module_bytes
