// SPDX-License-Identifier: Apache-2.0
#include "interp/bulk.h"

#include <new>

#include "interp/cell.h"
#include "interp/stops.h"
#include "runtime/bulk.h"
#include "runtime/instance.h"

namespace epsilon::interp {

namespace {

// The operands of a cell, and what is asked between the pieces of its operation.
class Operation final : public Checkpoint {
public:
    Operation(Context& ctx, const uint8_t* pc, Slot* fp) : ctx_(ctx), pc_(pc), fp_(fp) {}

    uint32_t d() const { return operand(field_d); }
    uint32_t a() const { return operand(field_a); }
    uint32_t b() const { return operand(field_bulk_b); }
    Slot a_slot() const { return fp_[read_field<int16_t>(pc_, field_a)]; }
    uint32_t index() const { return read_field<uint32_t>(pc_, field_index); }
    uint32_t index2() const { return read_field<uint32_t>(pc_, field_index2); }

    bool goes_on() override {
        went_on_ =
            ctx_.stop.load(std::memory_order_relaxed) == 0 || interp::goes_on(ctx_, pc_, fp_, 0);
        return went_on_;
    }

    // Whether the program goes on behind the cell.
    bool finish(Trap trap) {
        if (trap != Trap::none) {
            ctx_.trap = trap;
            ctx_.outcome = Outcome::trapped;
            ctx_.exit_pc = pc_;
            ctx_.exit_fp = fp_;
            return false;
        }
        return went_on_;
    }

private:
    uint32_t operand(int field) const { return uint32_t(fp_[read_field<int16_t>(pc_, field)]); }

    Context& ctx_;
    const uint8_t* pc_;
    Slot* fp_;
    bool went_on_ = true;
};

uint32_t size_or_refusal(std::optional<uint64_t> old) {
    return old ? uint32_t(*old) : UINT32_MAX;
}

}  // namespace

bool memory_init(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    Operation op(ctx, pc, fp);
    return op.finish(epsilon::memory_init(*ctx.view.instance, op.index(), op.index2(), op.d(),
                                          op.a(), op.b(), &op));
}

bool memory_copy(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    Operation op(ctx, pc, fp);
    return op.finish(epsilon::memory_copy(*ctx.view.memories[op.index()],
                                          *ctx.view.memories[op.index2()], op.d(), op.a(), op.b(),
                                          &op));
}

bool memory_fill(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    Operation op(ctx, pc, fp);
    return op.finish(
        epsilon::memory_fill(*ctx.view.memories[op.index()], op.d(), uint8_t(op.a()), op.b(), &op));
}

bool table_init(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    Operation op(ctx, pc, fp);
    return op.finish(epsilon::table_init(*ctx.view.instance, op.index(), op.index2(), op.d(),
                                         op.a(), op.b(), &op));
}

bool table_copy(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    Operation op(ctx, pc, fp);
    return op.finish(epsilon::table_copy(*ctx.view.instance, op.index(), op.index2(), op.d(),
                                         op.a(), op.b(), &op));
}

bool table_fill(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    Operation op(ctx, pc, fp);
    return op.finish(
        epsilon::table_fill(*ctx.view.tables[op.index()], op.d(), op.a_slot(), op.b(), &op));
}

uint32_t memory_grow(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    const Operation op(ctx, pc, fp);
    try {
        auto& memory = static_cast<Memory&>(*ctx.view.memories[op.index()]);
        return size_or_refusal(memory.grow(op.a(), &ctx));
    } catch (const std::bad_alloc&) {
        return UINT32_MAX;
    }
}

uint32_t table_grow(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    const Operation op(ctx, pc, fp);
    try {
        auto& table = static_cast<Table&>(*ctx.view.tables[op.index()]);
        return size_or_refusal(table.grow(op.b(), op.a_slot(), &ctx));
    } catch (const std::bad_alloc&) {
        return UINT32_MAX;
    }
}

void drop_element_segment(Context& ctx, uint32_t segment) noexcept {
    ctx.view.instance->dropped_elements[segment] = true;
}

void drop_data_segment(Context& ctx, uint32_t segment) noexcept {
    ctx.view.instance->dropped_data[segment] = true;
}

}  // namespace epsilon::interp
