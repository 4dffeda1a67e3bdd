// SPDX-License-Identifier: Apache-2.0
// When objects are freed, and that finalizers run exactly once.
#include <atomic>
#include <thread>

#include "runtime/bulk.h"
#include "runtime_support.h"

using namespace epsilon;
using namespace runtime_support;
namespace mb = module_bytes;

namespace {

const mb::Bytes nullary = mb::function_type({}, {});

// Imports a function, has a function of its own, a table that holds both, a memory and a global;
// exports them. None of its references can leave.
const mb::Bytes closed_module = mb::module({
    mb::section(mb::types, {nullary}),
    mb::section(mb::imports, {import("m", "f", {0x00, 0x00})}),
    mb::section(mb::functions, {{0x00}}),
    mb::section(mb::tables, {mb::Bytes{mb::funcref} + limits(4)}),
    mb::section(mb::memories, {limits(1)}),
    mb::section(mb::globals, {mb::Bytes{mb::i32, 0x01} + i32_const(7)}),
    mb::section(mb::exports,
                {export_of("f", 0, 1), export_of("table", 1, 0), export_of("memory", 2, 0),
                 export_of("global", 3, 0), export_of("imported", 0, 0)}),
    mb::section(mb::elements, {mb::Bytes{0x00} + i32_const(0) + mb::Bytes{0x02, 0x00, 0x01}}),
    mb::section(mb::code, {mb::body({})}),
});

// Imports a table and puts its own function into it; imports a function.
const mb::Bytes plugin = mb::module({
    mb::section(mb::types, {nullary}),
    mb::section(mb::imports, {import("m", "table", mb::Bytes{0x01, mb::funcref} + limits(1)),
                              import("m", "f", {0x00, 0x00})}),
    mb::section(mb::functions, {{0x00}}),
    mb::section(mb::elements, {mb::Bytes{0x00} + i32_const(0) + mb::Bytes{0x01, 0x01}}),
    mb::section(mb::code, {mb::body({})}),
});

Instance& closed_instance(Store& store, HostFunction& function) {
    return instance_of(store, closed_module, {{"m.f", &function.function}});
}

}  // namespace

TEST_CASE("an instance goes with its last handle, and takes its imports along", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    Instance& instance = closed_instance(*store, function);
    store->release_handle(function);
    CHECK(destroyed == 0);
    store->add_handle(instance);
    store->release_handle(instance);
    CHECK(store->count(ObjectKind::instance) == 1);
    store->release_handle(instance);
    CHECK(destroyed == 1);
    for (const ObjectKind kind : {ObjectKind::instance, ObjectKind::table, ObjectKind::memory,
                                  ObjectKind::global, ObjectKind::host_function}) {
        CHECK(store->count(kind) == 0);
    }
}

TEST_CASE("handles to what an instance defines", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    const auto last_export = [&](std::string_view name) {
        Instance& instance = closed_instance(*store, function);
        Object* object = nullptr;
        {
            const Store::Entry entry(*store);
            object = object_of(*instance.find_export(name));
            store->add_handle(*object);
        }
        store->release_handle(instance);
        return object;
    };
    // A table's elements and a global's storage need the instance; a memory doesn't.
    for (const char* name : {"f", "table", "global"}) {
        INFO(name);
        Object* object = last_export(name);
        CHECK(store->count(ObjectKind::instance) == 1);
        store->release_handle(*object);
        CHECK(store->count(ObjectKind::instance) == 0);
    }
    Object* memory = last_export("memory");
    CHECK(store->count(ObjectKind::instance) == 0);
    CHECK(static_cast<Memory*>(memory)->pages() == 1);
    static_cast<Memory*>(memory)->base[0] = 1;
    store->release_handle(*memory);
    CHECK(store->count(ObjectKind::memory) == 0);
    store->release_handle(function);
    CHECK(destroyed == 1);
}

TEST_CASE("what another instance imports lives as long as that one", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    Instance& first = closed_instance(*store, function);
    store->release_handle(function);
    const mb::Bytes importer = mb::module({
        mb::section(mb::types, {nullary}),
        mb::section(mb::imports, {import("a", "f", {0x00, 0x00}),
                                  import("a", "memory", mb::Bytes{0x02} + limits(1)),
                                  import("a", "global", {0x03, mb::i32, 0x01})}),
    });
    Imports imports;
    for (const char* name : {"f", "memory", "global"}) {
        const Store::Entry entry(*store);
        imports.set(std::string("a.") + name, *first.find_export(name));
    }
    Instance& second = instance_of(*store, importer, imports);
    Instance& third = instance_of(*store, importer, imports);
    store->release_handle(first);
    CHECK(store->count(ObjectKind::instance) == 3);
    CHECK(second.globals[0]->low == 7);
    store->release_handle(second);
    CHECK(store->count(ObjectKind::instance) == 2);
    store->release_handle(third);
    CHECK(store->count(ObjectKind::instance) == 0);
    CHECK(store->count(ObjectKind::memory) == 0);
    CHECK(destroyed == 1);
}

TEST_CASE("a chain of a hundred thousand instances goes without recursion", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    const mb::Bytes link = mb::module({
        mb::section(mb::types, {nullary}),
        mb::section(mb::imports, {import("m", "f", {0x00, 0x00})}),
        mb::section(mb::functions, {{0x00}}),
        mb::section(mb::exports, {export_of("f", 0, 1)}),
        mb::section(mb::code, {mb::body({})}),
    });
    const auto code = compile(link);
    FunctionInstance* previous = &function.function;
    Object* held = &function;
    for (int i = 0; i < 100'000; ++i) {
        Instance* next = nullptr;
        {
            const Store::Entry entry(*store);
            next = *instantiate(*store, code, Imports{{"m.f", previous}}, {});
        }
        store->release_handle(*held);
        previous = next->functions[1];
        held = next;
    }
    CHECK(store->count(ObjectKind::instance) == 100'000);
    SECTION("by counting") {
        store->release_handle(*held);
    }
    SECTION("by collection") {
        REQUIRE(store->is_valid_reference(ValueType::funcref(), slot_of(*previous)));
        store->release_handle(*held);
        store->collect();
    }
    CHECK(store->count(ObjectKind::instance) == 0);
    CHECK(destroyed == 1);
}

TEST_CASE("functions in an imported table keep their instance", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    Table& table = **store->new_table(table_type(ValueType::funcref(), 2), 0);
    Instance& instance =
        instance_of(*store, plugin, {{"m.table", &table}, {"m.f", &function.function}});
    store->release_handle(function);
    CHECK(table.elements[0] == slot_of(instance.own_functions[0]));
    store->release_handle(instance);
    store->collect();
    CHECK(store->count(ObjectKind::instance) == 1);
    CHECK(store->is_valid_reference(ValueType::funcref(), table.elements[0]));

    SECTION("until they are overwritten") {
        table.elements[0] = 0;
        store->collect();
        CHECK(store->count(ObjectKind::instance) == 0);
        CHECK(destroyed == 1);
        store->release_handle(table);
    }
    SECTION("and the table") {  // a cycle: the instance imports the table
        store->release_handle(table);
        CHECK(store->count(ObjectKind::instance) == 0);
        CHECK(store->count(ObjectKind::table) == 0);
        CHECK(destroyed == 1);
    }
}

TEST_CASE("cycles of instances through tables are freed", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    Instance& first = closed_instance(*store, function);
    Table* table = first.tables[0];
    Instance& second =
        instance_of(*store, plugin, {{"m.table", table}, {"m.f", first.functions[1]}});
    store->release_handle(function);
    store->release_handle(first);
    store->collect();
    CHECK(store->count(ObjectKind::instance) == 2);
    store->release_handle(second);
    CHECK(store->count(ObjectKind::instance) == 0);
    CHECK(store->count(ObjectKind::table) == 0);
    CHECK(destroyed == 1);
}

TEST_CASE("a reference that went through two instances keeps what it needs", "[runtime]") {
    // The second imports the first's table and with it the first's imported function, and puts it
    // into a third table, as its code could do.
    const auto store = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    Instance& first = closed_instance(*store, function);
    store->release_handle(function);
    Instance& second =
        instance_of(*store, plugin, {{"m.table", first.tables[0]}, {"m.f", first.functions[1]}});
    Table& table = **store->new_table(table_type(ValueType::funcref(), 1), 0);
    table.elements[0] = slot_of(function.function);
    store->release_handle(second);
    store->release_handle(first);
    store->collect();
    CHECK(store->count(ObjectKind::instance) == 0);
    CHECK(destroyed == 0);
    CHECK(store->is_valid_reference(ValueType::funcref(), table.elements[0]));
    store->release_handle(table);
    CHECK(destroyed == 1);
}

TEST_CASE("globals and passive segments hold references", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    ExternRef& externref = **store->new_externref(counting_payload(destroyed));
    Global& global = **store->new_global({ValueType::externref(), false}, {slot_of(externref), 0});
    const mb::Bytes module = mb::module({
        mb::section(mb::imports, {import("m", "g", {0x03, mb::externref, 0x00})}),
        mb::section(mb::tables, {mb::Bytes{mb::externref} + limits(1)}),
        // A global of its own and a passive segment, both initialised from the imported one.
        mb::section(mb::globals, {{mb::externref, 0x01, 0x23, 0x00, 0x0b}}),
        mb::section(mb::elements, {{0x05, mb::externref, 0x01, 0x23, 0x00, 0x0b}}),
    });
    Instance& instance = instance_of(*store, module, {{"m.g", &global}});
    CHECK(instance.own_globals[0].low == slot_of(externref));
    store->release_handle(global);
    store->release_handle(externref);
    store->collect();
    CHECK(destroyed == 0);
    CHECK(table_init(instance, 0, 0, 0, 0, 1) == Trap::none);
    CHECK(instance.tables[0]->elements[0] == slot_of(externref));
    store->release_handle(instance);
    CHECK(destroyed == 1);
    CHECK(store->count(ObjectKind::global) == 0);
}

TEST_CASE("externrefs that never travelled go at once, others by collection", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    for (int i = 0; i < 10; ++i) {
        store->release_handle(**store->new_externref(counting_payload(destroyed)));
    }
    CHECK(destroyed == 10);

    Table& table = **store->new_table(table_type(ValueType::externref(), 10), 0);
    for (int i = 0; i < 10; ++i) {
        ExternRef& externref = **store->new_externref(counting_payload(destroyed));
        REQUIRE(store->is_valid_reference(ValueType::externref(), slot_of(externref)));
        table.elements[i] = slot_of(externref);
        store->release_handle(externref);
    }
    store->collect();
    CHECK(destroyed == 10);
    CHECK(table_fill(table, 0, 0, 5) == Trap::none);
    // Without being asked, after some calls.
    for (int i = 0; i < 1000; ++i) {
        const Store::Entry entry(*store);
    }
    CHECK(destroyed == 15);
    store->release_handle(table);
    CHECK(destroyed == 20);
}

TEST_CASE("nothing is freed while the store is in use", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    {
        const Store::Entry outer(*store);
        HostFunction& function = host_function(*store, destroyed);
        {
            const Store::Entry inner(*store);
            store->release_handle(function);
            store->collect();
        }
        CHECK(destroyed == 0);
        // Taken up again, and let go again, before the idle moment.
        store->add_handle(function);
        store->release_handle(function);
        CHECK(destroyed == 0);
    }
    CHECK(destroyed == 1);
}

TEST_CASE("handles are released from other threads, also while the store is in use", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    std::vector<HostFunction*> functions;
    for (int i = 0; i < 1000; ++i) {
        functions.push_back(&host_function(*store, destroyed));
    }
    {
        const Store::Entry entry(*store);
        std::thread([&] {
            CHECK_FALSE(Store::Entry(*store).ok());
            for (int i = 0; i < 500; ++i) {
                store->release_handle(*functions[i]);
            }
        }).join();
        CHECK(destroyed == 0);
    }
    CHECK(destroyed == 500);
    std::thread([&] {
        for (int i = 500; i < 1000; ++i) {
            store->release_handle(*functions[i]);
        }
    }).join();
    CHECK(destroyed == 1000);
}

TEST_CASE("a race of releases with entries loses nothing", "[runtime]") {
    const auto store = new_store();
    std::atomic<int> destroyed{0};
    const auto payload = [&] {
        return std::shared_ptr<void>(
            &destroyed, [](void* count) { static_cast<std::atomic<int>*>(count)->fetch_add(1); });
    };
    constexpr int count = 20'000;
    std::vector<ExternRef*> references;
    for (int i = 0; i < count; ++i) {
        ExternRef* externref = *store->new_externref(payload());
        REQUIRE(store->is_valid_reference(ValueType::externref(), slot_of(*externref)));
        references.push_back(externref);
    }
    std::atomic<bool> stop{false};
    std::thread releasing([&] {
        for (int i = 0; i < count; i += 2) {
            store->release_handle(*references[i]);
        }
    });
    std::thread doubling([&] {
        for (int i = 1; i < count; i += 2) {
            store->add_handle(*references[i]);
            store->release_handle(*references[i]);
            store->release_handle(*references[i]);
        }
        stop = true;
    });
    while (!stop) {
        const Store::Entry entry(*store);
        if (entry.ok()) {
            store->collect();
        }
    }
    releasing.join();
    doubling.join();
    CHECK(destroyed + int(store->count(ObjectKind::externref)) == count);
    store->collect();
    CHECK(destroyed == count);
}

TEST_CASE("the store may go on any thread, with objects in it", "[runtime]") {
    int destroyed = 0;
    auto store = new_store();
    HostFunction& function = host_function(*store, destroyed);
    closed_instance(*store, function);
    REQUIRE(store->new_externref(counting_payload(destroyed)).ok());
    std::thread([last = std::move(store)]() mutable { last.reset(); }).join();
    CHECK(destroyed == 2);
}

TEST_CASE("finalizers may use the store", "[runtime]") {
    struct Chain {
        Chain(Store& s, int& count, Object* n) : store(s), destroyed(count), next(n) {}
        Store& store;
        int& destroyed;
        Object* next;
        ~Chain() {
            ++destroyed;
            if (next != nullptr) {
                store.release_handle(*next);
                const Store::Entry entry(store);
                store.release_handle(**store.new_memory(memory_type(1)));
                store.collect();
            }
        }
    };
    const auto store = new_store();
    int destroyed = 0;
    Object* next = nullptr;
    for (int i = 0; i < 1000; ++i) {
        next = *store->new_externref(
            std::shared_ptr<void>(std::make_shared<Chain>(*store, destroyed, next)));
    }
    store->release_handle(*next);
    CHECK(destroyed == 1000);
    CHECK(store->count(ObjectKind::memory) == 0);
}

TEST_CASE("a callable is destroyed also when registration fails", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    {
        const Store::Entry entry(*store);
        HostFunction& function = host_function(*store, destroyed);
        store->release_handle(function);
    }
    CHECK(destroyed == 1);
}

TEST_CASE("externrefs made in a long call are freed during it", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    Table& table = **store->new_table(table_type(ValueType::externref(), 10), 0);
    REQUIRE(store->ensure_stack());
    const Store::Entry entry(*store);
    const auto make = [&] {
        const Store::Entry making(*store);
        ExternRef& externref = **store->new_externref(counting_payload(destroyed));
        store->is_valid_reference(ValueType::externref(), slot_of(externref));
        return &externref;
    };
    ExternRef* const held = make();
    ExternRef* const on_stack = make();
    ExternRef* const in_table = make();
    table.elements[3] = slot_of(*in_table);
    store->stack_base()[100] = slot_of(*on_stack);
    store->context().stack_top = store->stack_base() + 101;
    {
        const Store::Entry host_function(*store);
        store->release_handle(*on_stack);
        store->release_handle(*in_table);
        for (int i = 0; i < 400'000; ++i) {
            store->release_handle(*make());
        }
    }
    CHECK(destroyed > 150'000);
    CHECK(store->count(ObjectKind::externref) < 250'001);
    for (const ExternRef* kept : {held, on_stack, in_table}) {
        CHECK(store->is_valid_reference(ValueType::externref(), slot_of(*kept)));
    }
    store->context().stack_top = nullptr;
}

TEST_CASE("an externref that a running host function has let go stays", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    REQUIRE(store->ensure_stack());
    const Store::Entry call(*store);
    const auto make = [&] {
        ExternRef* externref = nullptr;
        {
            const Store::Entry making(*store);
            externref = *store->new_externref(counting_payload(destroyed));
            store->is_valid_reference(ValueType::externref(), slot_of(*externref));
        }
        store->release_handle(*externref);
        return slot_of(*externref);
    };
    const Slot result = make();
    {
        // It calls WebAssembly, whose host functions make many more.
        const Store::Entry nested(*store);
        for (int i = 0; i < 400'000; ++i) {
            make();
        }
    }
    CHECK(destroyed > 0);
    CHECK(store->is_valid_reference(ValueType::externref(), result));
}

TEST_CASE("a call's references stay until the next call", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    const ValueType types[] = {ValueType::i32, ValueType::externref(), ValueType::funcref()};
    Value values[3] = {{1, 0}, {}, {}};
    {
        const Store::Entry entry(*store);
        ExternRef& externref = **store->new_externref(counting_payload(destroyed));
        HostFunction& function = host_function(*store, destroyed);
        values[1].low = slot_of(externref);
        values[2].low = slot_of(function.function);
        REQUIRE(store->is_valid_reference(types[1], values[1].low));
        store->release_handle(externref);
        store->release_handle(function);
        store->keep_references(types, values);
    }
    store->collect();
    CHECK(destroyed == 0);
    values[1] = values[2] = {};
    {
        const Store::Entry entry(*store);
        store->keep_references(types, values);
    }
    store->collect();
    CHECK(destroyed == 2);
}

TEST_CASE("opening and closing among thousands of instances is not quadratic", "[runtime]") {
    const auto store = new_store();
    int destroyed = 0;
    Table& table = **store->new_table(table_type(ValueType::funcref(), 1), 0);
    HostFunction& shared = host_function(*store, destroyed);
    const auto code = compile(plugin);
    const auto open = [&](HostFunction& function) {
        const Store::Entry entry(*store);
        return *instantiate(*store, code, Imports{{"m.table", &table}, {"m.f", &function.function}},
                            {});
    };
    for (int i = 0; i < 5000; ++i) {
        open(shared);
    }
    // These need the collection, because the table is shared.
    for (int i = 0; i < 20'000; ++i) {
        HostFunction& function = host_function(*store, destroyed);
        Instance* instance = open(function);
        store->release_handle(function);
        store->release_handle(*instance);
    }
    CHECK(store->count(ObjectKind::instance) < 5000 + 5000);
    CHECK(destroyed > 15'000);
    store->collect();
    CHECK(store->count(ObjectKind::instance) == 5001);  // one in the table
    CHECK(destroyed == 19'999);
}

TEST_CASE("garbage makes room before a limit refuses", "[runtime]") {
    StoreLimits caps;
    caps.max_instances = 3;
    caps.max_tables = 2;
    caps.max_total_memory_bytes = 3 * 65536;
    const auto store = store_with(caps);
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    Table& table = **store->new_table(table_type(ValueType::funcref(), 1), 0);
    const Imports imports = {{"m.table", &table}, {"m.f", &function.function}};
    Instance& first = instance_of(*store, plugin, imports);
    instance_of(*store, plugin, imports);
    instance_of(*store, plugin, imports);
    CHECK(outcome(try_instance(*store, plugin, imports)) ==
          "limit: too many instances: the limit is 3");
    {
        // Garbage that waits for the idle moment.
        const Store::Entry entry(*store);
        store->release_handle(first);
        auto made = instantiate(*store, compile(plugin), imports, {});
        CHECK(made.ok());
    }
    CHECK(store->new_table(table_type(ValueType::funcref(), 1), 0).ok());
    CHECK(outcome(store->new_table(table_type(ValueType::funcref(), 1), 0)) ==
          "limit: too many tables: the limit is 2");
}
