;; A reactor without a memory: what has a pointer traps.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func (export "_initialize"))
  (func (export "random") (result i32) (call $random_get (i32.const 0) (i32.const 0)))
  (func (export "yield") (result i32) (call $sched_yield)))
