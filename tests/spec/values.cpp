// SPDX-License-Identifier: Apache-2.0
#include "values.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace spec {

namespace {

// Scripts give every number as decimal text of its bits, some of them signed.
std::optional<uint64_t> parse_bits(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    char* end = nullptr;
    const uint64_t bits = text[0] == '-' ? static_cast<uint64_t>(strtoll(text.c_str(), &end, 10))
                                         : strtoull(text.c_str(), &end, 10);
    if (*end != '\0') {
        return std::nullopt;
    }
    return bits;
}

// Lane types are named like the number types, with i8 and i16 beside them.
unsigned lane_bytes(const std::string& lane_type) {
    if (lane_type == "i8") {
        return 1;
    }
    if (lane_type == "i16") {
        return 2;
    }
    return lane_type == "i32" || lane_type == "f32" ? 4 : 8;
}

uint64_t low_bits(uint64_t bits, unsigned bytes) {
    return bytes == 8 ? bits : bits & ((uint64_t{1} << (8 * bytes)) - 1);
}

// Spec: "canonical NaN" and "arithmetic NaN", 2.2.3 (floating point, NaN payloads).
bool number_matches(const std::string& expected, uint64_t bits, unsigned bytes) {
    const uint64_t quiet = bytes == 4 ? 0x7FC0'0000 : 0x7FF8'0000'0000'0000;
    const uint64_t sign = uint64_t{1} << (8 * bytes - 1);
    if (expected == "nan:canonical") {
        return (bits & ~sign) == quiet;
    }
    if (expected == "nan:arithmetic") {
        return (bits & quiet) == quiet;
    }
    const std::optional<uint64_t> wanted = parse_bits(expected);
    return wanted && low_bits(*wanted, bytes) == bits;
}

uint64_t read_lane(const epsilon_value_t& value, unsigned lane, unsigned bytes) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        bits |= uint64_t{value.v128[lane * bytes + i]} << (8 * i);
    }
    return bits;
}

bool vector_matches(const nlohmann::json& expected, const epsilon_value_t& value) {
    const unsigned bytes = lane_bytes(expected.at("lane_type").get<std::string>());
    const nlohmann::json& lanes = expected.at("value");
    if (lanes.size() * bytes != 16) {
        return false;
    }
    for (unsigned lane = 0; lane < lanes.size(); ++lane) {
        if (!number_matches(lanes[lane].get<std::string>(), read_lane(value, lane, bytes), bytes)) {
            return false;
        }
    }
    return true;
}

std::optional<epsilon_value_t> parse_vector(const nlohmann::json& argument) {
    const unsigned bytes = lane_bytes(argument.at("lane_type").get<std::string>());
    const nlohmann::json& lanes = argument.at("value");
    if (lanes.size() * bytes != 16) {
        return std::nullopt;
    }
    epsilon_value_t value = {};
    for (unsigned lane = 0; lane < lanes.size(); ++lane) {
        const std::optional<uint64_t> bits = parse_bits(lanes[lane].get<std::string>());
        if (!bits) {
            return std::nullopt;
        }
        for (unsigned i = 0; i < bytes; ++i) {
            value.v128[lane * bytes + i] = static_cast<uint8_t>(*bits >> (8 * i));
        }
    }
    return value;
}

bool is_reference(epsilon_valtype_t type) {
    return type == EPSILON_VALTYPE_FUNCREF || type == EPSILON_VALTYPE_EXTERNREF;
}

// Without a value the script means any reference of the kind that is not null.
bool reference_matches(const nlohmann::json& expected, epsilon_valtype_t type, uint64_t reference,
                       ExternObjects& objects) {
    const std::string kind = expected.at("type").get<std::string>();
    if (kind == "refnull") {
        return reference == 0;
    }
    if (kind == "nullfuncref" || kind == "nullexternref") {
        const bool func = kind == "nullfuncref";
        return reference == 0 && (type == EPSILON_VALTYPE_FUNCREF) == func;
    }
    if (kind != epsilon_valtype_name(type)) {
        return false;
    }
    if (!expected.contains("value")) {
        return reference != 0;
    }
    const std::string value = expected.at("value").get<std::string>();
    if (value == "null") {
        return reference == 0;
    }
    return type == EPSILON_VALTYPE_EXTERNREF && reference != 0 &&
           objects.number(reference) == parse_bits(value);
}

}  // namespace

uint64_t ExternObjects::reference(uint64_t number) {
    Externref& object = objects_[number];
    if (object == nullptr) {
        // Never a null pointer, so that it can be told from a reference of somebody else's.
        void* data = reinterpret_cast<void*>(static_cast<uintptr_t>(number + 1));
        const Error error(epsilon_externref_new(runtime_, data, nullptr, out(object)));
    }
    return epsilon_externref_ref(object.get());
}

std::optional<uint64_t> ExternObjects::number(uint64_t reference) {
    Externref object;
    const Error error(epsilon_runtime_externref_from_ref(runtime_, reference, out(object)));
    void* data = epsilon_externref_data(object.get());
    if (error != nullptr || data == nullptr) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(data)) - 1;
}

std::optional<epsilon_value_t> parse_argument(const nlohmann::json& argument,
                                              epsilon_valtype_t type, ExternObjects& objects) {
    const char* name = epsilon_valtype_name(type);
    if (name == nullptr || argument.at("type").get<std::string>() != name) {
        return std::nullopt;
    }
    if (type == EPSILON_VALTYPE_V128) {
        return parse_vector(argument);
    }
    const std::string text = argument.at("value").get<std::string>();
    epsilon_value_t value = {};
    if (is_reference(type) && text == "null") {
        return value;
    }
    const std::optional<uint64_t> bits = parse_bits(text);
    if (!bits || type == EPSILON_VALTYPE_FUNCREF) {
        return std::nullopt;
    }
    if (type == EPSILON_VALTYPE_EXTERNREF) {
        value.ref = objects.reference(*bits);
    } else if (type == EPSILON_VALTYPE_I32 || type == EPSILON_VALTYPE_F32) {
        value.u32 = static_cast<uint32_t>(*bits);
    } else {
        value.u64 = *bits;
    }
    return value;
}

bool matches(const nlohmann::json& expected, epsilon_valtype_t type, const epsilon_value_t& value,
             ExternObjects& objects) {
    const std::string kind = expected.at("type").get<std::string>();
    if (kind == "either") {
        for (const nlohmann::json& choice : expected.at("values")) {
            if (matches(choice, type, value, objects)) {
                return true;
            }
        }
        return false;
    }
    if (is_reference(type)) {
        return reference_matches(expected, type, value.ref, objects);
    }
    const char* name = epsilon_valtype_name(type);
    if (name == nullptr || kind != name) {
        return false;
    }
    if (type == EPSILON_VALTYPE_V128) {
        return vector_matches(expected, value);
    }
    const unsigned bytes = type == EPSILON_VALTYPE_I32 || type == EPSILON_VALTYPE_F32 ? 4 : 8;
    const uint64_t bits = bytes == 4 ? value.u32 : value.u64;
    return number_matches(expected.at("value").get<std::string>(), bits, bytes);
}

std::string describe(epsilon_valtype_t type, const epsilon_value_t& value) {
    char text[64];
    switch (type) {
        case EPSILON_VALTYPE_I32:
        case EPSILON_VALTYPE_F32:
            std::snprintf(text, sizeof text, "0x%" PRIx32, value.u32);
            break;
        case EPSILON_VALTYPE_V128:
            std::snprintf(text, sizeof text, "0x%016" PRIx64 "%016" PRIx64, read_lane(value, 1, 8),
                          read_lane(value, 0, 8));
            break;
        default:
            std::snprintf(text, sizeof text, "0x%" PRIx64, value.u64);
            break;
    }
    const char* name = epsilon_valtype_name(type);
    return std::string(name == nullptr ? "unknown type" : name) + " " + text;
}

}  // namespace spec
