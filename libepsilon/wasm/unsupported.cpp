// SPDX-License-Identifier: Apache-2.0
#include "wasm/unsupported.h"

#include "base/text.h"

namespace epsilon {

ErrorPtr switched_off(Feature feature, std::string_view what, uint64_t offset) {
    return make_error(ErrorKind::unsupported,
                      concat("feature ", feature_name(feature), " is switched off: ", what),
                      offset);
}

ErrorPtr missing_proposal(std::string_view proposal, std::string_view what, uint64_t offset) {
    return make_error(ErrorKind::unsupported, concat(proposal, " is not supported: ", what),
                      offset);
}

std::string_view proposal_of_opcode(uint8_t byte) {
    switch (byte) {
        case 0x06:  // try
        case 0x07:  // catch
        case 0x08:  // throw
        case 0x09:  // rethrow
        case 0x0a:  // throw_ref
        case 0x18:  // delegate
        case 0x19:  // catch_all
        case 0x1f:  // try_table
            return "exception-handling";
        case 0x14:  // call_ref
        case 0x15:  // return_call_ref
        case 0xd4:  // ref.as_non_null
        case 0xd5:  // br_on_null
        case 0xd6:  // br_on_non_null
            return "function-references";
        case 0xd3:  // ref.eq
        case 0xfb:
            return "gc";
        case 0xfe:
            return "threads";
        case 0xe0:  // cont.new
        case 0xe1:  // cont.bind
        case 0xe2:  // suspend
        case 0xe3:  // resume
        case 0xe4:  // resume_throw
        case 0xe5:  // switch
            return "stack-switching";
        default:
            return "";
    }
}

std::string_view proposal_of_prefixed_opcode(uint8_t prefix, uint32_t code) {
    if (prefix == 0xfc && code >= 0x13 && code <= 0x16) {
        return "wide-arithmetic";
    }
    if (prefix == 0xfd && code >= 0x100 && code <= 0x113) {
        return "relaxed-simd";
    }
    return "";
}

std::string_view proposal_of_type(uint8_t byte) {
    switch (byte) {
        case 0x63:  // (ref null ht)
        case 0x64:  // (ref ht)
            return "function-references";
        case 0x69:  // exn
        case 0x74:  // noexn
            return "exception-handling";
        case 0x6a:  // array
        case 0x6b:  // struct
        case 0x6c:  // i31
        case 0x6d:  // eq
        case 0x6e:  // any
        case 0x71:  // none
        case 0x72:  // noextern
        case 0x73:  // nofunc
            return "gc";
        case 0x68:  // cont
        case 0x75:  // nocont
            return "stack-switching";
        default:
            return "";
    }
}

}  // namespace epsilon
