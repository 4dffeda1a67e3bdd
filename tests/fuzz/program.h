// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "choices.h"
#include "handles.h"

// One input's program: instances of a module in a runtime whose every limit is low, with host
// objects for all that it imports.
namespace fuzz {

// What the runtime may use: each is low, and chosen by the input.
struct Quota {
    explicit Quota(Choices& choices);
    Config config() const;

    uint64_t memory_pages;
    uint64_t total_memory_bytes;
    uint64_t table_elements;
    uint64_t instances;
    uint64_t call_depth;  // 0: the stack's bytes decide
    uint64_t stack_bytes;
    uint64_t fuel;        // of the runtime's pool; UINT64_MAX: none, time alone bounds programs
    uint64_t call_fuel;   // of a call
    uint64_t timeout_ms;  // of a call; 0: fuel alone bounds programs, and all repeats exactly
    bool explicit_checks;
    uint8_t execution;  // whether handlers of signals are installed, and which tiers
};

// How much may be executed, by an input as a whole. All that runs code asks here.
// Calls are bounded by the quota's fuel, its time, or both.
class Budget {
public:
    // Whether another call may be made; counts it.
    bool take_call() { return timeouts_ < 4 && calls_++ < 200; }
    bool take_callback() { return callbacks_++ < 1000; }
    // Looks at how a call ended.
    void ended(const epsilon_error_t* error) {
        timeouts_ += epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT;
        timeouts_ += epsilon_error_kind(error) == EPSILON_ERROR_FUEL;
    }

private:
    int timeouts_ = 0;
    int calls_ = 0;
    int callbacks_ = 0;
};

class Program {
public:
    Program(const Compiled& compiled, Choices choices);
    ~Program();
    Program(const Program&) = delete;

    // Instantiates, calls every export and looks at what is there; several rounds of it.
    void run();

private:
    // A function of the host: what it does is chosen when it is called.
    struct HostFunc {
        Program* program;
        std::vector<epsilon_valtype_t> results;
    };
    struct Instance {
        Module module;
        std::vector<Func> funcs;
        std::vector<Memory> memories;
        std::vector<Table> tables;
        std::vector<Global> globals;
    };

    bool instantiate();
    Imports bind_imports();
    void collect_exports(Instance& instance);
    void call(const Func& func);
    void check_results(const epsilon_type_t* type, const std::vector<epsilon_value_t>& results);
    // Every memory, table and global of the host and of the instances is as the quota says.
    void look_at_all();
    bool is_metered() const { return quota_.fuel != UINT64_MAX; }
    // What was used, by the last call and in all, is what the limits allow.
    void look_at_fuel();
    void look_at(const Memory& memory);
    void look_at(const Table& table);
    void look_at(const Global& global);

    Func host_func(const epsilon_type_t* type);
    Memory host_memory(const epsilon_type_t* type);
    Table host_table(const epsilon_type_t* type);
    Global host_global(const epsilon_type_t* type);
    epsilon_value_t value(epsilon_valtype_t type);
    uint64_t reference(epsilon_valtype_t type);
    const Instance* earlier_instance();

    static epsilon_error_t* called(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                   size_t nargs, epsilon_value_t* results, size_t nresults);
    epsilon_error_t* callback(const HostFunc& self, epsilon_caller_t* caller,
                              epsilon_value_t* results);
    void change_something(epsilon_caller_t* caller);

    const Compiled& compiled_;
    Choices choices_;
    const Quota quota_;
    Budget budget_;
    int depth_ = 0;  // of calls into the runtime
    int finalized_ = 0;
    int expected_finalized_ = 0;

    Runtime runtime_;
    std::vector<std::unique_ptr<HostFunc>> host_funcs_;
    std::vector<Externref> externrefs_;
    std::vector<Func> funcs_;
    std::vector<Memory> memories_;
    std::vector<Table> tables_;
    std::vector<Global> globals_;
    std::vector<Instance> instances_;
};

}  // namespace fuzz
