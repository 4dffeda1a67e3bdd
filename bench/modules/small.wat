;; SPDX-License-Identifier: Apache-2.0
;; A small module as programs use them: a memory, a table, a segment for each, a global.
(module
  (memory (export "memory") 1)
  (table 2 funcref)
  (global $count (mut i32) (i32.const 0))
  (elem (i32.const 0) $double $increment)
  (data (i32.const 16) "some bytes")
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $increment (param i32) (result i32)
    (global.set $count (i32.add (global.get $count) (local.get 0)))
    (global.get $count))
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "apply") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
  (func (export "run") (param i32) (result i64) (i64.load (i32.const 16))))
