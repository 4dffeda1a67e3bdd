// SPDX-License-Identifier: Apache-2.0
// The operations of a World: one or a few functions of epsilon.h each, with whatever is there.
#include <iterator>
#include <string>
#include <string_view>

#include "api_world.h"
#include "tests/capi/modules.h"

namespace fuzz {

namespace {

constexpr size_t most_values = 4;  // parameters and results of host functions

struct Bytes {
    const uint8_t* data;
    size_t size;
};
constexpr Bytes module_bytes[] = {
    {references_wasm, sizeof references_wasm}, {calls_wasm, sizeof calls_wasm},
    {imports_wasm, sizeof imports_wasm},       {basic_wasm, sizeof basic_wasm},
    {start_wasm, sizeof start_wasm},           {big_memory_wasm, sizeof big_memory_wasm},
    {spin_start_wasm, sizeof spin_start_wasm}, {calls_wasm, 20},
};

}  // namespace

void World::furnish() {
    for (size_t i = 0; i < Shelf<Compiled>::size; ++i) {
        const Bytes& bytes = module_bytes[i];
        compileds_.set(i, made<Compiled>([&](auto out) {
                           return epsilon_compiled_new(nullptr, bytes.data, bytes.size, out);
                       }));
    }
    configs_.set(0, made<Config>(epsilon_config_new));
    furnish(0);
    furnish(1);
}

void World::furnish(size_t runtime) {
    // The second one meters.
    EXPECT(succeeded(epsilon_config_set_metering(configs_.at(0), runtime == 1)));
    runtimes_.set(
        runtime, made<Runtime>([&](auto out) { return epsilon_runtime_new(configs_.at(0), out); }));
    interrupts_.set(runtime, made<Interrupt>([&](auto out) {
                        return epsilon_interrupt_new(runtimes_.at(runtime), out);
                    }));
    epsilon_runtime_t* const store = runtimes_.at(runtime);
    const size_t place = runtime * 3;
    const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    const epsilon_valtype_t externref = EPSILON_VALTYPE_EXTERNREF;
    funcs_.set(place, new_host_func(store, &i32, 1, &i32, 1));
    funcs_.set(place + 1, new_host_func(store, nullptr, 0, &externref, 1));
    externrefs_.set(place, made<Externref>([&](auto out) {
                        return epsilon_externref_new(store, hold(), finalize, out);
                    }));
    refs_[place] = epsilon_externref_ref(externrefs_.at(place));
    refs_[place + 1] = epsilon_func_ref(funcs_.at(place));
    tables_.set(place, made<Table>([&](auto out) {
                    return epsilon_table_new(store, EPSILON_VALTYPE_FUNCREF, 4, false, 0, 0, out);
                }));
    memories_.set(
        place, made<Memory>([&](auto out) { return epsilon_memory_new(store, 1, true, 4, out); }));
    const epsilon_value_t zero{};
    globals_.set(place, made<Global>([&](auto out) {
                     return epsilon_global_new(store, i32, true, &zero, out);
                 }));

    imports_.set(runtime, made<Imports>(epsilon_imports_new));
    epsilon_imports_t* const imports = imports_.at(runtime);
    EXPECT(
        succeeded(epsilon_imports_add_func(imports, "host", 4, "callback", 8, funcs_.at(place))));
    EXPECT(
        succeeded(epsilon_imports_add_func(imports, "host", 4, "make", 4, funcs_.at(place + 1))));
    EXPECT(succeeded(epsilon_imports_add_func(imports, "env", 3, "twice", 5, funcs_.at(place))));
    EXPECT(succeeded(epsilon_imports_add_table(imports, "env", 3, "table", 5, tables_.at(place))));
    EXPECT(
        succeeded(epsilon_imports_add_memory(imports, "env", 3, "memory", 6, memories_.at(place))));
    EXPECT(
        succeeded(epsilon_imports_add_global(imports, "env", 3, "global", 6, globals_.at(place))));
    for (size_t i = 0; i < 2; ++i) {  // of references.wat and calls.wat
        modules_.set(place + i, made<Module>([&](auto out) {
                         return epsilon_module_new(store, compileds_.at(i), imports, nullptr, out);
                     }));
        EXPECT(modules_.at(place + i) != nullptr);
    }
}

template <class Owned, class Make>
void World::make(Shelf<Owned>& shelf, Make&& make) {
    typename Owned::pointer out = nullptr;
    // Now and then nowhere to put it.
    const bool wanted = choices_.below(32) != 31;
    const bool made = check(make(wanted ? &out : nullptr));
    EXPECT(made == (out != nullptr));
    if (made) {
        shelf.put(choices_, out);
    }
}

void World::new_config() {
    make(configs_, epsilon_config_new);
}

void World::set_config() {
    epsilon_config_t* config = configs_.any(choices_);
    switch (choices_.below(17)) {
        case 11:
            check(epsilon_config_set_ceilings(config, choices_.flip()));
            break;
        case 12:
            check(epsilon_config_set_max_memories(config, choices_.below(8)));
            break;
        case 13:
            check(epsilon_config_set_max_tables(config, choices_.below(8)));
            break;
        case 14:
            check(epsilon_config_set_timeout_ms(config, choices_.number()));
            break;
        case 15:
            check(epsilon_config_set_fuel(config, choices_.number()));
            break;
        case 16:
            check(epsilon_config_set_metering(config, choices_.flip()));
            break;
        case 0:
            check(epsilon_config_set_feature(config, epsilon_feature_t(choices_.below(12)),
                                             choices_.flip()));
            break;
        case 1:
            check(epsilon_config_set_limit(config, epsilon_limit_t(choices_.below(18)),
                                           choices_.number()));
            break;
        case 2:
            check(epsilon_config_set_max_memory_pages(config, choices_.number()));
            break;
        case 3:
            check(epsilon_config_set_max_total_memory_bytes(config, choices_.number()));
            break;
        case 4:
            check(epsilon_config_set_max_table_elements(config, choices_.byte()));
            break;
        case 5:
            check(epsilon_config_set_max_instances(config, choices_.below(8)));
            break;
        case 6:
            check(epsilon_config_set_max_call_depth(config, choices_.number()));
            break;
        case 7:
            check(epsilon_config_set_max_stack_bytes(config, choices_.below(64) * 4096));
            break;
        case 8:
            check(epsilon_config_set_memory_checks(config,
                                                   epsilon_memory_checks_t(choices_.below(4))));
            break;
        default: {
            const uint8_t which = choices_.byte();
            switch (which >> 5) {
                case 1:
                    check(epsilon_config_set_tiers(config, which & 3));
                    break;
                case 2:
                    check(epsilon_config_set_tier_thresholds(config, which & 7, which >> 3 & 3));
                    break;
                case 3:
                    check(epsilon_config_set_random_tiers(config, which & 31));
                    break;
                default:
                    check(epsilon_config_set_signals(config, (which & 1) != 0));
                    break;
            }
            break;
        }
    }
}

void World::new_runtime() {
    const epsilon_config_t* config = configs_.any(choices_);
    make(runtimes_, [&](auto out) { return epsilon_runtime_new(config, out); });
}

void World::new_compiled() {
    const epsilon_config_t* config = configs_.any(choices_);
    const Bytes& bytes = module_bytes[choices_.below(std::size(module_bytes))];
    if (choices_.below(8) == 1) {
        check(epsilon_compiled_validate(config, bytes.data, bytes.size));
        return;
    }
    make(compileds_,
         [&](auto out) { return epsilon_compiled_new(config, bytes.data, bytes.size, out); });
}

void World::new_imports() {
    make(imports_, epsilon_imports_new);
}

template <class Object>
void World::bind(epsilon_error_t* (*add)(epsilon_imports_t*, const char*, size_t, const char*,
                                         size_t, Object*),
                 Object* object) {
    struct Name {
        std::string_view module;
        std::string_view name;
    };
    // What the modules import.
    static constexpr Name imports[] = {{"host", "callback"}, {"host", "make"}, {"host", "start"},
                                       {"env", "twice"},     {"env", "table"}, {"env", "memory"},
                                       {"env", "global"},    {"", ""}};
    const Name& name = imports[choices_.below(std::size(imports))];
    check(add(imports_.any(choices_), name.module.data(), name.module.size(), name.name.data(),
              name.name.size(), object));
}

void World::add_import() {
    switch (choices_.below(6)) {
        case 0:
            bind(epsilon_imports_add_table, tables_.any(choices_));
            break;
        case 1:
            bind(epsilon_imports_add_memory, memories_.any(choices_));
            break;
        case 2:
            bind(epsilon_imports_add_global, globals_.any(choices_));
            break;
        case 3: {
            const auto [text, size] = name();
            check(epsilon_imports_add_module(imports_.any(choices_), text, size,
                                             modules_.any(choices_)));
            break;
        }
        default:
            bind(epsilon_imports_add_func, funcs_.any(choices_));
            break;
    }
}

void World::new_options() {
    make(options_, epsilon_options_new);
    epsilon_options_t* options = options_.any(choices_);
    check(epsilon_options_set_timeout_ms(options, timeout_ms));
    if (choices_.flip()) {
        check(epsilon_options_set_max_memory_pages(options, choices_.number()));
    }
}

void World::new_module() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    const epsilon_compiled_t* compiled = compileds_.any(choices_);
    const epsilon_imports_t* imports = imports_.any(choices_);
    epsilon_options_t* options = options_.any(choices_);
    Options own;
    if (options == nullptr) {
        own = made<Options>(epsilon_options_new);
        options = own.get();
    }
    // Some start functions don't end.
    EXPECT(succeeded(epsilon_options_set_timeout_ms(options, timeout_ms)));
    Module module = made<Module>(
        [&](auto out) { return epsilon_module_new(runtime, compiled, imports, options, out); });
    if (module != nullptr) {
        get_export_of(module.get());
        modules_.put(choices_, module.release());
    }
}

void World::new_func() {
    epsilon_valtype_t params[most_values];
    epsilon_valtype_t results[most_values];
    size_t nparams = 0;
    size_t nresults = 0;
    switch (choices_.below(4)) {
        case 0:  // as the modules import them
            params[nparams++] = EPSILON_VALTYPE_I32;
            results[nresults++] = EPSILON_VALTYPE_I32;
            break;
        case 1:
            results[nresults++] = EPSILON_VALTYPE_EXTERNREF;
            break;
        case 2:
            break;
        default:
            for (size_t i = choices_.below(most_values); i > 0; --i) {
                params[nparams++] = valtype();
            }
            for (size_t i = choices_.below(most_values); i > 0; --i) {
                results[nresults++] = valtype();
            }
            break;
    }
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    if (choices_.below(32) == 31) {
        // Whatever is missing, the finalizer runs.
        epsilon_func_t* out = nullptr;
        const bool done =
            check(epsilon_func_new(runtime, params, nparams, results, nresults, nullptr, hold(),
                                   finalize, choices_.flip() ? &out : nullptr));
        EXPECT(!done && out == nullptr);
        return;
    }
    Func func = new_host_func(runtime, params, nparams, results, nresults);
    if (func != nullptr) {
        funcs_.put(choices_, func.release());
    }
}

void World::new_memory() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    // Small, or refused: growing may copy.
    const uint64_t minimum =
        choices_.below(16) == 1 ? 65537 + choices_.number() : choices_.below(8);
    const bool has_maximum = choices_.flip();
    const uint64_t maximum = choices_.flip() ? choices_.below(8) : choices_.number();
    make(memories_,
         [&](auto out) { return epsilon_memory_new(runtime, minimum, has_maximum, maximum, out); });
}

void World::new_table() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    const epsilon_valtype_t element = valtype();
    // Small, or refused: elements are written.
    const uint64_t minimum = choices_.below(16) == 0 ? UINT64_MAX : choices_.below(32);
    const bool has_maximum = choices_.flip();
    const uint64_t maximum = choices_.flip() ? choices_.below(64) : choices_.number();
    const uint64_t init = choices_.flip() ? 0 : value().ref;
    make(tables_, [&](auto out) {
        return epsilon_table_new(runtime, element, minimum, has_maximum, maximum, init, out);
    });
}

void World::new_global() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    const epsilon_valtype_t content = valtype();
    const bool is_mutable = choices_.flip();
    const epsilon_value_t first = value();
    make(globals_,
         [&](auto out) { return epsilon_global_new(runtime, content, is_mutable, &first, out); });
}

void World::new_externref() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    make(externrefs_,
         [&](auto out) { return epsilon_externref_new(runtime, hold(), finalize, out); });
}

void World::new_error() {
    epsilon_error_t* error = nullptr;
    switch (choices_.below(3)) {
        case 0:
            error = epsilon_error_new(choices_.below(16), "text", 4);
            break;
        case 1:
            error = epsilon_error_new_exit(int32_t(choices_.number()));
            break;
        default:
            error = epsilon_error_new_host("text", 4, hold(), finalize);
            break;
    }
    EXPECT(error != nullptr);
    check_error(error);
    errors_.put(choices_, error);
}

void World::get_export() {
    epsilon_module_t* module = modules_.any(choices_);
    if (!choices_.flip()) {
        get_export_of(module);
        return;
    }
    // Whether it has that or not.
    const auto [text, size] = name();
    const auto get = [&, text = text, size = size](auto& shelf, auto function) {
        make(shelf, [&](auto out) { return function(module, text, size, out); });
    };
    switch (choices_.below(4)) {
        case 0:
            get(tables_, epsilon_module_export_table);
            break;
        case 1:
            get(memories_, epsilon_module_export_memory);
            break;
        case 2:
            get(globals_, epsilon_module_export_global);
            break;
        default:
            get(funcs_, epsilon_module_export_func);
            break;
    }
}

// One of those it has; a function is called, mostly.
void World::get_export_of(epsilon_module_t* module) {
    const Compiled compiled =
        made<Compiled>([&](auto out) { return epsilon_module_compiled(module, out); });
    const size_t count = epsilon_compiled_export_count(compiled.get());
    if (count == 0) {
        return;
    }
    const char* text = nullptr;
    size_t size = 0;
    const epsilon_type_t* type = nullptr;
    EXPECT(succeeded(
        epsilon_compiled_export(compiled.get(), choices_.below(count), &text, &size, &type)));
    const auto get = [&]<class Owned>(Shelf<Owned>& shelf, auto function) {
        Owned got = made<Owned>([&](auto out) { return function(module, text, size, out); });
        // No memory, or busy with another thread.
        if (got != nullptr) {
            shelf.put(choices_, got.release());
        }
    };
    switch (epsilon_type_kind(type)) {
        case EPSILON_EXTERNKIND_TABLE:
            get(tables_, epsilon_module_export_table);
            break;
        case EPSILON_EXTERNKIND_MEMORY:
            get(memories_, epsilon_module_export_memory);
            break;
        case EPSILON_EXTERNKIND_GLOBAL:
            get(globals_, epsilon_module_export_global);
            break;
        default: {
            Func func = made<Func>(
                [&](auto out) { return epsilon_module_export_func(module, text, size, out); });
            if (choices_.below(4) != 3) {
                call_func(func.get());
            }
            if (func != nullptr) {
                funcs_.put(choices_, func.release());
            }
            break;
        }
    }
}

void World::get_parent() {
    const epsilon_module_t* module = modules_.any(choices_);
    if (choices_.flip()) {
        make(runtimes_, [&](auto out) { return epsilon_module_runtime(module, out); });
    } else {
        make(compileds_, [&](auto out) { return epsilon_module_compiled(module, out); });
    }
}

void World::get_from_ref() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    const uint64_t ref = value().ref;
    if (choices_.flip()) {
        make(funcs_, [&](auto out) { return epsilon_runtime_func_from_ref(runtime, ref, out); });
    } else {
        make(externrefs_,
             [&](auto out) { return epsilon_runtime_externref_from_ref(runtime, ref, out); });
    }
}

void World::get_ref() {
    remember(choices_.flip() ? epsilon_func_ref(funcs_.any(choices_))
                             : epsilon_externref_ref(externrefs_.any(choices_)));
}

void World::call() {
    call_func(funcs_.any(choices_));
}

void World::call_func(epsilon_func_t* func) {
    size_t nargs = 0;
    size_t nresults = 0;
    const epsilon_type_t* type = epsilon_func_type(func);
    epsilon_type_params(type, &nargs);
    epsilon_type_results(type, &nresults);
    // Now and then a wrong count.
    const size_t wrong = choices_.below(32);
    nargs += wrong == 30;
    nresults += wrong == 31;
    epsilon_value_t args[16] = {};
    epsilon_value_t results[16];
    EXPECT(nargs <= std::size(args) && nresults <= std::size(results));
    for (size_t i = 0; i < nargs; ++i) {
        args[i] = value();
    }
    std::memset(results, 0xff, sizeof results);
    const bool returned =
        check(choices_.below(4) == 3
                  ? epsilon_func_call_metered(func, args, nargs, 0, call_fuel, results, nresults)
                  : epsilon_func_call(func, args, nargs, timeout_ms, results, nresults));
    for (size_t i = 0; i < nresults; ++i) {
        EXPECT(returned || results[i].u64 == 0);
    }
    if (returned && nresults != 0) {
        remember(results[0].ref);
    }
}

void World::use_memory() {
    epsilon_memory_t* memory = memories_.any(choices_);
    uint8_t bytes[16] = {1, 2, 3};
    const uint64_t offset = choices_.number();
    switch (choices_.below(5)) {
        case 0:
            check(epsilon_memory_read(memory, offset, bytes, choices_.below(sizeof bytes)));
            break;
        case 1:
            check(epsilon_memory_write(memory, offset, bytes, choices_.below(sizeof bytes)));
            break;
        case 2:
            check(epsilon_memory_grow(memory, choices_.below(4), nullptr));
            break;
        case 3:
            check(epsilon_memory_grow(memory, choices_.number() | 0x8000'0000, nullptr));
            break;
        default: {
            const uint64_t size = epsilon_memory_byte_size(memory);
            if (uint8_t* data = epsilon_memory_data(memory); data != nullptr && size != 0) {
                data[0] = data[size - 1];
            }
            epsilon_memory_is_reserved(memory);
            break;
        }
    }
}

void World::use_table() {
    epsilon_table_t* table = tables_.any(choices_);
    uint64_t out = 1;
    switch (choices_.below(4)) {
        case 0:
            EXPECT(check(epsilon_table_get(table, choices_.below(40), &out)) || out == 0);
            remember(out);
            break;
        case 1:
            check(epsilon_table_set(table, choices_.below(40), value().ref));
            break;
        case 2: {
            const uint64_t delta =
                choices_.below(4) == 0 ? choices_.number() << 24 : choices_.below(16);
            check(epsilon_table_grow(table, delta, choices_.flip() ? 0 : value().ref, &out));
            break;
        }
        default:
            epsilon_table_size(table);
            epsilon_table_maximum(table, &out);
            epsilon_table_element(table);
            break;
    }
}

void World::use_global() {
    epsilon_global_t* global = globals_.any(choices_);
    epsilon_value_t content;
    if (choices_.flip()) {
        if (check(epsilon_global_get(global, &content))) {
            remember(content.ref);
        } else {
            EXPECT(content.u64 == 0);
        }
    } else {
        content = value();
        check(epsilon_global_set(global, &content));
    }
    epsilon_global_content(global);
    epsilon_global_mutable(global);
}

// Functions that cannot fail.
void World::ask() {
    size_t size = 0;
    const epsilon_compiled_t* compiled = compileds_.any(choices_);
    epsilon_compiled_name(compiled, &size);
    epsilon_compiled_bytes(compiled, &size);
    const char* text = nullptr;
    const epsilon_type_t* type = nullptr;
    check(epsilon_compiled_export(compiled, choices_.below(4), &text, &size, &type));
    epsilon_type_text(type, &size);
    check(epsilon_compiled_import(compiled, choices_.below(4), &text, &size, nullptr, nullptr,
                                  &type));
    const epsilon_func_t* func = funcs_.any(choices_);
    uint32_t index = 0;
    text = epsilon_func_name(func, &size);
    EXPECT(text == nullptr || text[size] == '\0');
    epsilon_func_index(func, &index);
    const auto* held = static_cast<Held*>(epsilon_externref_data(externrefs_.any(choices_)));
    EXPECT(held == nullptr || held->finalized == 0);
}

// Errors outlive what they came from.
void World::ask_error() {
    if (const epsilon_error_t* error = errors_.any(choices_)) {
        check_error(error);
        const auto* held = static_cast<Held*>(epsilon_error_host_data(error));
        EXPECT(held == nullptr || held->finalized == 0);
    }
}

void World::new_interrupt() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    make(interrupts_, [&](auto out) { return epsilon_interrupt_new(runtime, out); });
}

void World::raise_interrupt() {
    epsilon_interrupt_raise(interrupts_.any(choices_));
}

void World::set_pause() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    const epsilon_pause_callback_t callback = choices_.below(4) == 3 ? nullptr : paused;
    check(epsilon_runtime_set_pause(runtime, choices_.below(3), callback, hold(), finalize));
}

void World::new_call() {
    epsilon_func_t* func = funcs_.any(choices_);
    uint32_t index = 0;
    make(epsilon_func_index(func, &index) ? calls_ : host_calls_,
         [&](auto out) { return epsilon_call_new(func, out); });
}

// The handle may be deleted while it runs: nothing of it is looked at afterwards.
void World::run_call() {
    if (choices_.flip()) {
        epsilon_call_t* call = calls_.any(choices_);
        epsilon_value_t* values = epsilon_call_values(call);
        EXPECT((values == nullptr) == (call == nullptr));
        if (values != nullptr) {
            values[0] = value();
        }
        check(epsilon_call_run_metered(call, timeout_ms, UINT64_MAX));
        return;
    }
    epsilon_call_t* call = host_calls_.any(choices_);
    const auto a = int64_t(choices_.number());
    const auto b = int64_t(choices_.below(100));
    int64_t result = 0;
    switch (choices_.below(6)) {
        case 0:
            result = epsilon_call_ints_0(call);
            break;
        case 1:
            result = epsilon_call_ints_1(call, a);
            break;
        case 2:
            result = epsilon_call_ints_2(call, a, b);
            break;
        case 3:
            result = epsilon_call_ints_3(call, a, b, a);
            break;
        case 4:
            result = epsilon_call_ints_4(call, a, b, a, b);
            break;
        default:
            check(epsilon_call_run(call));
            return;
    }
    if (result > INT32_MAX && result != INT64_MAX) {
        check(reinterpret_cast<epsilon_error_t*>(uintptr_t(result - (int64_t(1) << 62))));
    }
}

void World::use_fuel() {
    epsilon_runtime_t* runtime = runtimes_.any(choices_);
    uint64_t fuel = 1;
    uint64_t instructions = 1;
    switch (choices_.below(5)) {
        case 0:
            EXPECT(check(epsilon_runtime_fuel(runtime, &fuel)) || fuel == 0);
            break;
        case 1:
            check(epsilon_runtime_set_fuel(runtime, choices_.number()));
            break;
        case 2:
            check(epsilon_runtime_add_fuel(runtime, choices_.number()));
            break;
        case 3:
            EXPECT(check(epsilon_runtime_usage(runtime, &fuel, &instructions)) ||
                   (fuel | instructions) == 0);
            break;
        default:
            EXPECT(check(epsilon_runtime_last_call_usage(runtime, &fuel, &instructions)) ||
                   (fuel | instructions) == 0);
            break;
    }
}

void World::check_signal_handlers() {
    check(epsilon_runtime_check_signal_handlers(runtimes_.any(choices_)));
}

}  // namespace fuzz
