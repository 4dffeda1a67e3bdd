// SPDX-License-Identifier: Apache-2.0
// libFuzzer's mutation of modules: changes that keep the outline of the binary format, and mostly
// the validity of the module, so that inputs get beyond the validator.
#include <algorithm>
#include <cstring>
#include <string>

#include "code_generator.h"
#include "decode/decode.h"
#include "module_layout.h"
#include "wasm/instruction_reader.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace fuzz {

namespace {

using epsilon::InstructionReader;
using epsilon::Opcode;
using epsilon::OpcodeInfo;

// Room that libFuzzer's own mutations of a part get.
constexpr size_t growth = 64;

void mutate_bytes(Bytes& bytes) {
    const size_t size = bytes.size();
    bytes.resize(size + growth);
    bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
}

std::shared_ptr<const epsilon::Module> decode(const Bytes& module) {
    auto decoded = epsilon::decode_module(std::make_shared<const Bytes>(module), {});
    return decoded ? decoded.take() : nullptr;
}

// A function's body as a list of instructions.
struct Body {
    std::vector<epsilon::ValueType> locals;  // the parameters first
    std::vector<size_t> starts;              // of each instruction; the last is the final end
};

constexpr size_t most_locals = 1000;

Body analyse(const epsilon::Module& module, uint32_t defined) {
    Body body;
    const uint32_t function = module.imported_functions + defined;
    body.locals = module.function_type(function).params;
    const epsilon::FunctionBody& place = module.bodies[defined];
    const uint8_t* at = module.bytes->data() + place.begin;
    const uint8_t* const end = module.bytes->data() + place.end;
    uint32_t groups = 0;
    epsilon::read_leb128(at, end, groups);
    for (; groups > 0; --groups) {
        uint32_t count = 0;
        epsilon::read_leb128(at, end, count);
        const uint8_t code = *at++;
        const auto type = code == 0x70 ? epsilon::ValueType::funcref()
                          : code == 0x6f
                              ? epsilon::ValueType::externref()
                              : epsilon::ValueType(epsilon::ValueType::Kind(0x7f - code));
        const size_t room = most_locals - std::min(most_locals, body.locals.size());
        body.locals.insert(body.locals.end(), std::min<size_t>(count, room), type);
    }
    const auto begin = uint32_t(at - module.bytes->data());
    InstructionReader reader(*module.bytes, begin, place.end, module.features);
    epsilon::Instruction instruction;
    while (!reader.at_end() && reader.next(instruction)) {
        body.starts.push_back(instruction.offset - place.begin);
    }
    return body;
}

// Another instruction of the same types and with the same immediates, in its place.
bool swap_opcode(Bytes& code, size_t at, Random& random) {
    const uint8_t prefix = code[at];
    const bool is_prefixed = prefix == 0xfc || prefix == 0xfd;
    const uint8_t* number = code.data() + at + 1;
    uint32_t value = prefix;
    if (is_prefixed &&
        epsilon::read_leb128(number, code.data() + code.size(), value) != epsilon::LebStatus::ok) {
        return false;
    }
    const Opcode old = is_prefixed ? epsilon::opcode_from_prefixed(prefix, value)
                                   : epsilon::opcode_from_byte(prefix);
    if (old == Opcode::count) {
        return false;
    }
    const OpcodeInfo& info = epsilon::opcode_info(old);
    std::vector<const OpcodeInfo*> alike;
    for (size_t i = 0; i < size_t(Opcode::count); ++i) {
        const OpcodeInfo& other = epsilon::opcode_info(Opcode(i));
        if (Opcode(i) != old && other.immediates == info.immediates &&
            other.signature == info.signature) {
            alike.push_back(&other);
        }
    }
    if (info.signature == "special" || alike.empty()) {
        return false;
    }
    const OpcodeInfo& other = *alike[random.below(uint32_t(alike.size()))];
    Bytes encoded;
    if (other.prefix != 0) {
        encoded.push_back(other.prefix);
    }
    write_u32(encoded, other.code);
    const auto old_end = is_prefixed ? size_t(number - code.data()) : at + 1;
    code.erase(code.begin() + ptrdiff_t(at), code.begin() + ptrdiff_t(old_end));
    code.insert(code.begin() + ptrdiff_t(at), encoded.begin(), encoded.end());
    return true;
}

class Mutation {
public:
    Mutation(std::vector<Section> sections, Random& random)
        : sections_(std::move(sections)), random_(random) {}

    Bytes apply() {
        const uint32_t kind = random_.below(16);
        if (kind < 2) {
            change_choices();
        } else if (kind == 2) {
            change_section();
        } else if (kind == 3) {
            export_everything();
        } else {
            change_code();
        }
        return put_together(sections_);
    }

private:
    Section* find(uint8_t id) {
        const auto found = std::find_if(sections_.begin(), sections_.end(),
                                        [id](const Section& section) { return section.id == id; });
        return found == sections_.end() ? nullptr : &*found;
    }

    void change_choices() {
        Section& choices = choices_of(sections_);
        const auto content = content_of_choices(choices);
        Bytes bytes(content.begin(), content.end());
        if (bytes.empty()) {
            bytes.resize(16 + random_.below(200));
            std::generate(bytes.begin(), bytes.end(), [&] { return uint8_t(random_.below(256)); });
        } else {
            mutate_bytes(bytes);
        }
        set_choices(choices, bytes);
    }

    void change_section() {
        if (sections_.empty()) {
            return;
        }
        const auto index = random_.below(uint32_t(sections_.size()));
        if (random_.one_in(8)) {
            sections_.erase(sections_.begin() + index);
        } else {
            mutate_bytes(sections_[index].content);
        }
    }

    // So that what is not exported gets called and looked at too.
    void export_everything() {
        const auto module = decode(put_together(sections_));
        if (module == nullptr) {
            return;
        }
        Bytes content;
        const size_t counts[] = {module->functions.size(), module->tables.size(),
                                 module->memories.size(), module->globals.size()};
        write_u32(content, uint32_t(counts[0] + counts[1] + counts[2] + counts[3]));
        for (uint8_t kind = 0; kind < 4; ++kind) {
            for (uint32_t i = 0; i < counts[kind]; ++i) {
                write_name(content, "ftmg"[kind] + std::to_string(i));
                content.push_back(kind);
                write_u32(content, i);
            }
        }
        if (Section* exports = find(section::exports)) {
            exports->content = content;
            return;
        }
        const auto place =
            std::find_if(sections_.begin(), sections_.end(),
                         [](const Section& other) { return other.id > section::exports; });
        sections_.insert(place, {section::exports, content});
    }

    void change_code() {
        Section* const code = find(section::code);
        auto bodies = code == nullptr ? std::nullopt : bodies_of(*code);
        if (!bodies || bodies->empty()) {
            change_section();
            return;
        }
        const auto index = random_.below(uint32_t(bodies->size()));
        Bytes& body = (*bodies)[index];
        const auto module = random_.one_in(8) ? nullptr : decode(put_together(sections_));
        if (module == nullptr) {
            mutate_bytes(body);
        } else {
            change_body(*module, index, body);
        }
        set_bodies(*code, *bodies);
    }

    void change_body(const epsilon::Module& module, uint32_t index, Bytes& body) {
        const Body parts = analyse(module, index);
        const auto& starts = parts.starts;
        const auto any = [&](size_t count) { return starts[random_.below(uint32_t(count))]; };
        CodeGenerator generator(module, module.imported_functions + index, parts.locals, random_);
        const auto insert = [&](size_t at, const Bytes& bytes) {
            body.insert(body.begin() + ptrdiff_t(at), bytes.begin(), bytes.end());
        };
        switch (random_.below(10)) {
            case 0: {  // new code altogether
                body.resize(starts.front());
                const Bytes code = generator.neutral_code(1 + random_.below(40));
                body.insert(body.end(), code.begin(), code.end());
                const Bytes results = generator.results();
                body.insert(body.end(), results.begin(), results.end());
                body.push_back(0x0b);
                break;
            }
            case 1:
            case 2:
                if (!swap_opcode(body, any(starts.size()), random_)) {
                    insert(any(starts.size()), generator.neutral_code(1 + random_.below(6)));
                }
                break;
            case 3: {  // an immediate
                const size_t at = any(starts.size()) + 1;
                if (at < body.size()) {
                    body[at] = uint8_t(random_.below(random_.one_in(4) ? 256 : 8));
                }
                break;
            }
            case 4: {  // a run of instructions again, or not at all
                const size_t first = any(starts.size());
                const size_t last = any(starts.size());
                const auto begin = body.begin() + ptrdiff_t(std::min(first, last));
                const auto end = body.begin() + ptrdiff_t(std::max(first, last));
                if (random_.one_in(2)) {
                    body.erase(begin, end);
                } else {
                    insert(any(starts.size()), Bytes(begin, end));
                }
                break;
            }
            default:
                insert(any(starts.size()), generator.neutral_code(1 + random_.below(20)));
                break;
        }
    }

    std::vector<Section> sections_;
    Random& random_;
};

}  // namespace

}  // namespace fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
    using namespace fuzz;
    Random random(seed);
    auto sections = take_apart({data, size});
    if (!sections || random.one_in(32)) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    // Most mutants should be valid, some need not be.
    Bytes mutant;
    for (int tries = random.one_in(FUZZ_INVALID_MUTANTS) ? 1 : 6; tries > 0; --tries) {
        mutant = Mutation(*sections, random).apply();
        if (mutant.size() <= max_size && decode(mutant) != nullptr) {
            break;
        }
    }
    if (mutant.empty() || mutant.size() > max_size) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    std::copy(mutant.begin(), mutant.end(), data);
    return mutant.size();
}
