// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace epsilon {

bool is_utf8(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at != end) {
        if (end - at >= 8) {
            uint64_t chunk;
            std::memcpy(&chunk, at, sizeof chunk);
            if ((chunk & 0x8080808080808080u) == 0) {
                at += 8;
                continue;
            }
        }
        const unsigned char lead = *at++;
        if (lead < 0x80) {
            continue;
        }
        // The range of the second byte excludes overlong forms, surrogates and the beyond.
        int more;
        unsigned char low = 0x80;
        unsigned char high = 0xbf;
        if (lead >= 0xc2 && lead <= 0xdf) {
            more = 1;
        } else if (lead >= 0xe0 && lead <= 0xef) {
            more = 2;
            low = lead == 0xe0 ? 0xa0 : 0x80;
            high = lead == 0xed ? 0x9f : 0xbf;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            more = 3;
            low = lead == 0xf0 ? 0x90 : 0x80;
            high = lead == 0xf4 ? 0x8f : 0xbf;
        } else {
            return false;
        }
        if (end - at < more || *at < low || *at > high) {
            return false;
        }
        for (++at; --more > 0; ++at) {
            if ((*at & 0xc0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace epsilon
