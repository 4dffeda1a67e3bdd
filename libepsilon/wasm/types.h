// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epsilon {

// Specification: Structure, Types. The representation is ready for WebAssembly 3.0: a reference
// type is nullability plus a heap type, and a heap type is abstract or the index of a defined type.

class HeapType {
public:
    enum Abstract : uint32_t {
        // Concrete type indices are below first_abstract.
        first_abstract = 0x3fff00,
        func = first_abstract,
        extern_,
        any,
        eq,
        i31,
        struct_,
        array,
        exn,
        none,
        noextern,
        nofunc,
        noexn,
        bottom,
    };
    constexpr HeapType(Abstract kind) : code_(kind) {}
    static constexpr HeapType concrete(uint32_t type_index) { return HeapType(type_index); }

    constexpr bool is_concrete() const { return code_ < first_abstract; }
    constexpr uint32_t type_index() const { return code_; }
    constexpr uint32_t code() const { return code_; }
    static constexpr HeapType from_code(uint32_t code) { return HeapType(code); }
    constexpr bool operator==(const HeapType&) const = default;

private:
    explicit constexpr HeapType(uint32_t code) : code_(code) {}
    uint32_t code_;
};

// Four bytes: kind, nullability, heap type.
class ValueType {
public:
    enum Kind : uint8_t { i32, i64, f32, f64, v128, reference, bottom };

    constexpr ValueType() : ValueType(bottom) {}
    constexpr ValueType(Kind kind) : bits_(uint32_t(kind) << 24) {}
    static constexpr ValueType ref(HeapType heap, bool nullable) {
        ValueType type(reference);
        type.bits_ |= (nullable ? nullable_bit : 0) | heap.code();
        return type;
    }
    static constexpr ValueType funcref() { return ref(HeapType::func, true); }
    static constexpr ValueType externref() { return ref(HeapType::extern_, true); }

    constexpr Kind kind() const { return Kind(bits_ >> 24); }
    constexpr bool is_reference() const { return kind() == reference; }
    constexpr bool is_numeric() const { return kind() <= f64; }
    constexpr bool is_vector() const { return kind() == v128; }
    constexpr bool is_nullable() const { return (bits_ & nullable_bit) != 0; }
    constexpr HeapType heap() const { return HeapType::from_code(bits_ & heap_mask); }
    // Whether a local of this type has a default value (specification: Defaultable types).
    constexpr bool is_defaultable() const { return !is_reference() || is_nullable(); }
    // Eight-byte value slots taken in a frame.
    constexpr uint32_t slots() const { return kind() == v128 ? 2 : 1; }
    // The representation; equal exactly when the types are.
    constexpr uint32_t bits() const { return bits_; }
    constexpr bool operator==(const ValueType&) const = default;

private:
    static constexpr uint32_t nullable_bit = 1u << 23;
    static constexpr uint32_t heap_mask = (1u << 22) - 1;
    uint32_t bits_;
};
static_assert(sizeof(ValueType) == 4);

// As the text format writes it: "i32", "funcref", "(ref null 3)".
std::string to_string(ValueType type);

struct FunctionType {
    std::vector<ValueType> params;
    std::vector<ValueType> results;
    bool operator==(const FunctionType&) const = default;
};
// "[i32 i32] -> [i64]"
std::string to_string(const FunctionType& type);

enum class AddressType : uint8_t { i32, i64 };

struct Limits {
    uint64_t min = 0;
    std::optional<uint64_t> max;
    AddressType address = AddressType::i32;
    bool shared = false;
    bool operator==(const Limits&) const = default;
};

struct MemoryType {
    static constexpr uint32_t default_page_size = 65536;
    Limits limits;  // in pages
    uint32_t page_size = default_page_size;
    bool operator==(const MemoryType&) const = default;
};

struct TableType {
    ValueType element = ValueType::funcref();
    Limits limits;  // in elements
    bool operator==(const TableType&) const = default;
};

struct GlobalType {
    ValueType value;
    bool is_mutable = false;
    bool operator==(const GlobalType&) const = default;
};

enum class ExternKind : uint8_t { function, table, memory, global };
std::string_view to_string(ExternKind kind);

}  // namespace epsilon
