;; Operands in accumulators, locals read late, constants, fused branches: every function is called
;; with its expected result in values_test.cpp.
(module
  (memory 1)
  (global $gi (mut i32) (i32.const 5))
  (global $gf (mut f64) (f64.const 0.5))
  (func (export "tee_use") (param i32) (result i32) (local i32)
    (i32.add (local.tee 1 (i32.mul (local.get 0) (i32.const 3))) (local.get 1)))
  (func (export "square_tee") (param i32) (result i32) (local i32)
    (local.set 1 (i32.add (local.get 0) (i32.const 1)))
    (i32.mul (local.get 1) (local.get 1)))
  (func (export "square_float") (param f64) (result f64) (local f64)
    (local.set 1 (f64.add (local.get 0) (f64.const 1)))
    (f64.mul (local.get 1) (local.get 1)))
  (func (export "store_own_address") (param i32) (result i32) (local i32)
    (local.set 1 (i32.add (local.get 0) (i32.const 8)))
    (i32.store (local.get 1) (local.get 1))
    (i32.load (local.get 1)))
  ;; The old value of a local is on the stack when it is set.
  (func (export "pending") (param i32) (result i32)
    local.get 0
    local.get 0
    i32.const 1
    i32.add
    local.set 0
    local.get 0
    i32.const 100
    i32.mul
    i32.add)
  (func (export "pending_twice") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    local.get 0
    local.get 1
    local.set 0
    local.set 1
    i32.sub
    local.get 0
    i32.const 100
    i32.mul
    i32.add
    local.get 1
    i32.const 10000
    i32.mul
    i32.add)
  (func (export "pending_constant") (param i32) (result i32)
    local.get 0
    (local.set 0 (i32.const 9))
    (i32.mul (local.get 0) (i32.const 10))
    i32.add)
  (func (export "pending_tee") (param f64) (result f64)
    local.get 0
    (local.tee 0 (f64.mul (local.get 0) (f64.const 2)))
    f64.sub
    local.get 0
    f64.div)
  (func (export "pending_in_block") (param i32) (result i32)
    local.get 0
    (block (local.set 0 (i32.const 4)) (br_if 0 (local.get 0)) (local.set 0 (i32.const 5)))
    (i32.mul (local.get 0) (i32.const 10))
    i32.add)
  (func (export "pending_in_loop") (param i32) (result i32)
    local.get 0
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    local.get 0
    i32.sub)
  (func (export "set_self") (param i32) (result i32)
    (local.set 0 (local.get 0)) (local.tee 0 (local.get 0)) (i32.add (local.get 0)))
  ;; Branches with values.
  (func (export "br_if_value") (param i32 i32) (result i32)
    (block (result i32)
      (br_if 0 (i32.add (local.get 0) (i32.const 7)) (local.get 1))
      i32.const 1000
      i32.add))
  (func (export "br_if_local") (param i32 i32) (result i32)
    i32.const 1
    (block (result i32)
      i32.const 50
      local.get 0
      (br_if 0 (i32.lt_s (local.get 1) (local.get 0)))
      i32.add
      i32.const 3
      i32.mul)
    i32.add)
  (func (export "br_if_constant") (param i32) (result i64)
    (block (result i64)
      (br_if 0 (i64.const 0x123456789) (local.get 0))
      i64.const 1
      i64.add))
  (func (export "br_if_pair") (param i32 f64) (result f64 i32)
    (block (result f64 i32)
      i32.const 1
      drop
      f64.const 9
      local.get 1
      local.get 0
      (br_if 0 (i32.eqz (local.get 0)))
      i32.const 1
      i32.add
      br 0))
  (func (export "br_if_return") (param i32) (result i32)
    (br_if 0 (i32.const 77) (local.get 0))
    i32.const 1
    i32.add)
  (func (export "br_if_return_pair") (param i32) (result i32 i64)
    (i32.const 5) (i64.const 6)
    (br_if 0 (local.get 0))
    drop drop
    (i32.const 7) (i64.const 8))
  (func (export "loop_param") (param i32) (result i32) (local i32)
    i32.const 0
    (loop (param i32) (result i32)
      local.get 0
      i32.add
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop_params_swapped") (param i32) (result i64 i32) (local i64)
    i64.const 1
    local.get 0
    (loop (param i64 i32) (result i64 i32)
      i32.const 1
      i32.sub
      local.set 0
      i64.const 3
      i64.mul
      local.set 1
      local.get 1
      local.get 0
      (br_if 0 (local.get 0))))
  (func (export "if_param") (param i32 i32) (result i32)
    local.get 0
    (if (param i32) (result i32) (local.get 1)
      (then i32.const 2 i32.mul)
      (else i32.const 100 i32.add)))
  (func (export "if_no_else") (param i32 i32) (result i32)
    local.get 0
    i32.const 3
    i32.mul
    (if (param i32) (result i32) (local.get 1) (then i32.const 1 i32.add)))
  (func (export "if_local_changed") (param i32 i32) (result i32)
    local.get 0
    (if (local.get 1) (then (local.set 0 (i32.const 40))) (else (local.set 0 (i32.const 50))))
    local.get 0
    i32.add)
  (func (export "below_block") (param i32) (result i32)
    (i32.mul (local.get 0) (local.get 0))
    (block (br_if 0 (local.get 0)) (local.set 0 (i32.const 6)))
    local.get 0
    i32.sub)
  (func (export "br_table") (param i32 i32) (result i32)
    (block (result i32)
      (block (result i32)
        (block (result i32)
          local.get 1
          (br_table 0 1 2 3 1 (local.get 0)))
        i32.const 10
        i32.add
        br 1)
      i32.const 20
      i32.add)
    i32.const 1000
    i32.add)
  (func (export "br_table_pair") (param i32) (result i32 f32)
    (block (result i32 f32)
      i32.const 99
      i32.const 1
      f32.const 2
      (br_table 0 1 0 (local.get 0)))
    f32.const 1
    f32.add)
  ;; Conditions.
  (func (export "eqz_compare") (param i32 i32) (result i32)
    (i32.eqz (i32.lt_u (local.get 0) (local.get 1))))
  (func (export "eqz_eqz") (param i32) (result i32)
    (i32.eqz (i32.eqz (local.get 0))))
  (func (export "eqz_eqz_if") (param f64 f64) (result i32)
    (if (result i32) (i32.eqz (i32.eqz (f64.lt (local.get 0) (local.get 1))))
      (then (i32.const 1)) (else (i32.const 2))))
  (func (export "not_less") (param f64 f64) (result i32)
    (if (result i32) (i32.eqz (f64.lt (local.get 0) (local.get 1)))
      (then (i32.const 1)) (else (i32.const 2))))
  (func (export "greater_equal") (param f32 f32) (result i32)
    (if (result i32) (f32.ge (local.get 0) (local.get 1)) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "float_br_if") (param f64 f64) (result i32) (local f64)
    (local.set 2 (f64.add (local.get 0) (f64.const 0)))
    (block (br_if 0 (f64.ne (local.get 1) (local.get 2))) (return (i32.const 1)))
    i32.const 2)
  (func (export "eqz_and") (param i32 i32) (result i32)
    (i32.eqz (i32.and (local.get 0) (local.get 1))))
  (func (export "if_and") (param i32 i32) (result i32)
    (if (result i32) (i32.and (local.get 0) (local.get 1)) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "if_not_and") (param i32) (result i32)
    (if (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 6)))
      (then (i32.const 1)) (else (i32.const 2))))
  (func (export "and_dropped") (param i32 i32) (result i32)
    (drop (i32.and (local.get 0) (local.get 1)))
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "compare_dropped") (param i32 i32) (result i32)
    i32.const 3
    (drop (i32.eq (local.get 0) (local.get 1)))
    (block (result i32) i32.const 4)
    i32.add)
  (func (export "compare_kept") (param i32 i32) (result i32) (local i32)
    (if (local.tee 2 (i32.gt_s (local.get 0) (local.get 1))) (then (nop)))
    local.get 2)
  (func (export "constant_left") (param i32) (result i32)
    (if (result i32) (i32.lt_s (i32.const 10) (local.get 0)) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "constant_left_minus") (param i32) (result i32)
    (i32.sub (i32.const 100) (local.get 0)))
  (func (export "constants_compared") (result i32) (i32.le_u (i32.const -1) (i32.const 1)))
  (func (export "constants_wide") (param i64) (result i64)
    (i64.add (i64.const 0x7000000000000001) (i64.xor (local.get 0) (i64.const -2))))
  (func (export "compare_wide") (param i64) (result i32)
    (i64.gt_s (i64.const 0x80000000) (local.get 0)))
  (func (export "is_null") (result i32)
    (i32.add (i32.eqz (ref.is_null (ref.null func))) (ref.is_null (ref.null extern))))
  ;; Select.
  (func (export "select_condition") (param i32 i32) (result i32)
    (select (local.get 0) (i32.const 5) (i32.lt_s (local.get 0) (local.get 1))))
  (func (export "select_operand") (param f64 i32) (result f64)
    (select (f64.const 1.5) (f64.mul (local.get 0) (f64.const 2)) (local.get 1)))
  (func (export "select_first") (param i64 i32) (result i64)
    (i64.add (select (i64.mul (local.get 0) (i64.const 2)) (local.get 0) (local.get 1))
             (local.get 0)))
  (func (export "select_vector") (param i32) (result i32)
    (i32x4.extract_lane 1 (select (v128.const i32x4 1 2 3 4) (i32x4.splat (local.get 0))
                                  (i32.and (local.get 0) (i32.const 1)))))
  ;; Vectors and scalars.
  (func (export "lane_replaced") (param i32) (result i32) (local v128 i32)
    (local.set 2 (i32.mul (local.get 0) (i32.const 3)))
    (local.set 1 (i32x4.replace_lane 2 (local.get 1) (local.get 2)))
    (i32.add (i32x4.extract_lane 2 (local.get 1)) (local.get 2)))
  (func (export "vector_pending") (param i32) (result i32) (local v128)
    (local.set 1 (i32x4.splat (local.get 0)))
    local.get 1
    (local.set 1 (i32x4.add (local.get 1) (local.get 1)))
    local.get 1
    i32x4.sub
    i32x4.extract_lane 3)
  (func (export "vector_shift") (param i32) (result i64)
    (i64x2.extract_lane 1 (i64x2.shl (i64x2.splat (i64.const 3)) (i32.add (local.get 0) (i32.const 1)))))
  (func (export "vector_truth") (param i32) (result i32)
    (if (result i32) (v128.any_true (i32x4.splat (local.get 0))) (then (i32.const 1)) (else (i32.const 2))))
  ;; Globals.
  (func (export "global_swap") (param i32) (result i32)
    global.get $gi
    (global.set $gi (i32.add (local.get 0) (i32.const 1)))
    (i32.mul (global.get $gi) (i32.const 100))
    i32.add)
  (func (export "global_float") (param f64) (result f64)
    (global.set $gf (f64.add (local.get 0) (global.get $gf)))
    (f64.mul (global.get $gf) (global.get $gf)))
  ;; Code that is never reached.
  (func (export "dead_block") (result i32)
    (block (result i32)
      i32.const 3
      br 0
      (block (result f64)
        (loop (if (i32.const 1) (then (unreachable)) (else (br 1))))
        f64.const 2
        f64.neg)
      drop))
  (func (export "dead_else") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (return (i32.const 1)) (drop (i32.add)))
      (else (i32.const 2))))
  (func (export "dead_then_alive") (param i32) (result i32)
    (block $out
      (block
        (br_if 0 (local.get 0))
        (br $out)
        (loop (br 0)))
      (return (i32.const 8)))
    i32.const 9)
  (func (export "dead_loop_end") (param i32) (result i32)
    (block (result i32)
      (loop (result i32)
        (br_if 1 (i32.const 11) (local.get 0))
        (br_if 1 (i32.const 12) (i32.eqz (local.get 0)))
        br 0)))
  (func (export "dead_select") (result i32)
    (return (i32.const 4)) select i32.eqz br_if 0 (br_table 0 0)))
