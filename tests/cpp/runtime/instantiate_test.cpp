// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "runtime/bulk.h"
#include "runtime_support.h"

using namespace epsilon;
using namespace runtime_support;
namespace mb = module_bytes;

namespace {

const mb::Bytes nullary = mb::function_type({}, {});

// A module of one memory page, a table of four elements, two functions, and segments.
mb::Bytes with_segments(const mb::Bytes& elements, const mb::Bytes& data, uint32_t data_count) {
    return mb::module({
        mb::section(mb::types, {nullary}),
        mb::section(mb::functions, {{0x00}, {0x00}}),
        mb::section(mb::tables, {mb::Bytes{mb::funcref} + limits(4)}),
        mb::section(mb::memories, {limits(1)}),
        mb::section(mb::exports, {export_of("f", 0, 0), export_of("g", 0, 1)}),
        mb::section(mb::elements, elements),
        mb::section(mb::data_count, mb::u32(data_count)),
        mb::section(mb::code, {mb::body({}), mb::body({})}),
        mb::section(mb::data, data),
    });
}

mb::Bytes active_elements(uint8_t offset, const mb::Bytes& functions) {
    return mb::Bytes{0x00} + i32_const(offset) + mb::sized(functions);
}
mb::Bytes passive_elements(const mb::Bytes& functions) {
    return mb::Bytes{0x01, 0x00} + mb::sized(functions);
}
mb::Bytes declared_elements(const mb::Bytes& functions) {
    return mb::Bytes{0x03, 0x00} + mb::sized(functions);
}
mb::Bytes active_data(const mb::Bytes& offset, std::string_view text) {
    return mb::Bytes{0x00} + offset + mb::name(text);
}
mb::Bytes passive_data(std::string_view text) {
    return mb::Bytes{0x01} + mb::name(text);
}

std::string text_at(const Instance& instance, uint64_t offset, size_t size) {
    return {reinterpret_cast<const char*>(instance.view.memory0->base) + offset, size};
}

}  // namespace

TEST_CASE("active segments are written in order and dropped", "[runtime]") {
    const auto store = new_store();
    Instance& instance = instance_of(
        *store, with_segments(mb::vec({active_elements(1, {0, 0}), active_elements(2, {1}),
                                       passive_elements({1}), declared_elements({0})}),
                              mb::vec({active_data(i32_const(4), "hello"),
                                       active_data(i32_const(5), "a"), passive_data("xyz")}),
                              3));
    const Slot f = slot_of(instance.own_functions[0]);
    const Slot g = slot_of(instance.own_functions[1]);
    const TableView& table = *instance.table_views[0];
    CHECK(table.elements[0] == 0);
    CHECK(table.elements[1] == f);
    CHECK(table.elements[2] == g);
    CHECK(text_at(instance, 4, 5) == "hallo");
    CHECK(instance.dropped_elements[0]);
    CHECK_FALSE(instance.dropped_elements[2]);
    CHECK(instance.dropped_elements[3]);
    CHECK(instance.dropped_data[1]);
    CHECK_FALSE(instance.dropped_data[2]);

    CHECK(table_init(instance, 0, 2, 3, 0, 1) == Trap::none);
    CHECK(table.elements[3] == g);
    // Dropped ones count as empty.
    CHECK(table_init(instance, 0, 0, 0, 0, 0) == Trap::none);
    CHECK(table_init(instance, 0, 0, 0, 0, 1) == Trap::out_of_bounds_table_access);
    CHECK(table_init(instance, 0, 3, 0, 0, 1) == Trap::out_of_bounds_table_access);
    CHECK(memory_init(instance, 0, 0, 0, 0, 1) == Trap::out_of_bounds_memory_access);
    CHECK(memory_init(instance, 0, 2, 65534, 1, 2) == Trap::none);
    CHECK(text_at(instance, 65534, 2) == "yz");
    store->release_handle(instance);
}

TEST_CASE("a segment out of bounds traps; what earlier ones wrote stays", "[runtime]") {
    const auto store = new_store();
    Table& table = **store->new_table(table_type(ValueType::funcref(), 4), 0);
    Memory& memory = **store->new_memory(memory_type(1));
    const Imports imports = {{"m.table", &table}, {"m.memory", &memory}};
    const auto module = [](const mb::Bytes& elements, const mb::Bytes& data) {
        return mb::module({
            mb::section(mb::types, {nullary}),
            mb::section(mb::imports,
                        {import("m", "table", mb::Bytes{0x01, mb::funcref} + limits(4)),
                         import("m", "memory", mb::Bytes{0x02} + limits(1))}),
            mb::section(mb::functions, {{0x00}}),
            mb::section(mb::elements, elements),
            mb::section(mb::code, {mb::body({})}),
            mb::section(mb::data, data),
        });
    };
    const mb::Bytes data = mb::vec({active_data(i32_const(0), "first"),
                                    active_data({0x41, 0xff, 0xff, 0x03, 0x0b}, "second"),
                                    active_data(i32_const(0), "third")});

    auto failed = try_instance(
        *store, module(mb::vec({active_elements(0, {0}), active_elements(4, {0})}), data), imports);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().kind == ErrorKind::trap);
    CHECK(failed.error().trap == uint8_t(Trap::out_of_bounds_table_access));
    CHECK(failed.error().message == "out of bounds table access");
    CHECK(memory.base[0] == 0);
    // The function in the table stays callable: its instance lives.
    CHECK(store->count(ObjectKind::instance) == 1);
    auto* function = reinterpret_cast<FunctionInstance*>(table.elements[0]);
    CHECK(store->is_valid_reference(ValueType::funcref(), slot_of(*function)));
    CHECK(function->instance->tables[0] == &table);

    failed = try_instance(*store, module(mb::vec({active_elements(1, {0})}), data), imports);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().trap == uint8_t(Trap::out_of_bounds_memory_access));
    CHECK(failed.error().message == "out of bounds memory access");
    CHECK(std::memcmp(memory.base, "first", 5) == 0);
    CHECK(memory.base[65535] == 0);  // checked as a whole before the first byte
    CHECK(table.elements[1] != 0);
    CHECK(store->count(ObjectKind::instance) == 2);

    CHECK(table_fill(table, 0, 0, 4) == Trap::none);
    store->collect();
    CHECK(store->count(ObjectKind::instance) == 0);
}

TEST_CASE("an instance that trapped without a trace outside is gone", "[runtime]") {
    const auto store = new_store();
    const mb::Bytes module =
        with_segments(mb::vec({}), mb::vec({active_data({0x41, 0x7f, 0x0b}, "x")}), 1);
    CHECK(outcome(try_instance(*store, module)) == "trap: out of bounds memory access");
    CHECK(store->count(ObjectKind::instance) == 0);
    CHECK(store->count(ObjectKind::memory) == 0);
    CHECK(store->count(ObjectKind::table) == 0);
}

TEST_CASE("empty segments at the end are in bounds, beyond it are not", "[runtime]") {
    const auto store = new_store();
    const mb::Bytes end = {0x41, 0x80, 0x80, 0x04, 0x0b};     // 65536
    const mb::Bytes beyond = {0x41, 0x81, 0x80, 0x04, 0x0b};  // 65537
    CHECK(outcome(try_instance(*store, with_segments(mb::vec({active_elements(4, {})}),
                                                     mb::vec({active_data(end, "")}), 1))) == "ok");
    CHECK(outcome(try_instance(*store, with_segments(mb::vec({active_elements(5, {})}),
                                                     mb::vec({active_data(end, "")}), 1))) ==
          "trap: out of bounds table access");
    CHECK(outcome(try_instance(*store, with_segments(mb::vec({active_elements(4, {})}),
                                                     mb::vec({active_data(beyond, "")}), 1))) ==
          "trap: out of bounds memory access");
}

TEST_CASE("globals are initialised by constant expressions of every form", "[runtime]") {
    const auto store = new_store();
    Global& imported = **store->new_global({ValueType::i32, false}, {40, 0});
    const auto global = [](uint8_t type, const mb::Bytes& init) {
        return mb::Bytes{type, 0x00} + init + mb::Bytes{0x0b};
    };
    Instance& instance = instance_of(
        *store,
        mb::module({
            mb::section(mb::types, {nullary}),
            mb::section(mb::imports, {import("m", "g", {0x03, mb::i32, 0x00})}),
            mb::section(mb::functions, {{0x00}}),
            mb::section(
                mb::globals,
                {
                    global(mb::i32, {0x41, 0x7f}),                          // -1
                    global(mb::i64, {0x42, 0x7f}),                          // -1
                    global(mb::f32, {0x43, 0x00, 0x00, 0xc0, 0xff}),        // a NaN
                    global(mb::f64, {0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f}),  // 1
                    global(mb::v128, mb::Bytes{0xfd, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                               13, 14, 15, 16}),
                    global(mb::funcref, {0xd2, 0x00}), global(mb::externref, {0xd0, 0x6f}),
                    global(mb::i32, {0x23, 0x00}),
                    global(mb::i32, {0x23, 0x00, 0x41, 0x02, 0x6a, 0x41, 0x7f, 0x6c}),  // -42
                    global(mb::i32, {0x41, 0x00, 0x41, 0x01, 0x6b}),                    // -1
                    global(mb::i64, {0x42, 0x05, 0x42, 0x07, 0x7d, 0x42, 0x03, 0x7e}),  // -6
                    global(mb::i64, {0x42, 0x05, 0x42, 0x07, 0x7c}),                    // 12
                }),
            mb::section(mb::code, {mb::body({})}),
        }),
        {{"m.g", &imported}});
    const auto low = [&](uint32_t index) { return instance.globals[index]->low; };
    CHECK(low(1) == UINT32_MAX);
    CHECK(low(2) == UINT64_MAX);
    CHECK(low(3) == 0xffc00000);
    CHECK(low(4) == 0x3ff0000000000000);
    CHECK(low(5) == 0x0807060504030201);
    CHECK(instance.globals[5]->high == 0x100f0e0d0c0b0a09);
    CHECK(low(6) == slot_of(instance.own_functions[0]));
    CHECK(low(7) == 0);
    CHECK(low(8) == 40);
    CHECK(low(9) == uint32_t(-42));
    CHECK(low(10) == UINT32_MAX);
    CHECK(low(11) == uint64_t(-6));
    CHECK(low(12) == 12);
    CHECK(reinterpret_cast<uintptr_t>(instance.own_globals.data()) % 16 == 0);
}

TEST_CASE("functions of an instance carry entry, type, index and instance", "[runtime]") {
    const auto store = new_store();
    const uint8_t entry = 0;
    InstantiateOptions options;
    options.function_entry = &entry;
    Instance& instance =
        instance_of(*store, with_segments(mb::vec({}), mb::vec({}), 0), {}, options);
    for (uint32_t i = 0; i < 2; ++i) {
        const FunctionInstance& function = instance.own_functions[i];
        CHECK(function.code == &entry);
        CHECK(function.instance == &instance);
        CHECK(function.index == i);
        CHECK(function.type_id == TypeHandle(FunctionType{}).id());
        CHECK(instance.view.functions[i] == &function);
    }
    CHECK(instance.view.memory0 == instance.memories[0]);
    CHECK(instance.view.tables[0] == instance.tables[0]);
    CHECK(std::get<FunctionInstance*>(*instance.find_export("g")) == &instance.own_functions[1]);
}

TEST_CASE("an instantiation that the system refuses leaves nothing behind", "[runtime]") {
    const auto store = new_store();
    const mb::Bytes module = mb::module({
        mb::section(mb::tables, {mb::Bytes{mb::funcref} + limits(1)}),
        mb::section(mb::memories, {limits(1), limits(1), limits(1)}),
    });
    for (uint64_t successes = 0; successes < 6; ++successes) {
        INFO(successes);
        const platform::MemoryFailureGuard failure(successes);
        auto made = try_instance(*store, module);
        REQUIRE_FALSE(made.ok());
        CHECK(made.error().kind == ErrorKind::no_memory);
        for (const ObjectKind kind :
             {ObjectKind::instance, ObjectKind::table, ObjectKind::memory}) {
            CHECK(store->count(kind) == 0);
        }
    }
    CHECK(outcome(try_instance(*store, module)) == "ok");
}

TEST_CASE("limits on counts hold within a module", "[runtime]") {
    StoreLimits caps;
    caps.max_memories = 2;
    caps.max_tables = 1;
    const auto store = store_with(caps);
    CHECK(outcome(try_instance(*store, mb::module({mb::section(
                                           mb::memories, {limits(0), limits(0), limits(0)})}))) ==
          "limit: too many memories: the limit is 2");
    const mb::Bytes table = mb::Bytes{mb::funcref} + limits(0);
    CHECK(outcome(try_instance(*store, mb::module({mb::section(mb::tables, {table, table})}))) ==
          "limit: too many tables: the limit is 1");
    CHECK(outcome(try_instance(*store, mb::module({mb::section(mb::tables, {table})}))) == "ok");
}
