// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "choices.h"
#include "handles.h"

// The C API used at random: each byte of the input that says what to do next is an operation, the
// bytes behind it say with which handles and numbers. Empty places of a shelf are NULL handles.
namespace fuzz {

// A few handles of a noun, all of which may be deleted at any time, by callbacks and finalizers
// too: so a handle is first taken off its place and then deleted.
template <class Owned>
class Shelf {
public:
    using Pointer = typename Owned::pointer;

    // Mostly one that is there; now and then what an empty place has.
    Pointer any(Choices& choices) const {
        const uint8_t choice = choices.byte();
        for (size_t i = 0; i < size; ++i) {
            const Pointer handle = places_[(choice + i) % size].get();
            if (handle != nullptr || choice >= 240) {
                return handle;
            }
        }
        return nullptr;
    }
    void put(Choices& choices, Pointer handle) {
        const Owned old = std::exchange(places_[choices.below(size)], Owned(handle));
    }
    Owned take(Choices& choices) { return std::move(places_[choices.below(size)]); }
    void clear(size_t place) { const Owned old = std::move(places_[place]); }
    Pointer at(size_t place) const { return places_[place].get(); }
    void set(size_t place, Owned handle) { places_[place] = std::move(handle); }

    static constexpr size_t size = 6;

private:
    std::array<Owned, size> places_;
};

class World {
public:
    explicit World(Choices choices);
    ~World();
    World(const World&) = delete;

    // Does what the input says until it is used up.
    void run();

private:
    // What the library holds a pointer to, with a finalizer.
    struct Held {
        World* world;
        int finalized = 0;
        uint64_t ref = 0;  // of a function, once it is made
        size_t nresults = 0;
    };
    static constexpr int deepest = 4;            // callbacks, and threads, within each other
    static constexpr uint64_t timeout_ms = 2;    // of every call
    static constexpr uint64_t call_fuel = 5000;  // of a metered call
    static constexpr int most_timeouts = 4;      // of an input
    static constexpr int most_threads = 8;  // of an input: a busy machine is slow to start them
    static constexpr int most_operations = 400;  // of an input

    using Operation = void (World::*)();
    static const std::vector<Operation>& operations();

    // Two runtimes, each with objects and with imports and instances of them.
    void furnish();
    void furnish(size_t runtime);
    void step();
    // A handle to `out` or an error: checks that it is one of them, and keeps it.
    template <class Owned, class Make>
    void make(Shelf<Owned>& shelf, Make&& make);
    bool check(epsilon_error_t* error);
    Held* hold();
    Func new_host_func(epsilon_runtime_t* runtime, const epsilon_valtype_t* params, size_t nparams,
                       const epsilon_valtype_t* results, size_t nresults);
    static void finalize(void* data);
    static epsilon_error_t* called(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                   size_t nargs, epsilon_value_t* results, size_t nresults);
    static epsilon_error_t* called_in_place(void* env, epsilon_value_t* values);
    static epsilon_error_t* paused(void* env, bool* again);
    // A few operations in the midst of another.
    void steps();
    epsilon_error_t* callback(epsilon_caller_t* caller, const epsilon_value_t* args, size_t nargs,
                              epsilon_value_t* results, size_t nresults);

    epsilon_valtype_t valtype();
    epsilon_value_t value();
    void remember(uint64_t ref);
    // A name of what the modules import or export, or a wrong one.
    std::pair<const char*, size_t> name();
    void get_export_of(epsilon_module_t* module);
    void call_func(epsilon_func_t* func);
    template <class Object>
    void bind(epsilon_error_t* (*add)(epsilon_imports_t*, const char*, size_t, const char*, size_t,
                                      Object*),
              Object* object);

    // Operations. Those named drop_ delete what they name.
    void new_config();
    void set_config();
    void new_runtime();
    void new_compiled();
    void new_imports();
    void add_import();
    void new_options();
    void new_module();
    void new_func();
    void new_memory();
    void new_table();
    void new_global();
    void new_externref();
    void new_error();
    void get_export();
    void get_parent();
    void get_from_ref();
    void get_ref();
    void call();
    void use_memory();
    void use_table();
    void use_global();
    void ask();
    void ask_error();
    void drop_one();
    void drop_object();
    void drop_runtime();
    void drop_all();
    void on_another_thread();
    void check_signal_handlers();
    void new_interrupt();
    void raise_interrupt();
    void set_pause();
    void use_fuel();
    void new_call();
    void run_call();

    Choices choices_;
    int depth_ = 0;
    int done_ = 0;
    int timeouts_ = 0;
    int threads_ = 0;
    std::vector<std::unique_ptr<Held>> held_;
    std::array<uint64_t, 8> refs_{};

    Shelf<Error> errors_;
    Shelf<Config> configs_;
    Shelf<Runtime> runtimes_;
    Shelf<Compiled> compileds_;
    Shelf<Imports> imports_;
    Shelf<Options> options_;
    Shelf<Module> modules_;
    Shelf<Func> funcs_;
    Shelf<Memory> memories_;
    Shelf<Table> tables_;
    Shelf<Global> globals_;
    Shelf<Externref> externrefs_;
    Shelf<Interrupt> interrupts_;
    Shelf<Call> calls_;
    Shelf<Call> host_calls_;  // of host functions, which come back without a time limit
};

}  // namespace fuzz
