;; Imports that WASI doesn't have in this form.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_dup" (func (param i32) (result i32)))
  (import "wasi_unstable" "sock_accept" (func (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (global i32))
  (func (export "_start") (param i32)))
