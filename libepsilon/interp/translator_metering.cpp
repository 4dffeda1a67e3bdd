// SPDX-License-Identifier: Apache-2.0
#include "interp/translator_impl.h"

// What the translator notes of runs (metering.h).
namespace epsilon::interp {

void Translator::count(Opcode opcode) {
    switch (opcode) {
        case Opcode::nop:
        case Opcode::block:
        case Opcode::loop:
        case Opcode::else_:
        case Opcode::end:
            break;
        default:
            runs_.count(1);
            break;
    }
}

void Translator::end_run() {
    if (metered_) {
        runs_.end();
    }
}

void Translator::start_run() {
    if (metered_) {
        forget_joined();
        if (runs_.is_open()) {
            runs_.end();
        }
        runs_.begin(writer_.position(), reader_->position());
    }
}

void Translator::proceed_run() {
    if (!metered_) {
        return;
    }
    forget_joined();
    if (!runs_.is_alone()) {
        runs_.proceed(writer_.position(), reader_->position());
        return;
    }
    const uint32_t at = writer_.add(special_handler(Special::charge));
    start_run();
    runs_.price(at, field_price);
}

void Translator::start_label(Label label) {
    if (metered_) {
        if (!runs_.is_open()) {
            start_run();
        }
        runs_.bind(label);
    }
}

void Translator::price_branch(uint32_t at, Label label) {
    if (metered_) {
        writer_.extend(at, metered_branch_size);
        runs_.price(at, field_taken_price, label);
    }
}

void Translator::price_other(uint32_t at) {
    if (metered_) {
        runs_.price(at, field_other_price);
    }
}

void Translator::price_return(uint32_t at, int field) {
    if (metered_) {
        runs_.price(at, field);
    }
}

// Cells of two runs are never joined, where that could be taken back.
void Translator::forget_joined() {
    counter_.valid = counter_.valid && !counters_.valid;
    counters_.valid = false;
    load_.valid = float_load_.valid = false;
}

void Translator::reuse_cell(uint32_t at) {
    if (metered_) {
        runs_.move_start(at);
    }
}

}  // namespace epsilon::interp
