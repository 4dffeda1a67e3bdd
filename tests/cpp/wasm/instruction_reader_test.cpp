// SPDX-License-Identifier: Apache-2.0
#include "wasm/instruction_reader.h"

#include <string>
#include <vector>

#include "catch.hpp"
#include "wasm/printer.h"

using namespace epsilon;
using Bytes = std::vector<uint8_t>;

namespace {

// All instructions as text, separated by "; ", and the error that ends them if there is one.
std::string print(const Bytes& bytes, Features features = Features::all()) {
    InstructionReader reader(bytes, 0, uint32_t(bytes.size()), features);
    Instruction instruction;
    std::string text;
    while (!reader.at_end()) {
        text += text.empty() ? "" : "; ";
        if (const Result<void> result = reader.next(instruction); !result) {
            return text + result.error().message + " @" + std::to_string(result.error().offset);
        }
        text += to_string(instruction, reader);
    }
    return text;
}

const std::string cut =
    "unexpected end of section or function: an instruction is missing or cut off";

}  // namespace

TEST_CASE("printing control instructions", "[wasm]") {
    CHECK(print({0x02, 0x40, 0x03, 0x7f, 0x04, 0x05, 0x05, 0x0b}) ==
          "block; loop (result i32); if (type 5); else; end");
    CHECK(print({0x02, 0x70}) == "block (result funcref)");
    CHECK(print({0x0c, 0x01, 0x0d, 0x80, 0x01}) == "br 1; br_if 128");
    CHECK(print({0x0e, 0x02, 0x00, 0x81, 0x01, 0x02}) == "br_table 0 129 2");
    CHECK(print({0x0e, 0x00, 0x03}) == "br_table 3");
    CHECK(print({0x10, 0x07, 0x11, 0x01, 0x00, 0x11, 0x01, 0x02}) ==
          "call 7; call_indirect (type 1); call_indirect 2 (type 1)");
    CHECK(print({0x12, 0x07, 0x13, 0x01, 0x00}) == "return_call 7; return_call_indirect (type 1)");
    CHECK(print({0x1b, 0x1c, 0x01, 0x6f}) == "select; select (result externref)");
    Bytes long_table = {0x0e, 0xe8, 0x07};
    long_table.resize(long_table.size() + 1000, 0x01);
    long_table.push_back(0x02);
    const std::string text = print(long_table);
    CHECK(text.size() < 200);
    CHECK(text.substr(text.size() - 6) == " ... 2");
}

TEST_CASE("printing variables, references and tables", "[wasm]") {
    CHECK(print({0x20, 0x00, 0x24, 0x80, 0x80, 0x01}) == "local.get 0; global.set 16384");
    CHECK(print({0xd0, 0x70, 0xd0, 0x6f, 0xd1, 0xd2, 0x03}) ==
          "ref.null func; ref.null extern; ref.is_null; ref.func 3");
    CHECK(print({0x25, 0x01, 0xfc, 0x0f, 0x00, 0xfc, 0x0e, 0x01, 0x02, 0xfc, 0x0c, 0x03, 0x00}) ==
          "table.get 1; table.grow 0; table.copy 1 2; table.init 3");
    CHECK(print({0xfc, 0x0c, 0x03, 0x01, 0xfc, 0x0d, 0x03}) == "table.init 1 3; elem.drop 3");
}

TEST_CASE("printing memory instructions", "[wasm]") {
    CHECK(print({0x28, 0x02, 0x04}) == "i32.load offset=4");
    CHECK(print({0x28, 0x01, 0x04}) == "i32.load offset=4 align=2");
    CHECK(print({0x36, 0x42, 0x01, 0x80, 0x08}) == "i32.store 1 offset=1024");
    CHECK(print({0x29, 0x03, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}) ==
          "i64.load offset=18446744073709551615");
    CHECK(print({0x3f, 0x00, 0x40, 0x01}) == "memory.size; memory.grow 1");
    CHECK(print({0xfc, 0x08, 0x05, 0x00, 0xfc, 0x0a, 0x00, 0x00, 0xfc, 0x0a, 0x01, 0x00, 0xfc, 0x0b,
                 0x01, 0xfc, 0x09, 0x05}) ==
          "memory.init 5; memory.copy; memory.copy 1 0; memory.fill 1; data.drop 5");
    CHECK(print({0xfd, 0x54, 0x00, 0x03, 0x0f}) == "v128.load8_lane offset=3 15");
}

TEST_CASE("printing constants", "[wasm]") {
    CHECK(print({0x41, 0x7f, 0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0xc0, 0x00}) ==
          "i32.const -1; i32.const -2147483648; i32.const 64");
    CHECK(print({0x42, 0x40}) == "i64.const -64");
    CHECK(print({0x43, 0x00, 0x00, 0xc0, 0x3f}) == "f32.const 0x1.8p+0");
    CHECK(print({0x43, 0x01, 0x00, 0xc0, 0xff}) == "f32.const -nan:0x400001");
    CHECK(print({0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f}) == "f64.const inf");
    CHECK(print({0xfd, 0x0c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff}) ==
          "v128.const i8x16 0x00 0x01 0x02 0x03 0x04 0x05 0x06 0x07 0x08 0x09 0x0a 0x0b 0x0c "
          "0x0d 0x0e 0xff");
    CHECK(print({0xfd, 0x0d, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31}) ==
          "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31");
    CHECK(print({0xfd, 0x15, 0x0f, 0xfd, 0xff, 0x01}) ==
          "i8x16.extract_lane_s 15; f64x2.convert_low_i32x4_u");
}

TEST_CASE("instructions that are cut off", "[wasm]") {
    for (const Bytes& whole : std::vector<Bytes>{
             {0x41, 0x80, 0x01},
             {0x02, 0x80, 0x01},
             {0x28, 0x42, 0x01, 0x80, 0x01},
             {0x0e, 0x01, 0x00, 0x00},
             {0x43, 0, 0, 0, 0},
             {0x11, 0x00, 0x00},
             {0xfd, 0x54, 0x00, 0x00, 0x00},
             {0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
             {0x1c, 0x01, 0x7f},
             {0xd0, 0x70},
         }) {
        for (size_t size = 1; size < whole.size(); ++size) {
            const Bytes part(whole.begin(), whole.begin() + long(size));
            InstructionReader reader(part, 0, uint32_t(size), Features::all());
            Instruction instruction;
            const Result<void> result = reader.next(instruction);
            INFO("opcode " << int(whole[0]) << ", " << size << " bytes");
            REQUIRE_FALSE(result);
            CHECK(result.error().kind == ErrorKind::malformed);
            CHECK(result.error().message.rfind("unexpected end of section or function", 0) == 0);
            CHECK(result.error().offset <= size);
        }
    }
    const Bytes none;
    Instruction instruction;
    CHECK_FALSE(InstructionReader(none, 0, 0, Features::all()).next(instruction));
}

TEST_CASE("integers of instructions", "[wasm]") {
    CHECK(print({0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) ==
          "integer representation too long: 32-bit immediate of an instruction @5");
    CHECK(print({0x41, 0xff, 0xff, 0xff, 0xff, 0x0f}) ==
          "integer too large: 32-bit immediate of an instruction @5");
    CHECK(print({0x20, 0x80, 0x80, 0x80, 0x80, 0x10}) ==
          "integer too large: 32-bit immediate of an instruction @5");
    // The number of a prefixed opcode is a LEB128 integer like any other.
    CHECK(print({0xfc, 0x80, 0x00}) == "i32.trunc_sat_f32_s");
    CHECK(print({0xfc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) ==
          "integer representation too long: 32-bit immediate of an instruction @5");
    // Broken beyond the end of the part: still reported as broken.
    const Bytes bytes = {0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    InstructionReader reader(bytes, 0, 3, Features::all());
    Instruction instruction;
    CHECK(reader.next(instruction).error().message ==
          "integer representation too long: 32-bit immediate of an instruction");
}

TEST_CASE("malformed immediates", "[wasm]") {
    CHECK(print({0x28, 0x80, 0x01, 0x00}) == "malformed memop flags: 0x80 in i32.load @1");
    CHECK(print({0x02, 0x7a}) == "malformed value type: 0x7a @1");
    CHECK(print({0x02, 0xff, 0x7f}) == "malformed block type: negative type index @1");
    CHECK(print({0x1c, 0x01, 0x40}) == "malformed value type: 0x40 @2");
    CHECK(print({0xd0, 0x7f}) == "malformed heap type: 0x7f @1");
    CHECK(print({0xd0, 0xf0, 0x7f}) == "malformed heap type: more than one byte @1");
    // More labels than bytes: nothing is read, nothing allocated.
    CHECK(print({0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00}) ==
          "unexpected end of section or function: br_table has 4294967295 labels and a default, 1 "
          "bytes are left @6");
}

TEST_CASE("opcodes of other proposals are named", "[wasm]") {
    CHECK(print({0x06, 0x40}) == "exception-handling is not supported: opcode 06 @0");
    CHECK(print({0x14, 0x00}) == "function-references is not supported: opcode 14 @0");
    CHECK(print({0xfb, 0x00}) == "gc is not supported: opcode fb @0");
    CHECK(print({0xfe, 0x00}) == "threads is not supported: opcode fe @0");
    CHECK(print({0xfd, 0x80, 0x02}) == "relaxed-simd is not supported: opcode fd 100 @0");
    CHECK(print({0xfc, 0x13}) == "wide-arithmetic is not supported: opcode fc 13 @0");
    CHECK(print({0x02, 0x64, 0x70}) == "function-references is not supported: type 0x64 @1");
    CHECK(print({0xd0, 0x6e}) == "gc is not supported: type 0x6e @1");
    CHECK(print({0xd0, 0x03}) == "function-references is not supported: heap type 3 @1");
    CHECK(print({0x27}) == "illegal opcode 27 @0");
    CHECK(print({0xff}) == "illegal opcode ff @0");
    CHECK(print({0xfc, 0x17}) == "illegal opcode fc 17 @0");
    CHECK(print({0xfd, 0x9a, 0x01}) == "illegal opcode fd 9a @0");
    CHECK(print({0xfd, 0x94, 0x02}) == "illegal opcode fd 114 @0");
}

TEST_CASE("a failed read leaves the error of the place", "[wasm]") {
    const Bytes bytes = {0x01, 0x41};
    InstructionReader reader(bytes, 0, 2, Features::all());
    Instruction instruction;
    ErrorPtr error;
    CHECK(reader.read(instruction, error));
    CHECK_FALSE(error);
    CHECK_FALSE(reader.read(instruction, error));
    REQUIRE(error);
    CHECK(error->message == cut);
    CHECK(error->offset == 2);
}
