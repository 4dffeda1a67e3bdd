// SPDX-License-Identifier: Apache-2.0
#include "wasm/types.h"

namespace epsilon {

namespace {

std::string heap_name(HeapType heap) {
    if (heap.is_concrete()) {
        return std::to_string(heap.type_index());
    }
    switch (heap.code()) {
        case HeapType::func:
            return "func";
        case HeapType::extern_:
            return "extern";
        case HeapType::any:
            return "any";
        case HeapType::eq:
            return "eq";
        case HeapType::i31:
            return "i31";
        case HeapType::struct_:
            return "struct";
        case HeapType::array:
            return "array";
        case HeapType::exn:
            return "exn";
        case HeapType::none:
            return "none";
        case HeapType::noextern:
            return "noextern";
        case HeapType::nofunc:
            return "nofunc";
        case HeapType::noexn:
            return "noexn";
        default:
            return "bottom";
    }
}

void append_list(std::string& text, const std::vector<ValueType>& types) {
    text += '[';
    for (size_t i = 0; i < types.size(); ++i) {
        text += i == 0 ? "" : " ";
        text += to_string(types[i]);
    }
    text += ']';
}

}  // namespace

std::string to_string(ValueType type) {
    switch (type.kind()) {
        case ValueType::i32:
            return "i32";
        case ValueType::i64:
            return "i64";
        case ValueType::f32:
            return "f32";
        case ValueType::f64:
            return "f64";
        case ValueType::v128:
            return "v128";
        case ValueType::bottom:
            return "unknown";
        case ValueType::reference:
            break;
    }
    const HeapType heap = type.heap();
    if (!type.is_nullable()) {
        return "(ref " + heap_name(heap) + ")";
    }
    if (heap.is_concrete() || heap == HeapType::bottom) {
        return "(ref null " + heap_name(heap) + ")";
    }
    // The null types' short names are irregular: nullref, not noneref.
    switch (heap.code()) {
        case HeapType::none:
            return "nullref";
        case HeapType::noextern:
            return "nullexternref";
        case HeapType::nofunc:
            return "nullfuncref";
        case HeapType::noexn:
            return "nullexnref";
        default:
            return heap_name(heap) + "ref";
    }
}

std::string to_string(const FunctionType& type) {
    std::string text;
    append_list(text, type.params);
    text += " -> ";
    append_list(text, type.results);
    return text;
}

std::string_view to_string(ExternKind kind) {
    switch (kind) {
        case ExternKind::function:
            return "function";
        case ExternKind::table:
            return "table";
        case ExternKind::memory:
            return "memory";
        case ExternKind::global:
            return "global";
    }
    return "";
}

}  // namespace epsilon
