// SPDX-License-Identifier: Apache-2.0
#include "runtime/link.h"

namespace epsilon {

namespace {

// Types of many parameters, named by many imports, would make a text out of all proportion to the
// module: beyond this size the remaining problems are counted only.
constexpr size_t max_problem_text = 64 << 10;

bool is_null(const Extern& external) {
    return std::visit([](auto* object) { return object == nullptr; }, external);
}

std::string limits_text(const Limits& limits) {
    std::string text = std::to_string(limits.min);
    if (limits.max) {
        text += " " + std::to_string(*limits.max);
    }
    return text;
}

// Types as the text format orders them.
std::string describe(const TableType& type) {
    return "table " + limits_text(type.limits) + " " + to_string(type.element);
}
std::string describe(const MemoryType& type) {
    return "memory " + limits_text(type.limits);
}
std::string describe(const GlobalType& type) {
    return "global " +
           (type.is_mutable ? "(mut " + to_string(type.value) + ")" : to_string(type.value));
}
std::string describe(const FunctionType& type) {
    return "function " + to_string(type);
}

std::string describe(const Module& module, const Import& import) {
    switch (import.kind) {
        case ExternKind::function:
            return describe(module.function_type(import.index));
        case ExternKind::table:
            return describe(module.tables[import.index].type);
        case ExternKind::memory:
            return describe(module.memories[import.index]);
        case ExternKind::global:
            break;
    }
    return describe(module.globals[import.index].type);
}

std::string describe(const Extern& external) {
    if (const auto* function = std::get_if<FunctionInstance*>(&external)) {
        return describe(function_type(**function));
    }
    if (const auto* table = std::get_if<Table*>(&external)) {
        return describe((*table)->current_type());
    }
    if (const auto* memory = std::get_if<Memory*>(&external)) {
        return describe((*memory)->current_type());
    }
    return describe(std::get<Global*>(external)->type());
}

bool limits_match(const Limits& found, const Limits& wanted) {
    return found.min >= wanted.min && found.shared == wanted.shared &&
           found.address == wanted.address &&
           (!wanted.max || (found.max && *found.max <= *wanted.max));
}

bool matches(const ModuleCode& code, const Import& import, const Extern& external) {
    const Module& module = *code.module;
    switch (import.kind) {
        case ExternKind::function: {
            const auto* function = std::get_if<FunctionInstance*>(&external);
            return function != nullptr &&
                   (*function)->type_id == code.types[module.functions[import.index]].id();
        }
        case ExternKind::table: {
            const auto* table = std::get_if<Table*>(&external);
            const TableType& wanted = module.tables[import.index].type;
            return table != nullptr && (*table)->type().element == wanted.element &&
                   limits_match((*table)->current_type().limits, wanted.limits);
        }
        case ExternKind::memory: {
            const auto* memory = std::get_if<Memory*>(&external);
            const MemoryType& wanted = module.memories[import.index];
            return memory != nullptr && (*memory)->type().page_size == wanted.page_size &&
                   limits_match((*memory)->current_type().limits, wanted.limits);
        }
        case ExternKind::global:
            break;
    }
    const auto* global = std::get_if<Global*>(&external);
    return global != nullptr && (*global)->type() == module.globals[import.index].type;
}

class Problems {
public:
    void add(const std::string& text) {
        if (text_.size() > max_problem_text) {
            ++unlisted_;
            return;
        }
        text_ += text_.empty() ? "" : "; ";
        text_ += text;
    }
    bool none() const { return text_.empty(); }
    bool wants_text() const { return text_.size() <= max_problem_text; }
    ErrorPtr error() {
        if (unlisted_ != 0) {
            text_ += "; and " + std::to_string(unlisted_) + " more";
        }
        return make_error(ErrorKind::link, std::move(text_));
    }

private:
    std::string text_;
    uint64_t unlisted_ = 0;
};

}  // namespace

Result<std::vector<Extern>> resolve_imports(const Store& store, const ModuleCode& code,
                                            const ImportSet& imports) {
    const Module& module = *code.module;
    std::vector<Extern> resolved;
    resolved.reserve(module.imports.size());
    Problems problems;
    for (const Import& import : module.imports) {
        const std::optional<Extern> found = imports.find(import.module, import.name);
        const auto name = [&import] {
            return std::string(import.module) + "." + std::string(import.name);
        };
        if (!found || is_null(*found)) {
            problems.add(problems.wants_text() ? "unknown import " + name() : std::string());
            continue;
        }
        if (&object_of(*found)->store() != &store) {
            return make_error(ErrorKind::misuse,
                              "import " + name() + " belongs to another runtime");
        }
        if (!matches(code, import, *found)) {
            problems.add(problems.wants_text()
                             ? "incompatible import type for " + name() + ": expected " +
                                   describe(module, import) + ", found " + describe(*found)
                             : std::string());
            continue;
        }
        resolved.push_back(*found);
    }
    if (!problems.none()) {
        return problems.error();
    }
    return resolved;
}

}  // namespace epsilon
