// SPDX-License-Identifier: Apache-2.0
#include "wasi/descriptor.h"

namespace epsilon::wasi {

Errno Descriptor::read(Call& /*call*/, Buffers& /*buffers*/) {
    return Errno::badf;
}
Errno Descriptor::write(Call& /*call*/, Buffers& /*buffers*/) {
    return Errno::badf;
}
Errno Descriptor::read_at(Call& /*call*/, Buffers& /*buffers*/, uint64_t /*offset*/) {
    return Errno::spipe;
}
Errno Descriptor::write_at(Call& /*call*/, Buffers& /*buffers*/, uint64_t /*offset*/) {
    return Errno::spipe;
}
Errno Descriptor::seek(int64_t /*offset*/, Whence /*whence*/, uint64_t& /*position*/) {
    return Errno::spipe;
}
Errno Descriptor::set_size(uint64_t /*size*/) {
    return Errno::inval;
}
Errno Descriptor::set_times(const NewTimes& /*times*/) {
    return Errno::badf;
}
Errno Descriptor::allocate(uint64_t /*offset*/, uint64_t /*size*/) {
    return Errno::spipe;
}
Errno Descriptor::advise(uint64_t /*offset*/, uint64_t /*size*/, Advice /*advice*/) {
    return Errno::spipe;
}
Errno Descriptor::sync(bool /*data_only*/) {
    return Errno::success;
}
uint64_t Descriptor::readable_bytes(bool& at_end) {
    at_end = false;
    return 0;
}

}  // namespace epsilon::wasi
