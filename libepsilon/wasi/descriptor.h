// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wasi/buffers.h"
#include "wasi/types.h"

namespace epsilon::wasi {

struct Call;
class Directory;
class Socket;

// What a file descriptor of the program refers to. The defaults are what a descriptor says that
// can't do such a thing. Rights and the arguments' ranges have been looked at before.
class Descriptor {
public:
    virtual ~Descriptor() = default;

    virtual FileType type() const = 0;
    // Of the rights, those that make sense here.
    virtual Rights applicable_rights() const = 0;
    virtual Directory* as_directory() { return nullptr; }
    virtual Socket* as_socket() { return nullptr; }

    FdFlags flags() const { return flags_; }
    // append and nonblock can be changed.
    virtual Errno set_flags(FdFlags flags) {
        flags_ = flags;
        return Errno::success;
    }

    // They move bytes between the file and the front of the buffers, at the file's own position or
    // at a given one, and advance the buffers. Less than asked for is no error; nothing is the end
    // of the file when reading.
    virtual Errno read(Call& call, Buffers& buffers);
    virtual Errno write(Call& call, Buffers& buffers);
    virtual Errno read_at(Call& call, Buffers& buffers, uint64_t offset);
    virtual Errno write_at(Call& call, Buffers& buffers, uint64_t offset);
    virtual Errno seek(int64_t offset, Whence whence, uint64_t& position);

    virtual Errno stat(FileStat& stat) = 0;
    virtual Errno set_size(uint64_t size);
    virtual Errno set_times(const NewTimes& times);
    virtual Errno allocate(uint64_t offset, uint64_t size);
    virtual Errno advise(uint64_t offset, uint64_t size, Advice advice);
    virtual Errno sync(bool data_only);

    // The host's descriptor that tells whether this one is ready, or -1: it always is.
    virtual int host_descriptor() const { return -1; }
    // How many bytes can be read at once; at_end: there will be none any more.
    virtual uint64_t readable_bytes(bool& at_end);

protected:
    void keep_flags(FdFlags flags) { flags_ = flags; }

private:
    FdFlags flags_ = 0;
};

struct OpenOptions {
    OpenFlags how = 0;
    FdFlags flags = 0;
    bool follow = false;  // a symbolic link in the end
    bool read = false;
    bool write = false;
};

// Gets the entries of a directory one by one.
class EntrySink {
public:
    virtual ~EntrySink() = default;
    // False: no more is wanted. `next` is the cookie of what comes after this entry.
    virtual bool add(std::string_view name, uint64_t inode, FileType type, uint64_t next) = 0;
};

// A directory, and what can be done with the paths beneath it. Paths are relative, not empty, and
// have no NUL; each method keeps them beneath this directory.
class Directory : public Descriptor {
public:
    Directory* as_directory() override { return this; }
    Rights applicable_rights() const override { return rights::of_directories; }
    FileType type() const override { return FileType::directory; }
    Errno allocate(uint64_t, uint64_t) override { return Errno::badf; }
    Errno advise(uint64_t, uint64_t, Advice) override { return Errno::badf; }
    Errno seek(int64_t, Whence, uint64_t&) override { return Errno::badf; }

    virtual Errno open(std::string_view path, const OpenOptions& options,
                       std::shared_ptr<Descriptor>& out) = 0;
    virtual Errno stat_path(std::string_view path, bool follow, FileStat& stat) = 0;
    virtual Errno set_times_of(std::string_view path, bool follow, const NewTimes& times) = 0;
    virtual Errno create_directory(std::string_view path) = 0;
    virtual Errno remove_directory(std::string_view path) = 0;
    virtual Errno unlink(std::string_view path) = 0;
    virtual Errno read_link(std::string_view path, std::string& target) = 0;
    virtual Errno symlink(std::string_view target, std::string_view path) = 0;
    // xdev when the other directory is of another file system.
    virtual Errno link(std::string_view path, bool follow, Directory& to,
                       std::string_view new_path) = 0;
    virtual Errno rename(std::string_view path, Directory& to, std::string_view new_path) = 0;
    // Entries from a cookie on; 0 is the first.
    virtual Errno read_entries(uint64_t cookie, EntrySink& sink) = 0;
};

class Socket : public Descriptor {
public:
    Socket* as_socket() override { return this; }
    Rights applicable_rights() const override { return rights::of_sockets; }

    virtual Errno accept(Call& call, FdFlags flags, std::shared_ptr<Descriptor>& out) = 0;
    virtual Errno receive(Call& call, Buffers& buffers, uint16_t flags, uint16_t& out_flags) = 0;
    virtual Errno send(Call& call, Buffers& buffers) = 0;
    virtual Errno shutdown(bool receiving, bool sending) = 0;
};

}  // namespace epsilon::wasi
