// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/utf8.h"
#include "wasi/functions.h"

namespace epsilon::wasi {

const Function* find_function(Edition edition, std::string_view name) {
    for (const auto functions : {process_functions(), descriptor_functions(), stream_functions(),
                                 path_functions(), poll_functions(), socket_functions()}) {
        const auto found = std::find_if(functions.begin(), functions.end(),
                                        [&](const Function& item) { return item.name == name; });
        if (found != functions.end()) {
            return edition == Edition::preview1 || found->in_unstable ? &*found : nullptr;
        }
    }
    return nullptr;
}

Errno get_file(Call& call, uint32_t fd, Rights needed, OpenFile& file) {
    const OpenFile* found = call.system.files.find(fd);
    if (found == nullptr) {
        return Errno::badf;
    }
    if ((needed & ~found->base) != 0) {
        return Errno::notcapable;
    }
    file = *found;
    return Errno::success;
}

Errno get_directory(Call& call, uint32_t fd, Rights needed, OpenFile& file) {
    const OpenFile* found = call.system.files.find(fd);
    if (found != nullptr && found->descriptor->as_directory() == nullptr) {
        return Errno::notdir;
    }
    return get_file(call, fd, needed, file);
}

Errno get_content(Call& call, uint32_t fd, Rights needed, OpenFile& file) {
    const OpenFile* found = call.system.files.find(fd);
    if (found != nullptr && found->descriptor->as_directory() != nullptr) {
        return Errno::badf;
    }
    return get_file(call, fd, needed, file);
}

Errno load_path(const Call& call, Address address, uint32_t size, std::string& path) {
    const uint8_t* bytes = call.memory.at(address.value, size);
    if (bytes == nullptr) {
        return Errno::fault;
    }
    if (size == 0) {
        return Errno::noent;
    }
    if (size > call.system.limits().path_bytes) {
        return Errno::nametoolong;
    }
    path.assign(reinterpret_cast<const char*>(bytes), size);
    if (path.find('\0') != std::string::npos) {
        return Errno::inval;
    }
    return is_utf8(path) ? Errno::success : Errno::ilseq;
}

Errno load_times(uint64_t accessed, uint64_t modified, uint32_t flags, NewTimes& times) {
    const auto load = [flags](uint64_t time, uint32_t given, uint32_t now, NewTime& out) {
        if ((flags & given) != 0 && (flags & now) != 0) {
            return false;
        }
        out.kind = (flags & given) != 0 ? NewTime::Kind::given
                   : (flags & now) != 0 ? NewTime::Kind::now
                                        : NewTime::Kind::kept;
        out.nanoseconds = time;
        return true;
    };
    return (flags & ~uint32_t(fstflags::all)) == 0 &&
                   load(accessed, fstflags::atim, fstflags::atim_now, times.accessed) &&
                   load(modified, fstflags::mtim, fstflags::mtim_now, times.modified)
               ? Errno::success
               : Errno::inval;
}

Errno store_stat(const Call& call, Address address, const FileStat& stat) {
    const GuestMemory& memory = call.memory;
    const bool old = call.edition == Edition::unstable;
    if (!memory.contains(address.value, old ? 56 : 64)) {
        return Errno::fault;
    }
    memory.store<uint64_t>(address + 0, stat.device);
    memory.store<uint64_t>(address + 8, stat.inode);
    memory.store<uint64_t>(address + 16, uint64_t(stat.type));  // with what fills up
    if (old) {
        memory.store<uint32_t>(address + 20,
                               static_cast<uint32_t>(std::min<uint64_t>(stat.links, UINT32_MAX)));
    } else {
        memory.store<uint64_t>(address + 24, stat.links);
    }
    const uint64_t rest = old ? 24 : 32;
    memory.store<uint64_t>(address + rest, stat.size);
    memory.store<uint64_t>(address + (rest + 8), stat.accessed);
    memory.store<uint64_t>(address + (rest + 16), stat.modified);
    memory.store<uint64_t>(address + (rest + 24), stat.changed);
    return Errno::success;
}

}  // namespace epsilon::wasi
