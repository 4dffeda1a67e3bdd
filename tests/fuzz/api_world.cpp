// SPDX-License-Identifier: Apache-2.0
#include "api_world.h"

#include <algorithm>
#include <string_view>
#include <thread>

namespace fuzz {

const std::vector<World::Operation>& World::operations() {
    // What is listed twice happens twice as often.
    static const std::vector<Operation> list = {
        &World::call,
        &World::call,
        &World::call,
        &World::get_export,
        &World::get_export,
        &World::new_module,
        &World::new_module,
        &World::add_import,
        &World::add_import,
        &World::new_func,
        &World::new_func,
        &World::drop_object,
        &World::drop_object,
        &World::drop_one,
        &World::new_externref,
        &World::get_ref,
        &World::get_from_ref,
        &World::use_table,
        &World::use_memory,
        &World::use_global,
        &World::new_runtime,
        &World::new_compiled,
        &World::new_config,
        &World::set_config,
        &World::new_imports,
        &World::new_options,
        &World::new_memory,
        &World::new_table,
        &World::new_global,
        &World::new_error,
        &World::get_parent,
        &World::ask,
        &World::ask_error,
        &World::drop_runtime,
        &World::drop_all,
        &World::on_another_thread,
        &World::check_signal_handlers,
        &World::new_interrupt,
        &World::raise_interrupt,
        &World::set_pause,
        &World::use_fuel,
        &World::new_call,
        &World::run_call,
    };
    return list;
}

World::World(Choices choices) : choices_(choices) {
    if (choices_.below(8) != 7) {
        furnish();
    }
}

World::~World() {
    drop_all();
    for (const auto& held : held_) {
        EXPECT(held->finalized == 1);
    }
}

void World::run() {
    while (!choices_.used_up() && done_ < most_operations && timeouts_ < most_timeouts) {
        step();
    }
}

void World::step() {
    ++done_;
    const auto& list = operations();
    (this->*list[choices_.below(list.size())])();
}

bool World::check(epsilon_error_t* error) {
    if (error == nullptr) {
        return true;
    }
    check_error(error);
    timeouts_ += epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT;
    if (choices_.below(4) == 0) {
        errors_.put(choices_, error);
    } else {
        epsilon_error_delete(error);
    }
    return false;
}

World::Held* World::hold() {
    held_.push_back(std::make_unique<Held>(Held{this}));
    return held_.back().get();
}

Func World::new_host_func(epsilon_runtime_t* runtime, const epsilon_valtype_t* params,
                          size_t nparams, const epsilon_valtype_t* results, size_t nresults) {
    Held* const held = hold();
    epsilon_func_t* out = nullptr;
    held->nresults = nresults;
    const bool done =
        check(choices_.below(4) == 3
                  ? epsilon_func_new_in_place(runtime, params, nparams, results, nresults,
                                              called_in_place, held, finalize, &out)
                  : epsilon_func_new(runtime, params, nparams, results, nresults, called, held,
                                     finalize, &out));
    EXPECT(done == (out != nullptr));
    held->ref = epsilon_func_ref(out);
    return Func(out);
}

// Runs in the middle of anything; may delete handles, as it may on any thread.
void World::finalize(void* data) {
    auto* const held = static_cast<Held*>(data);
    EXPECT(++held->finalized == 1);
    if (held->world->choices_.below(4) == 1) {
        held->world->drop_object();
    }
}

epsilon_error_t* World::called(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                               size_t nargs, epsilon_value_t* results, size_t nresults) {
    auto* const held = static_cast<Held*>(env);
    EXPECT(held->finalized == 0);
    // The function is one of the runtime that calls it.
    const Runtime runtime =
        made<Runtime>([&](auto out) { return epsilon_caller_runtime(caller, out); });
    EXPECT(made<Func>([&](auto out) {
               return epsilon_runtime_func_from_ref(runtime.get(), held->ref, out);
           }) != nullptr);
    return held->world->callback(caller, args, nargs, results, nresults);
}

epsilon_error_t* World::called_in_place(void* env, epsilon_value_t* values) {
    auto* const held = static_cast<Held*>(env);
    EXPECT(held->finalized == 0);
    World& world = *held->world;
    const size_t nresults = held->nresults;
    world.remember(values[0].ref);
    world.steps();
    if (world.choices_.below(4) == 3) {
        return world.errors_.take(world.choices_).release();
    }
    for (size_t i = 0; i < nresults; ++i) {
        values[i] = world.value();
    }
    return nullptr;
}

void World::steps() {
    if (depth_ < deepest) {
        ++depth_;
        for (size_t count = choices_.below(6); count > 0 && !choices_.used_up(); --count) {
            step();
        }
        --depth_;
    }
}

epsilon_error_t* World::paused(void* env, bool* again) {
    auto* const held = static_cast<Held*>(env);
    EXPECT(held->finalized == 0);
    World& world = *held->world;
    world.steps();
    *again = world.choices_.flip();
    return world.choices_.flip() ? nullptr : world.errors_.take(world.choices_).release();
}

epsilon_error_t* World::callback(epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    if (nargs != 0) {
        remember(args[0].ref);
    }
    steps();
    epsilon_runtime_t* runtime = nullptr;
    epsilon_module_t* module = nullptr;
    uint8_t* data = nullptr;
    uint64_t size = 0;
    switch (choices_.below(8)) {
        case 1:
            EXPECT(check(epsilon_caller_runtime(caller, &runtime)) && runtime != nullptr);
            runtimes_.put(choices_, runtime);
            break;
        case 2:
            EXPECT(check(epsilon_caller_module(caller, &module)));
            modules_.put(choices_, module);
            break;
        case 3:
            EXPECT(check(epsilon_caller_memory(caller, uint32_t(choices_.number()), &data, &size)));
            if (size != 0) {
                data[size - 1] = 1;
            }
            break;
        case 4:
            return errors_.take(choices_).release();
        case 5:
            return epsilon_error_new_host("host", 4, hold(), finalize);
        default:
            break;
    }
    for (size_t i = 0; i < nresults; ++i) {
        results[i] = value();
    }
    return nullptr;
}

epsilon_valtype_t World::valtype() {
    static constexpr epsilon_valtype_t types[] = {
        EPSILON_VALTYPE_I32,     EPSILON_VALTYPE_EXTERNREF,
        EPSILON_VALTYPE_FUNCREF, EPSILON_VALTYPE_I64,
        EPSILON_VALTYPE_V128,    EPSILON_VALTYPE_F32,
        EPSILON_VALTYPE_F64,     0,
    };
    return types[choices_.below(std::size(types))];
}

// A reference or a number: what it is taken for is up to who gets it.
epsilon_value_t World::value() {
    epsilon_value_t value{};
    value.ref = choices_.flip() ? refs_[choices_.below(refs_.size())] : choices_.number();
    return value;
}

void World::remember(uint64_t ref) {
    refs_[choices_.below(refs_.size())] = ref;
}

std::pair<const char*, size_t> World::name() {
    static constexpr std::string_view names[] = {
        "host",          "callback", "start",     "make",     "env",     "twice",
        "table",         "memory",   "global",    "call",     "loop",    "echo",
        "keep",          "both",     "made",      "function", "objects", "functions",
        "object",        "seven",    "deep",      "grow",     "load",    "add",
        "call_indirect", "run",      "echo_func", "is_null",  "free",    "counter",
        "forever",       "",
    };
    const std::string_view chosen = names[choices_.below(std::size(names))];
    return {chosen.data(), chosen.size()};
}

void World::drop_one() {
    switch (choices_.below(5)) {
        case 0:
            errors_.take(choices_);
            break;
        case 1:
            configs_.take(choices_);
            break;
        case 2:
            imports_.take(choices_);
            break;
        case 3:
            options_.take(choices_);
            break;
        default:
            compileds_.take(choices_);
            break;
    }
}

void World::drop_object() {
    switch (choices_.below(9)) {
        case 7:
            interrupts_.take(choices_);
            break;
        case 8:
            calls_.take(choices_);
            host_calls_.take(choices_);
            break;
        case 0:
            modules_.take(choices_);
            break;
        case 1:
            funcs_.take(choices_);
            break;
        case 2:
            memories_.take(choices_);
            break;
        case 3:
            tables_.take(choices_);
            break;
        case 4:
            globals_.take(choices_);
            break;
        case 5:
            externrefs_.take(choices_);
            break;
        default:
            drop_one();
            break;
    }
}

void World::drop_runtime() {
    runtimes_.take(choices_);
}

// By noun, beginning with one that the input chooses.
void World::drop_all() {
    const size_t first = choices_.byte();
    for (size_t i = 0; i < 14; ++i) {
        for (size_t place = 0; place < Shelf<Error>::size; ++place) {
            switch ((first + i) % 14) {
                case 0:
                    errors_.clear(place);
                    break;
                case 1:
                    configs_.clear(place);
                    break;
                case 2:
                    runtimes_.clear(place);
                    break;
                case 3:
                    compileds_.clear(place);
                    break;
                case 4:
                    imports_.clear(place);
                    break;
                case 5:
                    options_.clear(place);
                    break;
                case 6:
                    modules_.clear(place);
                    break;
                case 7:
                    funcs_.clear(place);
                    break;
                case 8:
                    memories_.clear(place);
                    break;
                case 9:
                    tables_.clear(place);
                    break;
                case 10:
                    globals_.clear(place);
                    break;
                case 11:
                    interrupts_.clear(place);
                    break;
                case 12:
                    calls_.clear(place);
                    host_calls_.clear(place);
                    break;
                default:
                    externrefs_.clear(place);
                    break;
            }
        }
    }
}

// One thread at a time: but in a callback the runtime is busy with another one.
void World::on_another_thread() {
    if (depth_ >= deepest || choices_.used_up() || threads_++ >= most_threads) {
        return;
    }
    ++depth_;
    std::thread([this] { step(); }).join();
    --depth_;
}

}  // namespace fuzz
