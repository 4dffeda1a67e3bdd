// SPDX-License-Identifier: Apache-2.0
#include "base/byte_reader.h"

#include "base/text.h"
#include "base/utf8.h"

namespace epsilon {

ErrorPtr ByteReader::malformed(std::string_view message, std::string_view particulars) const {
    return make_error(ErrorKind::malformed, concat(message, ": ", particulars), position());
}

ErrorPtr ByteReader::unexpected_end(std::string_view what, uint64_t needed) const {
    return malformed("unexpected end of section or function",
                     concat(what, needed == 1 ? " is missing" : " is cut off"));
}

template <class T, unsigned bits>
Result<T> ByteReader::integer(std::string_view what) {
    const uint8_t* at = at_;
    T value;
    const LebStatus status = read_leb128<T, bits>(at, whole_end_, value);
    if (status == LebStatus::ok && at <= end_) {
        at_ = at;
        return value;
    }
    if (status == LebStatus::ok || status == LebStatus::end) {
        return unexpected_end(what, at_ == end_ ? 1 : 2);
    }
    return make_error(ErrorKind::malformed, concat(leb_message(status), ": ", what),
                      size_t(at - start_));
}

template Result<uint32_t> ByteReader::integer<uint32_t, 32>(std::string_view);
template Result<uint64_t> ByteReader::integer<uint64_t, 64>(std::string_view);
template Result<int64_t> ByteReader::integer<int64_t, 33>(std::string_view);

Result<std::span<const uint8_t>> ByteReader::bytes(size_t count, std::string_view what) {
    if (count > remaining()) {
        return malformed("unexpected end of section or function",
                         concat(what, " takes ", count, " bytes, ", remaining(), " are left"));
    }
    const std::span<const uint8_t> result(at_, count);
    at_ += count;
    return result;
}

Result<std::string_view> ByteReader::name(std::string_view what) {
    const uint8_t* at = at_;
    uint32_t size;
    const LebStatus status = read_leb128<uint32_t, 32>(at, whole_end_, size);
    if (status == LebStatus::end) {
        return unexpected_end(what, 1);
    }
    if (status != LebStatus::ok) {
        return make_error(ErrorKind::malformed, concat(leb_message(status), ": length of ", what),
                          size_t(at - start_));
    }
    if (size > size_t(whole_end_ - at)) {
        return malformed("length out of bounds",
                         concat(what, " takes ", size, " bytes, ", whole_end_ - at, " are left"));
    }
    if (at > end_ || size > size_t(end_ - at)) {
        return unexpected_end(what, at_ == end_ ? 1 : 2);
    }
    const std::string_view text(reinterpret_cast<const char*>(at), size);
    if (!is_utf8(text)) {
        return make_error(ErrorKind::malformed, concat("malformed UTF-8 encoding: ", what),
                          size_t(at - start_));
    }
    at_ = at + size;
    return text;
}

}  // namespace epsilon
