// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <algorithm>
#include <map>

namespace fuzz {

namespace {

constexpr size_t most_bytes_read = 256;
constexpr int deepest = 20;  // calls within callbacks

struct Named {
    const char* text = nullptr;
    size_t size = 0;
};

}  // namespace

// Without choices the limits are such that most modules run.
Quota::Quota(Choices& choices)
    : memory_pages(64 - choices.below(64)),
      total_memory_bytes((128 - choices.below(128)) * 65536),
      table_elements(2048 - choices.below(256) * 8),
      instances(4 - choices.below(4)),
      call_depth(choices.flip() ? 1 + choices.below(100) : 0),
      stack_bytes(1048576 >> choices.below(5)),
      fuel(1'000'000 >> choices.below(16)),
      call_fuel(100'000 >> choices.below(16)),
      timeout_ms(choices.below(4) == 3 ? 5 : 0),
      explicit_checks(choices.flip()),
      execution(choices.byte()) {
    if (timeout_ms != 0 && choices.flip()) {
        fuel = call_fuel = UINT64_MAX;
    }
}

Config Quota::config() const {
    Config config = made<Config>(epsilon_config_new);
    EXPECT(succeeded(epsilon_config_set_max_memory_pages(config.get(), memory_pages)));
    EXPECT(succeeded(epsilon_config_set_max_total_memory_bytes(config.get(), total_memory_bytes)));
    EXPECT(succeeded(epsilon_config_set_max_table_elements(config.get(), table_elements)));
    EXPECT(succeeded(epsilon_config_set_max_instances(config.get(), instances)));
    EXPECT(succeeded(epsilon_config_set_max_call_depth(config.get(), call_depth)));
    EXPECT(succeeded(epsilon_config_set_max_stack_bytes(config.get(), stack_bytes)));
    EXPECT(succeeded(epsilon_config_set_memory_checks(
        config.get(),
        explicit_checks ? EPSILON_MEMORY_CHECKS_EXPLICIT : EPSILON_MEMORY_CHECKS_AUTO)));
    EXPECT(succeeded(epsilon_config_set_signals(config.get(), (execution & 1) == 0)));
    const auto tiers = epsilon_tiers_t(execution >> 1 & 3);
    if (tiers <= EPSILON_TIERS_TIERED) {
        const uint32_t hot = 1u << (execution >> 3 & 7);
        EXPECT(succeeded(epsilon_config_set_tiers(config.get(), tiers)));
        EXPECT(succeeded(epsilon_config_set_tier_thresholds(config.get(), hot, hot)));
    } else {
        EXPECT(succeeded(epsilon_config_set_random_tiers(config.get(), 1 + execution)));
    }
    EXPECT(succeeded(epsilon_config_set_fuel(config.get(), fuel)));
    return config;
}

Program::Program(const Compiled& compiled, Choices choices)
    : compiled_(compiled), choices_(choices), quota_(choices_) {
    const Config config = quota_.config();
    runtime_ = made<Runtime>([&](auto out) { return epsilon_runtime_new(config.get(), out); });
    EXPECT(runtime_ != nullptr);
}

Program::~Program() {
    // In an order chosen by the input; what is left goes after it.
    for (int i = 0; i < 6; ++i) {
        switch (choices_.below(6)) {
            case 0:
                runtime_.reset();
                break;
            case 1:
                instances_.clear();
                break;
            case 2:
                funcs_.clear();
                break;
            case 3:
                externrefs_.clear();
                break;
            case 4:
                tables_.clear();
                break;
            default:
                memories_.clear();
                break;
        }
    }
    runtime_.reset();
    instances_.clear();
    externrefs_.clear();
    funcs_.clear();
    memories_.clear();
    tables_.clear();
    globals_.clear();
    EXPECT(finalized_ == expected_finalized_);
}

void Program::run() {
    for (size_t rounds = 1 + choices_.below(3); rounds > 0; --rounds) {
        if (!instantiate()) {
            break;
        }
        const size_t last = instances_.size() - 1;
        for (size_t i = 0; i < instances_[last].funcs.size(); ++i) {
            for (size_t calls = 1 + choices_.below(3); calls > 0; --calls) {
                call(instances_[last].funcs[i]);
            }
        }
        look_at_all();
    }
}

bool Program::instantiate() {
    if (!budget_.take_call()) {
        return false;
    }
    const Imports imports = bind_imports();
    const Options options = made<Options>(epsilon_options_new);
    EXPECT(succeeded(epsilon_options_set_timeout_ms(options.get(), quota_.timeout_ms)));
    EXPECT(succeeded(epsilon_options_set_fuel(options.get(), quota_.call_fuel)));
    epsilon_module_t* out = nullptr;
    const Error error(
        epsilon_module_new(runtime_.get(), compiled_.get(), imports.get(), options.get(), &out));
    Instance instance{Module(out), {}, {}, {}, {}};
    EXPECT((error == nullptr) == (out != nullptr));
    if (error != nullptr) {
        check_error(error.get());
        budget_.ended(error.get());
        EXPECT(epsilon_error_kind(error.get()) != EPSILON_ERROR_MISUSE || !host_funcs_.empty());
        return false;
    }
    collect_exports(instance);
    instances_.push_back(std::move(instance));
    EXPECT(instances_.size() <= quota_.instances);
    return true;
}

Imports Program::bind_imports() {
    Imports imports = made<Imports>(epsilon_imports_new);
    for (size_t i = 0; i < epsilon_compiled_import_count(compiled_.get()); ++i) {
        Named module;
        Named name;
        const epsilon_type_t* type = nullptr;
        EXPECT(succeeded(epsilon_compiled_import(compiled_.get(), i, &module.text, &module.size,
                                                 &name.text, &name.size, &type)));
        const auto bind = [&](auto add, auto& mine, auto make, auto Instance::* theirs) {
            // Another instance's object, if there is one; whether it fits is the library's to say.
            const Instance* other = earlier_instance();
            if (other != nullptr && !(other->*theirs).empty()) {
                const auto& object = (other->*theirs)[choices_.below((other->*theirs).size())];
                EXPECT(succeeded(add(imports.get(), module.text, module.size, name.text, name.size,
                                     object.get())));
                return;
            }
            auto object = (this->*make)(type);
            if (object != nullptr) {
                EXPECT(succeeded(add(imports.get(), module.text, module.size, name.text, name.size,
                                     object.get())));
                mine.push_back(std::move(object));
            }
        };
        switch (epsilon_type_kind(type)) {
            case EPSILON_EXTERNKIND_FUNC:
                bind(epsilon_imports_add_func, funcs_, &Program::host_func, &Instance::funcs);
                break;
            case EPSILON_EXTERNKIND_TABLE:
                bind(epsilon_imports_add_table, tables_, &Program::host_table, &Instance::tables);
                break;
            case EPSILON_EXTERNKIND_MEMORY:
                bind(epsilon_imports_add_memory, memories_, &Program::host_memory,
                     &Instance::memories);
                break;
            default:
                bind(epsilon_imports_add_global, globals_, &Program::host_global,
                     &Instance::globals);
                break;
        }
    }
    return imports;
}

void Program::collect_exports(Instance& instance) {
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled_.get()); ++i) {
        Named name;
        const epsilon_type_t* type = nullptr;
        EXPECT(
            succeeded(epsilon_compiled_export(compiled_.get(), i, &name.text, &name.size, &type)));
        const auto add = [&](auto get, auto& list) {
            using Owned = typename std::decay_t<decltype(list)>::value_type;
            list.push_back(made<Owned>(
                [&](auto out) { return get(instance.module.get(), name.text, name.size, out); }));
            EXPECT(list.back() != nullptr);
        };
        switch (epsilon_type_kind(type)) {
            case EPSILON_EXTERNKIND_FUNC:
                add(epsilon_module_export_func, instance.funcs);
                break;
            case EPSILON_EXTERNKIND_TABLE:
                add(epsilon_module_export_table, instance.tables);
                break;
            case EPSILON_EXTERNKIND_MEMORY:
                add(epsilon_module_export_memory, instance.memories);
                break;
            default:
                add(epsilon_module_export_global, instance.globals);
                break;
        }
    }
}

const Program::Instance* Program::earlier_instance() {
    if (instances_.empty() || !choices_.flip()) {
        return nullptr;
    }
    return &instances_[choices_.below(instances_.size())];
}

void Program::call(const Func& func) {
    if (!budget_.take_call() || depth_ >= deepest) {
        return;
    }
    const epsilon_type_t* type = epsilon_func_type(func.get());
    size_t nparams = 0;
    size_t nresults = 0;
    const epsilon_valtype_t* params = epsilon_type_params(type, &nparams);
    epsilon_type_results(type, &nresults);
    std::vector<epsilon_value_t> args(nparams);
    std::vector<epsilon_value_t> results(nresults);
    for (size_t i = 0; i < nparams; ++i) {
        args[i] = value(params[i]);
    }
    ++depth_;
    const Error error(epsilon_func_call_metered(func.get(), args.data(), nparams, quota_.timeout_ms,
                                                quota_.call_fuel, results.data(), nresults));
    --depth_;
    look_at_fuel();
    if (error == nullptr) {
        check_results(type, results);
        return;
    }
    check_error(error.get());
    budget_.ended(error.get());
    EXPECT(quota_.call_depth == 0 || depth_ > 0 ||
           epsilon_error_frame_count(error.get()) <= quota_.call_depth);
}

void Program::look_at_fuel() {
    if (!is_metered()) {
        return;
    }
    uint64_t fuel = 0;
    uint64_t instructions = 0;
    EXPECT(succeeded(epsilon_runtime_last_call_usage(runtime_.get(), &fuel, &instructions)));
    EXPECT(fuel <= quota_.call_fuel && instructions <= fuel);
    EXPECT(succeeded(epsilon_runtime_usage(runtime_.get(), &fuel, &instructions)));
    uint64_t left = 0;
    EXPECT(succeeded(epsilon_runtime_fuel(runtime_.get(), &left)));
    EXPECT(left + fuel == quota_.fuel && instructions <= fuel);
}

// References that a call returned are good until the next one.
void Program::check_results(const epsilon_type_t* type,
                            const std::vector<epsilon_value_t>& results) {
    size_t count = 0;
    const epsilon_valtype_t* types = epsilon_type_results(type, &count);
    for (size_t i = 0; i < count; ++i) {
        if (results[i].ref == 0) {
            continue;
        }
        if (types[i] == EPSILON_VALTYPE_FUNCREF) {
            const Func func = made<Func>([&](auto out) {
                return epsilon_runtime_func_from_ref(runtime_.get(), results[i].ref, out);
            });
            EXPECT(func != nullptr && epsilon_func_ref(func.get()) == results[i].ref);
        } else if (types[i] == EPSILON_VALTYPE_EXTERNREF) {
            const Externref externref = made<Externref>([&](auto out) {
                return epsilon_runtime_externref_from_ref(runtime_.get(), results[i].ref, out);
            });
            EXPECT(externref != nullptr && epsilon_externref_data(externref.get()) == &finalized_);
        }
    }
}

void Program::look_at_all() {
    std::map<const uint8_t*, uint64_t> sizes;
    const auto look = [&](const auto& memories, const auto& tables, const auto& globals) {
        for (const Memory& memory : memories) {
            look_at(memory);
            sizes[epsilon_memory_data(memory.get())] = epsilon_memory_byte_size(memory.get());
        }
        for (const Table& table : tables) {
            look_at(table);
        }
        for (const Global& global : globals) {
            look_at(global);
        }
    };
    look(memories_, tables_, globals_);
    for (const Instance& instance : instances_) {
        look(instance.memories, instance.tables, instance.globals);
    }
    uint64_t total = 0;
    for (const auto& [data, size] : sizes) {
        total += size;
    }
    EXPECT(total <= quota_.total_memory_bytes);
}

void Program::look_at(const Memory& memory) {
    const uint64_t size = epsilon_memory_byte_size(memory.get());
    EXPECT(size == epsilon_memory_size(memory.get()) * 65536);
    EXPECT(epsilon_memory_size(memory.get()) <= quota_.memory_pages);
    uint64_t maximum = 0;
    EXPECT(!epsilon_memory_maximum(memory.get(), &maximum) || size <= maximum * 65536);
    uint8_t bytes[most_bytes_read];
    const uint64_t last = std::min<uint64_t>(size, sizeof bytes);
    EXPECT(succeeded(epsilon_memory_read(memory.get(), size - last, bytes, size_t(last))));
    EXPECT(!succeeded(epsilon_memory_read(memory.get(), size, bytes, 1)));
}

void Program::look_at(const Table& table) {
    const uint64_t size = epsilon_table_size(table.get());
    EXPECT(size <= quota_.table_elements);
    uint64_t ref = 0;
    for (uint64_t i = 0; i < std::min<uint64_t>(size, 16); ++i) {
        EXPECT(succeeded(epsilon_table_get(table.get(), i, &ref)));
        // It can come back, so it is one that the runtime knows.
        EXPECT(succeeded(epsilon_table_set(table.get(), i, ref)));
    }
    EXPECT(!succeeded(epsilon_table_get(table.get(), size, &ref)) && ref == 0);
}

void Program::look_at(const Global& global) {
    epsilon_value_t value;
    EXPECT(succeeded(epsilon_global_get(global.get(), &value)));
    EXPECT(succeeded(epsilon_global_set(global.get(), &value)) ==
           epsilon_global_mutable(global.get()));
}

}  // namespace fuzz
