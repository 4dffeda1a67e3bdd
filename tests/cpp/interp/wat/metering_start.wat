;; A start function, and functions of another instance, for metering_test.cpp.
(module $metering_start
  (type $i_i (func (param i32) (result i32)))
  (import "metering" "deep" (func $deep (param i32) (result i32)))
  (import "metering" "table" (table 100 funcref))
  (global $started (export "started") (mut i32) (i32.const 0))
  (global $limit i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))
  (func $start
    (loop $l
      (global.set $started (i32.add (global.get $started) (i32.const 1)))
      (br_if $l (i32.lt_u (global.get $started) (i32.const 10)))))
  (func (export "away") (param i32) (result i32) (call $deep (local.get 0)))
  (func (export "away_indirect") (param i32) (result i32)
    (i32.add (i32.const 1) (call_indirect (type $i_i) (local.get 0) (i32.const 2))))
  (func $away_tail (export "away_tail") (param i32) (result i32)
    (return_call $deep (local.get 0)))
  (func (export "away_tail_call") (param i32) (result i32)
    (i32.add (i32.const 1) (call $away_tail (local.get 0))))
  ;; Behind calls that come back from another instance: runs of 3 and 2, paid for together.
  (func (export "away_then")
    (drop (call $deep (i32.const 0)))
    (global.set $started (i32.const 100))
    (block (global.set $started (i32.const 200))))
  (func (export "away_indirect_then")
    (drop (call_indirect (type $i_i) (i32.const 0) (i32.const 2)))
    (global.set $started (i32.const 100))
    (block (global.set $started (i32.const 200))))
  (start $start))
