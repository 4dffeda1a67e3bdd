// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "platform/fault_handler.h"
#include "runtime/bulk.h"
#include "runtime/constant_expression.h"
#include "runtime/link.h"
#include "runtime/store.h"

namespace epsilon {

// The steps of one instantiation. Until adopt() everything is owned here, and giving up leaves no
// trace; from then on the instance is an object of the store.
class Instantiation {
public:
    Instantiation(Store& store, std::shared_ptr<ModuleCode> code, const ImportSet& imports,
                  const InstantiateOptions& options)
        : store_(store), code_(std::move(code)), imports_(imports), options_(options) {}

    Result<Instance*> run() {
        EPSILON_TRY(store_.with_room([this] { return prepare(); }));
        Instance& instance = adopt();
        Handle handle(instance);
        const Trap trap = initialise(instance);
        if (trap != Trap::none) {
            // What was written into imported tables keeps the instance alive.
            ErrorPtr error = make_error(ErrorKind::trap, std::string(trap_text(trap)));
            error->trap = static_cast<uint8_t>(trap);
            return error;
        }
        handle.keep();
        return &instance;
    }

private:
    // The handle that adoption gave, released unless kept: also when memory runs out.
    class Handle {
    public:
        explicit Handle(Instance& instance) : instance_(&instance) {}
        ~Handle() {
            if (instance_ != nullptr) {
                instance_->store().release_handle(*instance_);
            }
        }
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
        void keep() { instance_ = nullptr; }

    private:
        Instance* instance_;
    };

    const Module& module() const { return *code_->module; }

    Result<void> prepare() {
        const Module& m = module();
        EPSILON_TRY(store_.check_count(ObjectKind::instance, 1));
        EPSILON_TRY(store_.check_count(ObjectKind::table, m.tables.size() - m.imported_tables));
        EPSILON_TRY(
            store_.check_count(ObjectKind::memory, m.memories.size() - m.imported_memories));
        EPSILON_TRY_ASSIGN(resolved_, resolve_imports(store_, *code_, imports_));
        EPSILON_TRY(check_imported_memories());
        tables_.clear();
        memories_.clear();
        instance_ = std::make_unique<Instance>(store_, code_);
        link();
        define_functions();
        define_globals();
        EPSILON_TRY(define_tables());
        EPSILON_TRY(define_memories());
        store_.reserve_objects(1 + tables_.size() + memories_.size());
        return {};
    }

    // The embedder's cap holds for imported memories too.
    Result<void> check_imported_memories() const {
        const auto cap = store_.options().limits.page_cap(options_.max_memory_pages);
        for (uint32_t i = 0; i < module().imported_memories; ++i) {
            const uint64_t minimum = module().memories[i].limits.min;
            if (cap && *cap != 0 && minimum > *cap) {
                return make_error(ErrorKind::limit,
                                  "memory " + std::to_string(i) + ": the minimum of " +
                                      std::to_string(minimum) + " pages is above the cap of " +
                                      std::to_string(*cap) + (*cap == 1 ? " page" : " pages"));
            }
        }
        return {};
    }

    void link() {
        for (size_t i = 0; i < resolved_.size(); ++i) {
            const uint32_t index = module().imports[i].index;
            const Extern& found = resolved_[i];
            if (const auto* function = std::get_if<FunctionInstance*>(&found)) {
                instance_->functions[index] = *function;
            } else if (const auto* table = std::get_if<Table*>(&found)) {
                set_table(index, *table);
            } else if (const auto* memory = std::get_if<Memory*>(&found)) {
                set_memory(index, *memory);
            } else {
                Global* global = std::get<Global*>(found);
                instance_->global_objects[index] = global;
                instance_->globals[index] = global->storage();
            }
        }
    }

    void set_table(uint32_t index, Table* table) {
        instance_->tables[index] = table;
        instance_->table_views[index] = table;
    }

    void set_memory(uint32_t index, Memory* memory) {
        instance_->memories[index] = memory;
        instance_->memory_views[index] = memory;
        if (index == 0) {
            instance_->view.memory0 = memory;
        }
    }

    void define_functions() {
        const uint32_t imported = module().imported_functions;
        for (uint32_t i = 0; i < instance_->own_functions.size(); ++i) {
            FunctionInstance& function = instance_->own_functions[i];
            function.code.store(options_.function_entry, std::memory_order_relaxed);
            function.machine_code.store(options_.machine_entry, std::memory_order_relaxed);
            function.instance = instance_.get();
            function.type_id = code_->types[module().functions[imported + i]].id();
            function.index = imported + i;
            instance_->functions[imported + i] = &function;
        }
    }

    void define_globals() {
        const uint32_t imported = module().imported_globals;
        for (uint32_t i = 0; i < instance_->own_globals.size(); ++i) {
            instance_->globals[imported + i] = &instance_->own_globals[i];
            instance_->own_globals[i] = evaluate(*instance_, module().globals[imported + i].init);
        }
    }

    Result<void> define_tables() {
        for (uint32_t i = module().imported_tables; i < module().tables.size(); ++i) {
            const ModuleTable& declared = module().tables[i];
            const Slot init = declared.init ? evaluate(*instance_, *declared.init).low : 0;
            auto made = store_.make_table(declared.type, init);
            if (!made) {
                return named(made.take_error(), "table ", i);
            }
            set_table(i, made->get());
            tables_.push_back(made.take());
        }
        return {};
    }

    Result<void> define_memories() {
        for (uint32_t i = module().imported_memories; i < module().memories.size(); ++i) {
            auto made = store_.make_memory(module().memories[i], options_.max_memory_pages);
            if (!made) {
                return named(made.take_error(), "memory ", i);
            }
            set_memory(i, made->get());
            memories_.push_back(made.take());
        }
        return {};
    }

    static ErrorPtr named(ErrorPtr error, const char* what, uint32_t index) {
        error->message.insert(0, what + std::to_string(index) + ": ");
        return error;
    }

    // Nothing here fails: prepare() made the room, and registering comes first.
    Instance& adopt() {
        store_.register_functions(instance_->own_functions.data(), instance_->own_functions.size());
        Instance* instance = store_.adopt(std::move(instance_), 1);
        for (auto& table : tables_) {
            table->group_ = instance;
            store_.adopt(std::move(table), 0);
        }
        for (auto& memory : memories_) {
            memory->group_ = instance;
            store_.adopt(std::move(memory), 0);
        }
        instance->for_each_import([](Object* imported) { ++imported->import_refs_; });
        if (references_leave()) {
            Store::infect(instance);
        }
        if (options_.max_memory_pages.value_or(0) != 0) {
            const uint64_t cap = *store_.options().limits.page_cap(options_.max_memory_pages);
            for (Memory* memory : instance->imported_memories()) {
                memory->max_pages_ = std::min(memory->max_pages_, std::max(memory->pages(), cap));
            }
        }
        return *instance;
    }

    // Whether the instance's code can hand references to code outside of it: through what it
    // imports, or as arguments of functions it calls. (What it returns to the host comes back
    // through Store::is_valid_reference; what it returns to an importing instance stays there
    // unless that one hands references on.)
    bool references_leave() const {
        const Module& m = module();
        const auto is_reference = [](ValueType type) { return type.is_reference(); };
        return m.imported_tables != 0 ||
               std::any_of(
                   m.globals.begin(), m.globals.begin() + m.imported_globals,
                   [&](const ModuleGlobal& global) { return is_reference(global.type.value); }) ||
               std::any_of(m.types.begin(), m.types.end(), [&](const FunctionType& type) {
                   return std::any_of(type.params.begin(), type.params.end(), is_reference);
               });
    }

    // Active segments in order (specification: Instantiation); what they wrote before a trap stays.
    Trap initialise(Instance& instance) const {
        const Module& m = module();
        for (uint32_t i = 0; i < m.elements.size(); ++i) {
            const ElementSegment& segment = m.elements[i];
            if (segment.mode == SegmentMode::active) {
                const auto offset = static_cast<uint32_t>(evaluate(instance, segment.offset).low);
                const Trap trap = table_init(instance, segment.table, i, offset, 0, segment.size());
                if (trap != Trap::none) {
                    return trap;
                }
            }
            instance.dropped_elements[i] = segment.mode != SegmentMode::passive;
        }
        for (uint32_t i = 0; i < m.data.size(); ++i) {
            const DataSegment& segment = m.data[i];
            if (segment.mode == SegmentMode::active) {
                const auto offset = static_cast<uint32_t>(evaluate(instance, segment.offset).low);
                const Trap trap = memory_init(instance, segment.memory, i, offset, 0, segment.size);
                if (trap != Trap::none) {
                    return trap;
                }
                instance.dropped_data[i] = true;
            }
        }
        return Trap::none;
    }

    Store& store_;
    std::shared_ptr<ModuleCode> code_;
    const ImportSet& imports_;
    const InstantiateOptions& options_;

    std::vector<Extern> resolved_;
    std::unique_ptr<Instance> instance_;
    std::vector<std::unique_ptr<Table>> tables_;
    std::vector<std::unique_ptr<Memory>> memories_;
};

Result<Instance*> instantiate(Store& store, std::shared_ptr<ModuleCode> code,
                              const ImportSet& imports, const InstantiateOptions& options) {
    if (store.faults_are_handled()) {
        platform::check_installed();
    }
    return Instantiation(store, std::move(code), imports, options).run();
}

}  // namespace epsilon
