// SPDX-License-Identifier: Apache-2.0
#include "runtime/link.h"

#include "runtime_support.h"

using namespace epsilon;
using namespace runtime_support;
namespace mb = module_bytes;

namespace {

const FunctionType unary{{ValueType::i32}, {ValueType::i32}};

// Imports of a function [i32] -> [i32], and of what else is asked for.
mb::Bytes importing(const mb::Bytes& description) {
    return mb::module({
        mb::section(mb::types, {mb::function_type({mb::i32}, {mb::i32})}),
        mb::section(mb::imports, {import("m", "x", description)}),
    });
}

const mb::Bytes function_import = {0x00, 0x00};
mb::Bytes table_import(const mb::Bytes& size) {
    return mb::Bytes{0x01, mb::funcref} + size;
}
mb::Bytes memory_import(const mb::Bytes& size) {
    return mb::Bytes{0x02} + size;
}
mb::Bytes global_import(uint8_t type, uint8_t is_mutable) {
    return {0x03, type, is_mutable};
}

}  // namespace

TEST_CASE("every kind of import links when the types match", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed, unary);
    Table& table = **store->new_table(table_type(ValueType::funcref(), 5, 10), 0);
    Memory& memory = **store->new_memory(memory_type(2, 4));
    Global& global = **store->new_global({ValueType::i32, true}, {42, 0});

    const auto links = [&](const mb::Bytes& description, Extern value) {
        return outcome(try_instance(*store, importing(description), {{"m.x", value}}));
    };
    CHECK(links(function_import, &function.function) == "ok");
    CHECK(links(table_import(limits(5)), &table) == "ok");
    CHECK(links(table_import(limits(4, 10)), &table) == "ok");
    CHECK(links(table_import(limits(0, 11)), &table) == "ok");
    CHECK(links(memory_import(limits(2)), &memory) == "ok");
    CHECK(links(memory_import(limits(0, 4)), &memory) == "ok");
    CHECK(links(global_import(mb::i32, 1), &global) == "ok");

    Instance& instance =
        instance_of(*store, importing(global_import(mb::i32, 1)), {{"m.x", &global}});
    CHECK(instance.globals[0]->low == 42);
    CHECK(instance.globals[0] == global.storage());
    store->release_handle(instance);

    // The current size counts, not the declared one.
    CHECK(links(memory_import(limits(3)), &memory) ==
          "link: incompatible import type for m.x: expected memory 3, found memory 2 4");
    CHECK(memory.grow(1) == 2u);
    CHECK(links(memory_import(limits(3)), &memory) == "ok");
}

TEST_CASE("an import of the wrong type is told with both types", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& nullary = host_function(*store, destroyed);
    Table& table = **store->new_table(table_type(ValueType::funcref(), 5), 0);
    Table& externs = **store->new_table(table_type(ValueType::externref(), 5, 5), 0);
    Memory& memory = **store->new_memory(memory_type(2, 4));
    Memory& unbounded = **store->new_memory(memory_type(2));
    Global& global = **store->new_global({ValueType::i32, true}, {});

    const auto refused = [&](const mb::Bytes& description, Extern value) {
        const std::string text =
            outcome(try_instance(*store, importing(description), {{"m.x", value}}));
        const std::string start = "link: incompatible import type for m.x: expected ";
        return text.substr(0, start.size()) == start ? text.substr(start.size()) : text;
    };
    CHECK(refused(function_import, &nullary.function) ==
          "function [i32] -> [i32], found function [] -> []");
    CHECK(refused(function_import, &memory) == "function [i32] -> [i32], found memory 2 4");
    CHECK(refused(table_import(limits(6)), &table) == "table 6 funcref, found table 5 funcref");
    CHECK(refused(table_import(limits(5, 5)), &table) ==
          "table 5 5 funcref, found table 5 funcref");
    CHECK(refused(table_import(limits(5)), &externs) ==
          "table 5 funcref, found table 5 5 externref");
    CHECK(refused(table_import(limits(5)), &global) == "table 5 funcref, found global (mut i32)");
    CHECK(refused(memory_import(limits(3)), &memory) == "memory 3, found memory 2 4");
    CHECK(refused(memory_import(limits(2, 3)), &memory) == "memory 2 3, found memory 2 4");
    CHECK(refused(memory_import(limits(2, 3)), &unbounded) == "memory 2 3, found memory 2");
    CHECK(refused(memory_import(limits(2)), &nullary.function) ==
          "memory 2, found function [] -> []");
    CHECK(refused(global_import(mb::i32, 0), &global) == "global i32, found global (mut i32)");
    CHECK(refused(global_import(mb::i64, 1), &global) ==
          "global (mut i64), found global (mut i32)");
    CHECK(refused(global_import(mb::i64, 1), &table) == "global (mut i64), found table 5 funcref");
    CHECK(refused(function_import, static_cast<Table*>(nullptr)) == "link: unknown import m.x");
    CHECK(store->count(ObjectKind::instance) == 0);
}

TEST_CASE("one error lists all missing and wrong imports, in order", "[runtime]") {
    const auto store = new_store();
    Memory& memory = **store->new_memory(memory_type(1));
    const mb::Bytes module = mb::module({
        mb::section(mb::types, {mb::function_type({}, {})}),
        mb::section(
            mb::imports,
            {import("env", "a", {0x00, 0x00}), import("env", "b", {0x00, 0x00}),
             import("env", "memory", memory_import(limits(1))), import("", "", {0x00, 0x00})}),
    });
    CHECK(outcome(try_instance(*store, module, {{"env.b", &memory}, {"env.memory", &memory}})) ==
          "link: unknown import env.a; incompatible import type for env.b: expected function [] -> "
          "[], found memory 1; unknown import .");
}

TEST_CASE("the text about bad imports stays in proportion", "[runtime]") {
    const auto store = new_store();
    const mb::Bytes item = import("m", "x", {0x00, 0x00});
    const mb::Bytes module = mb::module({
        mb::section(mb::types, {mb::function_type(mb::Bytes(1000, mb::i64), {})}),
        mb::section(mb::imports, mb::u32(5000) + mb::repeat(item, 5000)),
    });
    Memory& memory = **store->new_memory(memory_type(1));
    const std::string text = outcome(try_instance(*store, module, {{"m.x", &memory}}));
    CHECK(text.size() < 80'000);
    CHECK(text.substr(text.size() - 5) == " more");
}

TEST_CASE("objects of another store are refused", "[runtime]") {
    const auto store = new_store();
    const auto other = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*other, destroyed, unary);
    CHECK(
        outcome(try_instance(*store, importing(function_import), {{"m.x", &function.function}})) ==
        "misuse: import m.x belongs to another runtime");
    Memory& memory = **other->new_memory(memory_type(2));
    CHECK(outcome(try_instance(*store, importing(memory_import(limits(1))), {{"m.x", &memory}})) ==
          "misuse: import m.x belongs to another runtime");
}

TEST_CASE("function types match across modules by structure", "[runtime]") {
    const auto store = new_store();
    const mb::Bytes exporter = mb::module({
        mb::section(mb::types,
                    {mb::function_type({}, {}), mb::function_type({mb::i32}, {mb::i32})}),
        mb::section(mb::functions, {{0x01}}),
        mb::section(mb::exports, {export_of("f", 0, 0)}),
        mb::section(mb::code, {mb::body({0x20, 0x00})}),
    });
    Instance& first = instance_of(*store, exporter);
    const Extern function = *first.find_export("f");
    Instance& second = instance_of(*store, importing(function_import), {{"m.x", function}});
    CHECK(second.functions[0] == std::get<FunctionInstance*>(function));
    CHECK(second.functions[0]->instance == &first);
    CHECK(first.find_export("g") == std::nullopt);
    CHECK(function_type(*second.functions[0]) == unary);
}
