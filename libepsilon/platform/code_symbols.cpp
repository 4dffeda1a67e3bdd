// SPDX-License-Identifier: Apache-2.0
#include "platform/code_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>

#include "platform/code_unwind.h"
#include "platform/fork_mutex.h"

// What debuggers look for: a list of object files in memory, and a function that is called when it
// has changed, where they put a breakpoint. The symbols' names and the layouts are theirs. Not
// exported: they read the symbol table that isn't for the linker, too, and each library may have
// its own.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming)

struct JitEntry {
    JitEntry* next_entry;
    JitEntry* prev_entry;
    const char* symfile_addr;
    uint64_t symfile_size;
};

struct JitDescriptor {
    uint32_t version;
    uint32_t action_flag;
    JitEntry* relevant_entry;
    JitEntry* first_entry;
};

__attribute__((visibility("hidden"), used)) JitDescriptor __jit_debug_descriptor = {1, 0, nullptr,
                                                                                    nullptr};

__attribute__((visibility("hidden"), noinline, used)) void __jit_debug_register_code() {
    asm volatile("" ::: "memory");
}

// NOLINTEND(readability-identifier-naming)
}  // extern "C"

namespace epsilon::platform {

namespace {

enum Action : uint32_t { nothing = 0, registering = 1, unregistering = 2 };

std::atomic<bool> perf_map_wanted{false};
std::atomic<bool> debugging_wanted{false};

ForkMutex& list_mutex() noexcept {
    alignas(ForkMutex) static unsigned char storage[sizeof(ForkMutex)];
    static ForkMutex* const mutex = new (storage) ForkMutex;
    return *mutex;
}

// A copy of a name without what could be taken for the end of a line or do things to a terminal.
class PlainName {
public:
    explicit PlainName(std::string_view name) noexcept
        : size_(std::min(name.size(), longest_code_name)) {
        std::transform(name.begin(), name.begin() + static_cast<ptrdiff_t>(size_), text_,
                       [](char c) {
                           const auto byte = static_cast<unsigned char>(c);
                           return byte < 0x20 || byte == 0x7f ? '?' : c;
                       });
    }
    std::string_view text() const noexcept { return {text_, size_}; }

private:
    size_t size_;
    char text_[longest_code_name];
};

// The file for this process, made if it isn't there. /tmp is everybody's: what is there already may
// be a link, or a file of another user's. Negative if it is, or can't be opened.
int open_perf_map() noexcept {
    char path[64];
    std::snprintf(path, sizeof path, "/tmp/perf-%ld.map", static_cast<long>(getpid()));
    const int file = open(
        path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    struct stat found{};
    if (fstat(file, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() &&
        found.st_nlink == 1) {
        return file;
    }
    close(file);
    return -1;
}

// An object file that says: here is a function of this name.
struct ObjectFile {
    enum Section : uint16_t { none, text, unwinding, symbols, names, section_names, section_count };

    ObjectFile(const void* code, size_t size, std::string_view function) noexcept;

    Elf64_Ehdr header{};
    Elf64_Shdr sections[section_count]{};
    Elf64_Sym symbol_table[2]{};
    UnwindSection unwind;
    char section_name_table[64] = "\0.text\0.eh_frame\0.symtab\0.strtab\0.shstrtab";
    char name_table[1 + longest_code_name + 1];
};

ObjectFile::ObjectFile(const void* code, size_t size, std::string_view function) noexcept
    : unwind(code, size) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
#if defined(__aarch64__)
    header.e_machine = EM_AARCH64;
#else
    header.e_machine = EM_X86_64;
#endif
    header.e_version = EV_CURRENT;
    header.e_shoff = offsetof(ObjectFile, sections);
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof sections[0];
    header.e_shnum = section_count;
    header.e_shstrndx = section_names;

    const auto describe = [this](Section which, uint32_t name, uint32_t type, uint64_t flags,
                                 size_t offset, size_t bytes) noexcept {
        Elf64_Shdr& section = sections[which];
        section.sh_name = name;
        section.sh_type = type;
        section.sh_flags = flags;
        section.sh_offset = offset;
        section.sh_size = bytes;
        section.sh_addralign = 1;
    };
    const auto address = reinterpret_cast<uintptr_t>(code);
    describe(text, 1, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, 0, size);
    sections[text].sh_addr = address;
    describe(unwinding, 7, SHT_PROGBITS, SHF_ALLOC, offsetof(ObjectFile, unwind),
             UnwindSection::size);
    describe(symbols, 17, SHT_SYMTAB, 0, offsetof(ObjectFile, symbol_table), sizeof symbol_table);
    sections[symbols].sh_link = names;
    sections[symbols].sh_info = 1;  // the first that isn't local
    sections[symbols].sh_entsize = sizeof symbol_table[0];
    describe(names, 25, SHT_STRTAB, 0, offsetof(ObjectFile, name_table), function.size() + 2);
    describe(section_names, 33, SHT_STRTAB, 0, offsetof(ObjectFile, section_name_table),
             sizeof section_name_table);

    symbol_table[1].st_name = 1;
    symbol_table[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol_table[1].st_shndx = text;
    symbol_table[1].st_size = size;
    name_table[0] = 0;
    std::memcpy(name_table + 1, function.data(), function.size());
    name_table[1 + function.size()] = 0;
}

}  // namespace

struct detail::DebugEntry {
    DebugEntry(const void* code, size_t size, std::string_view name) noexcept
        : object(code, size, name),
          entry{nullptr, nullptr, reinterpret_cast<const char*>(&object),
                offsetof(ObjectFile, name_table) + name.size() + 2} {}

    ObjectFile object;
    JitEntry entry;
};

bool set_perf_map(bool wanted) noexcept {
    if (wanted) {
        const int file = open_perf_map();
        if (file < 0) return false;
        close(file);
    }
    perf_map_wanted.store(wanted, std::memory_order_relaxed);
    return true;
}

void set_code_debugging(bool wanted) noexcept {
    detail::tell_unwinder(wanted);
    debugging_wanted.store(wanted, std::memory_order_relaxed);
}

bool code_names_wanted() noexcept {
    return perf_map_wanted.load(std::memory_order_relaxed) ||
           debugging_wanted.load(std::memory_order_relaxed);
}

// The file is opened each time: a descriptor that is kept might be closed by others, and then be
// that of something else.
void detail::write_perf_map(const void* code, size_t size, std::string_view name) noexcept {
    if (!perf_map_wanted.load(std::memory_order_relaxed)) return;
    const int file = open_perf_map();
    if (file < 0) return;
    const PlainName plain(name);
    char line[longest_code_name + 64];
    const int length =
        std::snprintf(line, sizeof line, "%llx %zx %.*s\n",
                      static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(code)), size,
                      static_cast<int>(plain.text().size()), plain.text().data());
    // A short line spoils no more than itself.
    static_cast<void>(write(file, line, static_cast<size_t>(length)) + 1);
    close(file);
}

detail::DebugEntry* detail::add_debug_entry(const void* code, size_t size,
                                            std::string_view name) noexcept {
    if (!debugging_wanted.load(std::memory_order_relaxed)) return nullptr;
    auto* made = new (std::nothrow) DebugEntry(code, size, PlainName(name).text());
    if (made == nullptr) return nullptr;
    const std::lock_guard lock(list_mutex());
    JitDescriptor& list = __jit_debug_descriptor;
    made->entry.next_entry = list.first_entry;
    if (list.first_entry != nullptr) list.first_entry->prev_entry = &made->entry;
    list.first_entry = &made->entry;
    list.relevant_entry = &made->entry;
    list.action_flag = registering;
    __jit_debug_register_code();
    return made;
}

void detail::remove_debug_entry(DebugEntry* entry) noexcept {
    if (entry == nullptr) return;
    {
        const std::lock_guard lock(list_mutex());
        JitDescriptor& list = __jit_debug_descriptor;
        JitEntry* const next = entry->entry.next_entry;
        JitEntry* const previous = entry->entry.prev_entry;
        (previous != nullptr ? previous->next_entry : list.first_entry) = next;
        if (next != nullptr) next->prev_entry = previous;
        list.relevant_entry = &entry->entry;
        list.action_flag = unregistering;
        __jit_debug_register_code();
        list.relevant_entry = nullptr;
        list.action_flag = nothing;
    }
    delete entry;
}

}  // namespace epsilon::platform
