// SPDX-License-Identifier: Apache-2.0
// What a program gets from its host: objects for its imports, values, and what callbacks do.
#include <algorithm>

#include "program.h"

namespace fuzz {

namespace {

void count(void* counter) {
    ++*static_cast<int*>(counter);
}

}  // namespace

Func Program::host_func(const epsilon_type_t* type) {
    size_t nparams = 0;
    size_t nresults = 0;
    const epsilon_valtype_t* params = epsilon_type_params(type, &nparams);
    const epsilon_valtype_t* results = epsilon_type_results(type, &nresults);
    auto self = std::make_unique<HostFunc>();
    self->program = this;
    self->results.assign(results, results + nresults);
    Func func = made<Func>([&](auto out) {
        return epsilon_func_new(runtime_.get(), params, nparams, results, nresults, called,
                                self.get(), nullptr, out);
    });
    host_funcs_.push_back(std::move(self));
    return func;
}

Memory Program::host_memory(const epsilon_type_t* type) {
    uint64_t maximum = 0;
    const bool has_maximum = epsilon_type_maximum(type, &maximum);
    return made<Memory>([&](auto out) {
        return epsilon_memory_new(runtime_.get(), epsilon_type_minimum(type), has_maximum, maximum,
                                  out);
    });
}

Table Program::host_table(const epsilon_type_t* type) {
    uint64_t maximum = 0;
    const bool has_maximum = epsilon_type_maximum(type, &maximum);
    const epsilon_valtype_t element = epsilon_type_content(type);
    return made<Table>([&](auto out) {
        return epsilon_table_new(runtime_.get(), element, epsilon_type_minimum(type), has_maximum,
                                 maximum, reference(element), out);
    });
}

Global Program::host_global(const epsilon_type_t* type) {
    const epsilon_valtype_t content = epsilon_type_content(type);
    const epsilon_value_t first = value(content);
    return made<Global>([&](auto out) {
        return epsilon_global_new(runtime_.get(), content, epsilon_type_mutable(type), &first, out);
    });
}

epsilon_value_t Program::value(epsilon_valtype_t type) {
    epsilon_value_t value{};
    switch (type) {
        case EPSILON_VALTYPE_FUNCREF:
        case EPSILON_VALTYPE_EXTERNREF:
            value.ref = reference(type);
            break;
        case EPSILON_VALTYPE_F32:
            // Half of them are small whole numbers, the others any bits.
            value.u64 = choices_.number();
            if (choices_.flip()) {
                value.f32 = float(int8_t(value.u64));
            }
            break;
        case EPSILON_VALTYPE_F64:
            value.u64 = choices_.number();
            if (choices_.flip()) {
                value.f64 = double(int8_t(value.u64));
            }
            break;
        case EPSILON_VALTYPE_V128:
            value.u64 = choices_.number();
            std::memcpy(value.v128 + 8, value.v128, 8);
            break;
        default:
            value.u64 = choices_.number();
            break;
    }
    return value;
}

uint64_t Program::reference(epsilon_valtype_t type) {
    if (choices_.flip()) {
        return 0;
    }
    if (type == EPSILON_VALTYPE_EXTERNREF) {
        if (externrefs_.empty() || choices_.flip()) {
            ++expected_finalized_;
            Externref made_now = made<Externref>([&](auto out) {
                return epsilon_externref_new(runtime_.get(), &finalized_, count, out);
            });
            EXPECT(made_now != nullptr);
            externrefs_.push_back(std::move(made_now));
        }
        return epsilon_externref_ref(
            externrefs_[choices_.below(std::min<size_t>(externrefs_.size(), 256))].get());
    }
    const Instance* instance = earlier_instance();
    const std::vector<Func>& funcs = instance != nullptr ? instance->funcs : funcs_;
    return funcs.empty()
               ? 0
               : epsilon_func_ref(funcs[choices_.below(std::min<size_t>(funcs.size(), 256))].get());
}

epsilon_error_t* Program::called(void* env, epsilon_caller_t* caller, const epsilon_value_t*,
                                 size_t, epsilon_value_t* results, size_t) {
    const auto* self = static_cast<const HostFunc*>(env);
    return self->program->callback(*self, caller, results);
}

epsilon_error_t* Program::callback(const HostFunc& self, epsilon_caller_t* caller,
                                   epsilon_value_t* results) {
    if (!budget_.take_callback()) {
        return epsilon_error_new(EPSILON_ERROR_INTERRUPTED, "enough", 6);
    }
    switch (choices_.below(16)) {
        case 1:
            return epsilon_error_new(epsilon_error_kind_t(1 + choices_.below(13)), "why", 3);
        case 2:
            return epsilon_error_new_exit(choices_.byte());
        case 3:
            ++expected_finalized_;
            return epsilon_error_new_host("host", 4, &finalized_, count);
        case 4:
        case 5:
            if (const Instance* instance = instances_.empty() ? nullptr : &instances_.back()) {
                if (!instance->funcs.empty()) {
                    call(
                        instance
                            ->funcs[choices_.below(std::min<size_t>(instance->funcs.size(), 256))]);
                }
            }
            break;
        case 6:
        case 7:
            change_something(caller);
            break;
        case 8:
            if (externrefs_.size() > 1) {
                externrefs_.erase(externrefs_.begin());
            }
            break;
        default:
            break;
    }
    for (size_t i = 0; i < self.results.size(); ++i) {
        results[i] = value(self.results[i]);
    }
    return nullptr;
}

// Behind the back of the code that runs.
void Program::change_something(epsilon_caller_t* caller) {
    const auto object = [&](auto& list) { return list[choices_.below(list.size())].get(); };
    switch (choices_.below(5)) {
        case 0: {
            uint8_t* data = nullptr;
            uint64_t size = 0;
            EXPECT(succeeded(
                epsilon_caller_memory(caller, uint32_t(choices_.below(3)), &data, &size)));
            if (size != 0) {
                data[choices_.number() % size] = choices_.byte();
                data[size - 1] = choices_.byte();
            }
            break;
        }
        case 1:
            if (!memories_.empty()) {
                succeeded(epsilon_memory_grow(object(memories_), choices_.below(4), nullptr));
            }
            break;
        case 2:
            if (!tables_.empty()) {
                epsilon_table_t* table = object(tables_);
                succeeded(epsilon_table_grow(table, choices_.below(16),
                                             reference(epsilon_table_element(table)), nullptr));
            }
            break;
        case 3:
            if (!tables_.empty()) {
                epsilon_table_t* table = object(tables_);
                succeeded(epsilon_table_set(table, choices_.byte(),
                                            reference(epsilon_table_element(table))));
            }
            break;
        default:
            if (!globals_.empty()) {
                epsilon_global_t* global = object(globals_);
                const epsilon_value_t changed = value(epsilon_global_content(global));
                succeeded(epsilon_global_set(global, &changed));
            }
            break;
    }
}

}  // namespace fuzz
