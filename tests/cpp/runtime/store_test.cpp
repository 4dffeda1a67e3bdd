// SPDX-License-Identifier: Apache-2.0
#include "runtime/store.h"

#include <cstring>
#include <thread>

#include "platform/fault_handler.h"
#include "runtime_support.h"

using namespace epsilon;
using namespace runtime_support;
namespace mb = module_bytes;

TEST_CASE("one thread at a time is inside, as deep as it likes", "[runtime]") {
    const auto store = new_store();
    const auto other_thread_enters = [&] {
        bool entered = false;
        std::thread([&] { entered = Store::Entry(*store).ok(); }).join();
        return entered;
    };
    CHECK(other_thread_enters());
    {
        const Store::Entry outer(*store);
        CHECK(outer.ok());
        CHECK_FALSE(other_thread_enters());
        {
            const Store::Entry inner(*store);
            CHECK(inner.ok());
        }
        CHECK_FALSE(other_thread_enters());
    }
    CHECK(other_thread_enters());
    CHECK(Store::busy_error()->message == "the runtime is in use by another thread");
    CHECK(Store::busy_error()->kind == ErrorKind::misuse);
}

TEST_CASE("only references of this store are accepted", "[runtime]") {
    const auto store = new_store();
    const auto other = new_store();
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    HostFunction& foreign = host_function(*other, destroyed);
    ExternRef& externref = **store->new_externref(nullptr);
    Instance& instance =
        instance_of(*store, mb::module({
                                mb::section(mb::types, {mb::function_type({}, {})}),
                                mb::section(mb::functions, {{0x00}, {0x00}, {0x00}}),
                                mb::section(mb::code, {mb::body({}), mb::body({}), mb::body({})}),
                            }));
    const ValueType funcref = ValueType::funcref();
    const ValueType anyref = ValueType::externref();

    CHECK(store->is_valid_reference(funcref, 0));
    CHECK(store->is_valid_reference(anyref, 0));
    CHECK_FALSE(store->is_valid_reference(ValueType::ref(HeapType::func, false), 0));
    CHECK_FALSE(store->is_valid_reference(ValueType::i32, 0));
    CHECK(store->is_valid_reference(funcref, slot_of(function.function)));
    CHECK_FALSE(store->is_valid_reference(anyref, slot_of(function.function)));
    CHECK(store->is_valid_reference(anyref, slot_of(externref)));
    CHECK_FALSE(store->is_valid_reference(funcref, slot_of(externref)));
    CHECK_FALSE(store->is_valid_reference(funcref, slot_of(foreign.function)));

    const Slot first = slot_of(instance.own_functions[0]);
    for (int i = 0; i < 3; ++i) {
        CHECK(store->is_valid_reference(funcref, first + i * sizeof(FunctionInstance)));
    }
    CHECK_FALSE(store->is_valid_reference(funcref, first + 3 * sizeof(FunctionInstance)));
    CHECK_FALSE(store->is_valid_reference(funcref, first - sizeof(FunctionInstance)));
    CHECK_FALSE(store->is_valid_reference(funcref, first + 1));
    CHECK_FALSE(store->is_valid_reference(funcref, first + 8));
    for (const Slot forged : {Slot(1), Slot(8), Slot(0xdeadbeef), UINT64_MAX, Slot(1) << 63}) {
        CHECK_FALSE(store->is_valid_reference(funcref, forged));
        CHECK_FALSE(store->is_valid_reference(anyref, forged));
    }

    CHECK(outcome(store->new_table(table_type(funcref, 1), slot_of(foreign.function))) ==
          "misuse: the initial element is not a reference of this runtime");
    CHECK(outcome(store->new_global({anyref, true}, {1234, 0})) ==
          "misuse: the initial value is not a reference of this runtime");

    store->release_handle(instance);
    CHECK_FALSE(store->is_valid_reference(funcref, first));
    store->release_handle(externref);
    CHECK_FALSE(store->is_valid_reference(anyref, slot_of(externref)));
}

TEST_CASE("tables: limits, growth, initial elements", "[runtime]") {
    StoreLimits caps;
    caps.max_table_elements = 100;
    const auto store = store_with(caps);
    int destroyed = 0;
    HostFunction& function = host_function(*store, destroyed);
    const Slot init = slot_of(function.function);
    const ValueType funcref = ValueType::funcref();

    CHECK(outcome(store->new_table(table_type(funcref, 101), 0)) ==
          "limit: the minimum of 101 elements is above the limit of 100");
    CHECK(outcome(store->new_table(table_type(funcref, 2, 1), 0)) ==
          "misuse: size minimum must not be greater than maximum");
    CHECK(outcome(store->new_table(table_type(ValueType::i32, 1), 0)) ==
          "misuse: table elements must be references");

    Table& table = **store->new_table(table_type(funcref, 3, 1000), init);
    CHECK(table.size == 3);
    CHECK(table.elements[2] == init);
    CHECK(table.grow(0, 0) == 3u);
    CHECK(table.grow(2, 0) == 3u);
    CHECK(table.elements[2] == init);
    CHECK(table.elements[4] == 0);
    CHECK(table.grow(96, init) == std::nullopt);
    CHECK(table.grow(UINT64_MAX, init) == std::nullopt);
    CHECK(table.size == 5);
    CHECK(table.grow(95, init) == 5u);
    CHECK(table.elements[99] == init);
    CHECK(table.current_type().limits.min == 100);
    CHECK(*table.current_type().limits.max == 1000);

    Table& bounded = **store->new_table(table_type(funcref, 0, 2), 0);
    CHECK(bounded.grow(3, 0) == std::nullopt);
    CHECK(bounded.grow(2, 0) == 0u);
    CHECK(outcome(try_instance(
              *store,
              mb::module({mb::section(mb::tables, {mb::Bytes{mb::funcref} + limits(0),
                                                   mb::Bytes{mb::funcref} + limits(200)})}))) ==
          "limit: table 1: the minimum of 200 elements is above the limit of 100");
}

TEST_CASE("a table that the system refuses to grow stays as it was", "[runtime]") {
    StoreLimits caps;
    caps.max_table_elements = UINT64_MAX;
    const auto store = store_with(caps);
    Table& table = **store->new_table(table_type(ValueType::externref(), 1), 0);
    CHECK(table.max_elements() == UINT32_MAX);
    CHECK(table.grow(uint64_t(UINT32_MAX), 0) == std::nullopt);
    CHECK(table.grow(9, 0) == 1u);
    CHECK(table.size == 10);
}

TEST_CASE("the value stack: size, limit, exhaustion by the system, trimming", "[runtime]") {
    StoreLimits caps;
    caps.max_stack_bytes = 1 << 20;
    const auto store = store_with(caps);
    {
        for (uint64_t successes = 0; successes < 2; ++successes) {
            const platform::MemoryFailureGuard failure(successes);
            CHECK_FALSE(store->ensure_stack());
        }
        CHECK(store->stack_base() == nullptr);
    }
    REQUIRE(store->ensure_stack());
    Slot* const base = store->stack_base();
    Context& context = store->context();
    CHECK(context.store == store.get());
    CHECK(context.stack_limit == base + (1 << 20) / 8);
    // Room behind the limit for arguments and results.
    context.stack_limit[2000] = 1;
    CHECK(store->ensure_stack());
    CHECK(store->stack_base() == base);

    base[0] = 5;
    base[100'000] = 6;
    store->trim_stack();
    CHECK(base[0] == 5);
    CHECK(base[100'000] == 0);
    // Running frames stay.
    const Store::Entry call(*store);
    base[100'000] = 7;
    context.stack_top = base + 100'001;
    {
        const Store::Entry nested(*store);
        store->trim_stack();
    }
    CHECK(base[100'000] == 7);
    context.stack_top = nullptr;
}

TEST_CASE("stop requests are seen and cleared", "[runtime]") {
    const auto store = new_store();
    Context& context = store->context();
    const char handlers = 0;
    context.fault.real_handler_base = &handlers;
    context.fault.handler_base = &handlers;
    std::thread([&] { store->request_stop(StopReason::timeout); }).join();
    CHECK(context.stop == uint32_t(StopReason::timeout));
    if (store->faults_are_handled()) {
        CHECK(context.fault.handler_base == platform::stop_region_base());
    }
    store->clear_stop(StopReason::timeout);
    CHECK(context.stop == 0);
    CHECK(context.fault.handler_base == &handlers);

    StoreOptions options;
    options.signals = false;
    const auto quiet = new_store(options);
    quiet->context().fault.handler_base = &handlers;
    quiet->request_stop(StopReason::interrupted);
    CHECK(quiet->context().stop == uint32_t(StopReason::interrupted));
    CHECK(quiet->context().fault.handler_base == &handlers);
}

TEST_CASE("globals of the host", "[runtime]") {
    const auto store = new_store();
    Global& global = **store->new_global({ValueType::v128, true}, {1, 2});
    CHECK(global.storage()->low == 1);
    CHECK(global.storage()->high == 2);
    CHECK(outcome(store->new_global({ValueType::bottom, true}, {})) ==
          "misuse: globals need a value type");
}
