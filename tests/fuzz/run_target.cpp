// SPDX-License-Identifier: Apache-2.0
// Runs modules under all limits at once. The input is a module; the content of its custom section
// "choices" decides everything else: the limits, the arguments, what host functions do.
#include "program.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace fuzz;
    const Compiled compiled =
        made<Compiled>([&](auto out) { return epsilon_compiled_new(nullptr, data, size, out); });
    if (compiled == nullptr) {
        return -1;  // not worth keeping
    }
    const uint8_t* choices = nullptr;
    size_t count = 0;
    for (size_t i = 0; i < epsilon_compiled_custom_section_count(compiled.get()); ++i) {
        const char* name = nullptr;
        size_t name_size = 0;
        const uint8_t* content = nullptr;
        size_t content_size = 0;
        EXPECT(succeeded(epsilon_compiled_custom_section(compiled.get(), i, &name, &name_size,
                                                         &content, &content_size)));
        if (name_size == 7 && std::memcmp(name, "choices", 7) == 0) {
            choices = content;
            count = content_size;
        }
    }
    Program(compiled, Choices(choices, count)).run();
    return 0;
}
