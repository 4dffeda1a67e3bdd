// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <numeric>

#include "runtime/bulk.h"
#include "runtime_support.h"

using namespace epsilon;
using namespace runtime_support;
namespace mb = module_bytes;

namespace {

constexpr Trap none = Trap::none;
constexpr Trap memory_trap = Trap::out_of_bounds_memory_access;
constexpr Trap table_trap = Trap::out_of_bounds_table_access;

}  // namespace

TEST_CASE("memory.fill and memory.copy check the whole range first", "[runtime]") {
    const auto store = new_store();
    Memory& memory = **store->new_memory(memory_type(1));
    CHECK(memory_fill(memory, 0, 7, 65536) == none);
    CHECK(memory_fill(memory, 65535, 8, 1) == none);
    CHECK(memory.base[65535] == 8);
    CHECK(memory_fill(memory, 65536, 9, 0) == none);
    CHECK(memory_fill(memory, 65537, 9, 0) == memory_trap);
    CHECK(memory_fill(memory, 65535, 9, 2) == memory_trap);
    CHECK(memory.base[65535] == 8);
    // Sums that overflow 32 and 64 bits.
    CHECK(memory_fill(memory, UINT32_MAX, 9, UINT32_MAX) == memory_trap);
    CHECK(memory_fill(memory, 1, 9, UINT64_MAX) == memory_trap);
    CHECK(memory_fill(memory, UINT64_MAX, 9, 1) == memory_trap);
    CHECK(memory_copy(memory, memory, 0, 1, UINT64_MAX) == memory_trap);
    CHECK(memory_copy(memory, memory, 0, UINT64_MAX, 1) == memory_trap);
    CHECK(memory_copy(memory, memory, 65536, 65536, 0) == none);
    CHECK(memory_copy(memory, memory, 65537, 0, 0) == memory_trap);

    std::iota(memory.base, memory.base + 10, uint8_t(0));
    CHECK(memory_copy(memory, memory, 2, 0, 6) == none);
    CHECK(std::memcmp(memory.base, "\0\1\0\1\2\3\4\5\10\11", 10) == 0);
    CHECK(memory_copy(memory, memory, 0, 2, 6) == none);
    CHECK(std::memcmp(memory.base, "\0\1\2\3\4\5\4\5\10\11", 10) == 0);

    Memory& other = **store->new_memory(memory_type(2));
    CHECK(memory_copy(other, memory, 131070, 0, 2) == none);
    CHECK(other.base[131071] == 1);
    CHECK(memory_copy(memory, other, 0, 131071, 1) == none);
    CHECK(memory_copy(memory, other, 65536, 131071, 1) == memory_trap);
}

TEST_CASE("table.fill and table.copy check the whole range first", "[runtime]") {
    const auto store = new_store();
    const mb::Bytes table = mb::Bytes{mb::externref} + limits(5);
    Instance& instance = instance_of(*store, mb::module({mb::section(mb::tables, {table, table})}));
    ExternRef& externref = **store->new_externref(nullptr);
    REQUIRE(store->is_valid_reference(ValueType::externref(), slot_of(externref)));
    TableView& first = *instance.table_views[0];
    CHECK(table_fill(first, 3, slot_of(externref), 3) == table_trap);
    CHECK(first.elements[3] == 0);
    CHECK(table_fill(first, 3, slot_of(externref), 2) == none);
    CHECK(table_fill(first, 5, 0, 0) == none);
    CHECK(table_fill(first, 6, 0, 0) == table_trap);
    CHECK(table_fill(first, UINT32_MAX, 0, UINT32_MAX) == table_trap);
    CHECK(table_copy(instance, 0, 0, 2, 3, 2) == none);
    CHECK(first.elements[2] != 0);
    CHECK(table_copy(instance, 1, 0, 0, 2, 3) == none);
    CHECK(instance.table_views[1]->elements[2] == slot_of(externref));
    CHECK(table_copy(instance, 1, 0, 3, 0, 3) == table_trap);
    CHECK(table_copy(instance, 1, 0, 0, 3, 3) == table_trap);
    CHECK(table_copy(instance, 1, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX) == table_trap);
    CHECK(table_copy(instance, 1, 0, 5, 5, 0) == none);
    CHECK(table_copy(instance, 1, 0, 6, 5, 0) == table_trap);
}

TEST_CASE("table.init and memory.init check segment and target", "[runtime]") {
    const auto store = new_store();
    Instance& instance = instance_of(
        *store, mb::module({
                    mb::section(mb::types, {mb::function_type({}, {})}),
                    mb::section(mb::functions, {{0x00}}),
                    mb::section(mb::tables, {mb::Bytes{mb::funcref} + limits(4)}),
                    mb::section(mb::memories, {limits(1)}),
                    mb::section(mb::elements,
                                {// Expressions: the function, null.
                                 {0x05, mb::funcref, 0x02, 0xd2, 0x00, 0x0b, 0xd0, 0x70, 0x0b}}),
                    mb::section(mb::data_count, mb::u32(1)),
                    mb::section(mb::code, {mb::body({})}),
                    mb::section(mb::data, {mb::Bytes{0x01} + mb::name("abc")}),
                }));
    TableView& table = *instance.table_views[0];
    table_fill(table, 0, slot_of(instance.own_functions[0]), 4);
    CHECK(table_init(instance, 0, 0, 0, 0, 2) == none);
    CHECK(table.elements[0] == slot_of(instance.own_functions[0]));
    CHECK(table.elements[1] == 0);
    CHECK(table_init(instance, 0, 0, 2, 1, 2) == table_trap);
    CHECK(table_init(instance, 0, 0, 3, 0, 2) == table_trap);
    CHECK(table_init(instance, 0, 0, 4, 2, 0) == none);
    CHECK(table_init(instance, 0, 0, 5, 0, 0) == table_trap);
    CHECK(table_init(instance, 0, 0, 0, 3, 0) == table_trap);
    CHECK(table_init(instance, 0, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX) == table_trap);

    CHECK(memory_init(instance, 0, 0, 65533, 0, 3) == none);
    CHECK(std::memcmp(instance.view.memory0->base + 65533, "abc", 3) == 0);
    CHECK(memory_init(instance, 0, 0, 65534, 0, 3) == memory_trap);
    CHECK(memory_init(instance, 0, 0, 0, 1, 3) == memory_trap);
    CHECK(memory_init(instance, 0, 0, 65536, 3, 0) == none);
    CHECK(memory_init(instance, 0, 0, 65537, 3, 0) == memory_trap);
    CHECK(memory_init(instance, 0, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX) == memory_trap);
    instance.dropped_data[0] = true;
    CHECK(memory_init(instance, 0, 0, 0, 0, 0) == none);
    CHECK(memory_init(instance, 0, 0, 0, 0, 1) == memory_trap);
}
