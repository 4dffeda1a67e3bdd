// SPDX-License-Identifier: Apache-2.0
// Reading and writing, positions, and the entries of directories.
#include <algorithm>

#include "wasi/functions.h"

namespace epsilon::wasi {

namespace {

// What one call moves, so that the number fits into 32 bits wherever it is counted.
constexpr uint64_t most_bytes = 0x7fff'0000;

Errno load_buffers(const Call& call, Address list, uint32_t count, Buffers& buffers) {
    EPSILON_WASI_TRY(buffers.load(list, count, call.system.limits().iovecs));
    buffers.limit(most_bytes);
    return Errno::success;
}

// Moves bytes by `move(buffers)` and stores how many; those moved before an error count.
template <class Move>
Errno transfer(Call& call, uint32_t fd, Rights needed, Address list, uint32_t count, Address size,
               Move&& move) {
    OpenFile file;
    EPSILON_WASI_TRY(get_content(call, fd, needed, file));
    Buffers buffers(call.memory);
    EPSILON_WASI_TRY(load_buffers(call, list, count, buffers));
    if (!call.memory.contains(size.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    const uint64_t asked = buffers.size();
    const Errno result = move(*file.descriptor, buffers);
    const uint64_t moved = asked - buffers.size();
    if (result != Errno::success && moved == 0) {
        return result;
    }
    call.memory.store(size.value, static_cast<uint32_t>(moved));
    return Errno::success;
}

Errno fd_read(Call& call, uint32_t fd, Address list, uint32_t count, Address size) {
    return transfer(call, fd, rights::fd_read, list, count, size,
                    [&](Descriptor& file, Buffers& buffers) { return file.read(call, buffers); });
}

Errno fd_write(Call& call, uint32_t fd, Address list, uint32_t count, Address size) {
    return transfer(call, fd, rights::fd_write, list, count, size,
                    [&](Descriptor& file, Buffers& buffers) { return file.write(call, buffers); });
}

Errno fd_pread(Call& call, uint32_t fd, Address list, uint32_t count, uint64_t offset,
               Address size) {
    return transfer(call, fd, rights::fd_read | rights::fd_seek, list, count, size,
                    [&](Descriptor& file, Buffers& buffers) {
                        return offset > INT64_MAX ? Errno::inval
                                                  : file.read_at(call, buffers, offset);
                    });
}

Errno fd_pwrite(Call& call, uint32_t fd, Address list, uint32_t count, uint64_t offset,
                Address size) {
    return transfer(call, fd, rights::fd_write | rights::fd_seek, list, count, size,
                    [&](Descriptor& file, Buffers& buffers) {
                        return offset > INT64_MAX ? Errno::inval
                                                  : file.write_at(call, buffers, offset);
                    });
}

Errno seek(Call& call, uint32_t fd, Rights needed, int64_t offset, Whence whence, Address out) {
    OpenFile file;
    EPSILON_WASI_TRY(get_content(call, fd, needed, file));
    if (!call.memory.contains(out.value, sizeof(uint64_t))) {
        return Errno::fault;
    }
    uint64_t position = 0;
    EPSILON_WASI_TRY(file.descriptor->seek(offset, whence, position));
    call.memory.store(out.value, position);
    return Errno::success;
}

Errno fd_seek(Call& call, uint32_t fd, uint64_t offset, uint32_t whence, Address out) {
    static constexpr Whence preview1[] = {Whence::set, Whence::current, Whence::end};
    static constexpr Whence unstable[] = {Whence::current, Whence::end, Whence::set};
    if (whence > 2) {
        return Errno::inval;
    }
    const Whence from = (call.edition == Edition::unstable ? unstable : preview1)[whence];
    const bool tells = from == Whence::current && offset == 0;
    const OpenFile* file = call.system.files.find(fd);
    const bool may_seek = file != nullptr && (file->base & rights::fd_seek) != 0;
    return seek(call, fd, tells && !may_seek ? rights::fd_tell : rights::fd_seek,
                static_cast<int64_t>(offset), from, out);
}

Errno fd_tell(Call& call, uint32_t fd, Address out) {
    return seek(call, fd, rights::fd_tell, 0, Whence::current, out);
}

// Writes entries to the program's buffer; the last one is cut where the buffer ends.
class EntryWriter : public EntrySink {
public:
    EntryWriter(const GuestMemory& memory, uint32_t address, uint32_t size, uint64_t most)
        : memory_(memory), address_(address), size_(size), most_(most) {}

    bool add(std::string_view name, uint64_t inode, FileType type, uint64_t next) override {
        if (used_ == size_) {
            return false;
        }
        if (most_ == 0) {
            too_many_ = true;
            return false;
        }
        --most_;
        struct {
            uint64_t next;
            uint64_t inode;
            uint32_t name_size;
            uint32_t type;
        } const head{next, inode, static_cast<uint32_t>(name.size()), uint32_t(type)};
        static_assert(sizeof head == 24);
        put(&head, sizeof head);
        put(name.data(), name.size());
        return used_ != size_;
    }

    uint32_t used() const { return used_; }
    bool too_many() const { return too_many_; }

private:
    void put(const void* bytes, size_t count) {
        const auto fits = static_cast<uint32_t>(std::min<size_t>(count, size_ - used_));
        if (fits != 0) {
            std::memcpy(memory_.at(uint64_t(address_) + used_, fits), bytes, fits);
        }
        used_ += fits;
    }

    const GuestMemory memory_;
    const uint32_t address_;
    const uint32_t size_;
    uint64_t most_;
    uint32_t used_ = 0;
    bool too_many_ = false;
};

Errno fd_readdir(Call& call, uint32_t fd, Address buffer, uint32_t size, uint64_t cookie,
                 Address used) {
    OpenFile file;
    EPSILON_WASI_TRY(get_directory(call, fd, rights::fd_readdir, file));
    if (!call.memory.contains(buffer.value, size) ||
        !call.memory.contains(used.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    EntryWriter writer(call.memory, buffer.value, size, call.system.limits().directory_entries);
    EPSILON_WASI_TRY(file.descriptor->as_directory()->read_entries(cookie, writer));
    if (writer.too_many()) {
        return Errno::overflow;
    }
    call.memory.store(used.value, writer.used());
    return Errno::success;
}

constexpr Function functions[] = {
    make_function<fd_read>("fd_read"),       make_function<fd_write>("fd_write"),
    make_function<fd_pread>("fd_pread"),     make_function<fd_pwrite>("fd_pwrite"),
    make_function<fd_seek>("fd_seek"),       make_function<fd_tell>("fd_tell"),
    make_function<fd_readdir>("fd_readdir"),
};

}  // namespace

std::span<const Function> stream_functions() {
    return functions;
}

}  // namespace epsilon::wasi
