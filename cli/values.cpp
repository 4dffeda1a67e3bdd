// SPDX-License-Identifier: Apache-2.0
#include "values.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "handles.h"
#include "text.h"

namespace cli {

namespace {

// Takes a leading sign off the text; true for a minus.
bool take_sign(std::string_view& text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    return negative;
}

bool take_hex_prefix(std::string_view& text) {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) {
        text.remove_prefix(2);
    }
    return hex;
}

bool is_digit(char c, int base) {
    return (c >= '0' && c <= '9') ||
           (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

// The text without its underscores; nothing if one of them is not between two digits.
std::optional<std::string> without_underscores(std::string_view text, int base) {
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            result += text[i];
        } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1], base) ||
                   !is_digit(text[i + 1], base)) {
            return std::nullopt;
        }
    }
    return result;
}

std::optional<uint64_t> parse_digits(std::string_view text, int base) {
    const std::optional<std::string> digits = without_underscores(text, base);
    if (!digits) {
        return std::nullopt;
    }
    uint64_t number = 0;
    const char* begin = digits->data();
    const char* end = begin + digits->size();
    const auto [stop, status] = std::from_chars(begin, end, number, base);
    if (status != std::errc() || stop != end) {
        return std::nullopt;
    }
    return number;
}

// The bits of an integer of this many bits, in two's complement.
std::optional<uint64_t> parse_integer(std::string_view text, unsigned bits) {
    const bool negative = take_sign(text);
    const int base = take_hex_prefix(text) ? 16 : 10;
    const std::optional<uint64_t> magnitude = parse_digits(text, base);
    const uint64_t all_ones = std::numeric_limits<uint64_t>::max() >> (64 - bits);
    const uint64_t most_negative = uint64_t{1} << (bits - 1);
    if (!magnitude || *magnitude > (negative ? most_negative : all_ones)) {
        return std::nullopt;
    }
    return (negative ? 0 - *magnitude : *magnitude) & all_ones;
}

template <typename Float>
struct FloatBits;

template <>
struct FloatBits<float> {
    using Bits = uint32_t;
    static constexpr Bits quiet = 0x40'0000;
    static constexpr Bits payload = 0x7F'FFFF;
    static constexpr Bits infinity = 0x7F80'0000;
    static float parse(const char* text, char** end) { return std::strtof(text, end); }
};

template <>
struct FloatBits<double> {
    using Bits = uint64_t;
    static constexpr Bits quiet = 0x8'0000'0000'0000;
    static constexpr Bits payload = 0xF'FFFF'FFFF'FFFF;
    static constexpr Bits infinity = 0x7FF0'0000'0000'0000;
    static double parse(const char* text, char** end) { return std::strtod(text, end); }
};

// The payload of a NaN: what is after "nan".
template <typename Float>
std::optional<uint64_t> parse_payload(std::string_view text) {
    if (text.empty()) {
        return FloatBits<Float>::quiet;
    }
    if (!text.starts_with(':')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    if (!take_hex_prefix(text)) {
        return std::nullopt;
    }
    const std::optional<uint64_t> payload = parse_digits(text, 16);
    if (!payload || *payload == 0 || *payload > FloatBits<Float>::payload) {
        return std::nullopt;
    }
    return payload;
}

template <typename Float>
std::optional<Float> parse_float(std::string_view text) {
    using Bits = typename FloatBits<Float>::Bits;
    const bool negative = take_sign(text);
    const Bits sign = negative ? Bits{1} << (8 * sizeof(Float) - 1) : 0;
    if (text.starts_with("nan")) {
        const std::optional<uint64_t> payload = parse_payload<Float>(text.substr(3));
        if (!payload) {
            return std::nullopt;
        }
        const Bits bits = sign | FloatBits<Float>::infinity | static_cast<Bits>(*payload);
        return std::bit_cast<Float>(bits);
    }
    if (text == "inf" || text == "infinity") {
        return std::bit_cast<Float>(static_cast<Bits>(sign | FloatBits<Float>::infinity));
    }
    // strtod takes spaces, a second sign and names too; numbers begin with a digit or a point.
    if (text.empty() || !(text[0] == '.' || (text[0] >= '0' && text[0] <= '9'))) {
        return std::nullopt;
    }
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    const std::optional<std::string> copy = without_underscores(text, is_hex ? 16 : 10);
    if (!copy) {
        return std::nullopt;
    }
    char* end = nullptr;
    const Float magnitude = FloatBits<Float>::parse(copy->c_str(), &end);
    if (end != copy->c_str() + copy->size() || std::isinf(magnitude)) {
        return std::nullopt;
    }
    return negative ? -magnitude : magnitude;
}

struct Shape {
    std::string_view name;
    unsigned lanes;
    bool is_float;
};

constexpr Shape shapes[] = {{"i8x16", 16, false}, {"i16x8", 8, false}, {"i32x4", 4, false},
                            {"i64x2", 2, false},  {"f32x4", 4, true},  {"f64x2", 2, true}};

std::optional<uint64_t> parse_lane(std::string_view text, const Shape& shape) {
    const unsigned bits = 128 / shape.lanes;
    if (!shape.is_float) {
        return parse_integer(text, bits);
    }
    if (bits == 32) {
        const std::optional<float> lane = parse_float<float>(text);
        return lane ? std::optional<uint64_t>(std::bit_cast<uint32_t>(*lane)) : std::nullopt;
    }
    const std::optional<double> lane = parse_float<double>(text);
    return lane ? std::optional<uint64_t>(std::bit_cast<uint64_t>(*lane)) : std::nullopt;
}

void put_bytes(epsilon_value_t& value, size_t offset, uint64_t bits, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        value.v128[offset + i] = static_cast<uint8_t>(bits >> (8 * i));
    }
}

std::optional<epsilon_value_t> parse_lanes(std::string_view text) {
    constexpr std::string_view separators = ": ,";
    for (const Shape& shape : shapes) {
        if (!text.starts_with(shape.name)) {
            continue;
        }
        text.remove_prefix(shape.name.size());
        epsilon_value_t value = {};
        const unsigned bytes = 16 / shape.lanes;
        for (unsigned lane = 0; lane < shape.lanes; ++lane) {
            if (text.empty() || separators.find(text.front()) == std::string_view::npos) {
                return std::nullopt;
            }
            text.remove_prefix(1);
            // A lane may have a colon itself: nan:0x1. A space may follow a comma.
            text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
            const size_t end = std::min(text.find_first_of(" ,"), text.size());
            const std::optional<uint64_t> bits = parse_lane(text.substr(0, end), shape);
            if (!bits) {
                return std::nullopt;
            }
            put_bytes(value, size_t{lane} * bytes, *bits, bytes);
            text.remove_prefix(end);
        }
        return text.empty() ? std::optional(value) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<epsilon_value_t> parse_vector(std::string_view text) {
    if (!take_hex_prefix(text)) {
        return parse_lanes(text);
    }
    const std::optional<std::string> digits = without_underscores(text, 16);
    if (!digits || digits->empty() || digits->size() > 32) {
        return std::nullopt;
    }
    const size_t high_digits = digits->size() - std::min<size_t>(digits->size(), 16);
    const std::string_view high = std::string_view(*digits).substr(0, high_digits);
    const std::string_view low = std::string_view(*digits).substr(high_digits);
    const std::optional<uint64_t> low_bits = parse_digits(low, 16);
    const std::optional<uint64_t> high_bits = high.empty() ? 0 : parse_digits(high, 16);
    if (!low_bits || !high_bits) {
        return std::nullopt;
    }
    epsilon_value_t value = {};
    put_bytes(value, 0, *low_bits, 8);
    put_bytes(value, 8, *high_bits, 8);
    return value;
}

template <typename Float>
std::string format_float(Float number) {
    using Bits = typename FloatBits<Float>::Bits;
    if (!std::isnan(number)) {
        return fmt::format("{}", number);
    }
    const Bits payload = std::bit_cast<Bits>(number) & FloatBits<Float>::payload;
    const char* sign = std::signbit(number) ? "-" : "";
    return payload == FloatBits<Float>::quiet ? fmt::format("{}nan", sign)
                                              : fmt::format("{}nan:{:#x}", sign, payload);
}

std::string format_vector(const epsilon_value_t& value) {
    std::string text = "0x";
    for (size_t i = 16; i-- > 0;) {
        fmt::format_to(std::back_inserter(text), "{:02x}", value.v128[i]);
    }
    return text;
}

std::string format_func(uint64_t reference, epsilon_runtime_t* runtime) {
    Func func;
    const Error error(epsilon_runtime_func_from_ref(runtime, reference, out(func)));
    size_t size = 0;
    const char* name = epsilon_func_name(func.get(), &size);
    uint32_t index = 0;
    if (name != nullptr) {
        return fmt::format("func {}", printable(std::string_view(name, size)));
    }
    return epsilon_func_index(func.get(), &index) ? fmt::format("func {}", index) : "func";
}

}  // namespace

std::optional<epsilon_value_t> parse_value(std::string_view text, epsilon_valtype_t type) {
    epsilon_value_t value = {};
    switch (type) {
        case EPSILON_VALTYPE_I32:
        case EPSILON_VALTYPE_I64: {
            const unsigned bits = type == EPSILON_VALTYPE_I32 ? 32 : 64;
            const std::optional<uint64_t> integer = parse_integer(text, bits);
            if (!integer) {
                return std::nullopt;
            }
            if (bits == 32) {
                value.u32 = static_cast<uint32_t>(*integer);
            } else {
                value.u64 = *integer;
            }
            return value;
        }
        case EPSILON_VALTYPE_F32: {
            const std::optional<float> number = parse_float<float>(text);
            value.f32 = number.value_or(0);
            return number ? std::optional(value) : std::nullopt;
        }
        case EPSILON_VALTYPE_F64: {
            const std::optional<double> number = parse_float<double>(text);
            value.f64 = number.value_or(0);
            return number ? std::optional(value) : std::nullopt;
        }
        case EPSILON_VALTYPE_V128:
            return parse_vector(text);
        default:
            return text == "null" ? std::optional(value) : std::nullopt;
    }
}

std::string_view expected_form(epsilon_valtype_t type) {
    switch (type) {
        case EPSILON_VALTYPE_I32:
            return "an integer from -2147483648 to 4294967295, decimal or 0x hexadecimal";
        case EPSILON_VALTYPE_I64:
            return "an integer from -9223372036854775808 to 18446744073709551615, decimal or 0x "
                   "hexadecimal";
        case EPSILON_VALTYPE_F32:
        case EPSILON_VALTYPE_F64:
            return "a number in range, inf, nan, or nan:0x and a payload";
        case EPSILON_VALTYPE_V128:
            return "0x and up to 32 digits, or a shape and its lanes such as i32x4:1,2,3,4";
        default:
            return "null";
    }
}

std::string format_value(const epsilon_value_t& value, epsilon_valtype_t type,
                         epsilon_runtime_t* runtime) {
    switch (type) {
        case EPSILON_VALTYPE_I32:
            return fmt::format("{}", value.i32);
        case EPSILON_VALTYPE_I64:
            return fmt::format("{}", value.i64);
        case EPSILON_VALTYPE_F32:
            return format_float(value.f32);
        case EPSILON_VALTYPE_F64:
            return format_float(value.f64);
        case EPSILON_VALTYPE_V128:
            return format_vector(value);
        default:
            break;
    }
    if (value.ref == 0) {
        return "null";
    }
    return type == EPSILON_VALTYPE_FUNCREF ? format_func(value.ref, runtime) : "externref";
}

}  // namespace cli
