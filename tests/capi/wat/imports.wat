;; Imports of every kind, each exported again or used.
(module $importer
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (import "env" "table" (table $table 1 funcref))
  (import "env" "memory" (memory $memory 1 4))
  (import "env" "global" (global $global (mut i32)))
  (export "twice" (func $twice))
  (export "memory" (memory $memory))
  (func (export "run") (param i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (global.set $global (i32.const 7))
    (i32.add (call $twice (local.get 0)) (i32.const 1))))
