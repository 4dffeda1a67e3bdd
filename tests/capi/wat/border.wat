;; SPDX-License-Identifier: Apache-2.0
;; For border.c: functions that call the host, which calls them.
(module $border
  (import "host" "in_place" (func $in_place (param i32 i64) (result i64)))
  (import "host" "arrays" (func $arrays (param i32 f64) (result f64)))
  (memory (export "memory") 1 100)
  (func $work (param $rounds i32) (result i64)
    (local $sum i64)
    (loop $more
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (i64.const 1)))
      (br_if $more (i32.gt_s (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))
                             (i32.const 0))))
    (local.get $sum))
  ;; The host calls it with a depth that is less by one.
  (func (export "down") (param $depth i32) (param $seed i32) (result i32)
    (local $sum i64) (local $number f64) (local $place i32)
    ;; In the last page there is.
    (local.set $place
      (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 64)))
    (i64.store (local.get $place) (i64.extend_i32_s (local.get $seed)))
    (local.set $number (f64.div (f64.convert_i32_s (local.get $seed)) (f64.const 3)))
    (if (i32.gt_s (local.get $depth) (i32.const 0))
      (then
        (local.set $sum
          (call $in_place (i32.sub (local.get $depth) (i32.const 1)) (i64.load (local.get $place))))
        (if (i32.and (local.get $depth) (i32.const 1))
          (then (local.set $sum (i64.add (local.get $sum) (call $work (i32.const 2))))))
        (local.set $number
          (f64.add
            (f64.mul
              (call $arrays (i32.sub (local.get $depth) (i32.const 1))
                (f64.add (local.get $number) (f64.const 0.1)))
              (f64.const 0.7))
            (f64.const 0.3))))
      (else (local.set $sum (call $work (i32.const 3)))))
    (i32.wrap_i64
      (i64.rem_u
        (i64.add (i64.xor (local.get $sum) (i64.reinterpret_f64 (local.get $number)))
          (i64.load (local.get $place)))
        (i64.const 1000003))))
  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  ;; Calls the host so many times; for ever, if that is 0.
  (func (export "spin") (param $times i32) (param i32) (result i32)
    (local $sum i64)
    (loop $more
      (local.set $sum (i64.add (local.get $sum) (call $in_place (i32.const -1) (local.get $sum))))
      (br_if $more (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i32.wrap_i64 (local.get $sum))))
