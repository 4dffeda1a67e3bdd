;; A WASI command and what a reactor may export: each export uses WASI in one way.
(module $wasi
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_unstable" "fd_close" (func $fd_close (param i32) (result i32)))
  (memory (export "memory") 2)
  ;; 0: a range, 8: a count; 16: sizes; 1024: pointers; 4096: bytes
  (func $write (param $fd i32) (param $at i32) (param $size i32) (result i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $size))
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func $read (param $fd i32) (result i32)
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (i32.const 1000))
    (i32.store (i32.const 8) (i32.const 0))
    (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  ;; Arguments to standard output and environment to standard error, NULs included, then input to
  ;; output; ends with the status 7.
  (func (export "_start")
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $args_get (i32.const 1024) (i32.const 4096)))
    (drop (call $write (i32.const 1) (i32.const 4096) (i32.load (i32.const 20))))
    (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $environ_get (i32.const 1024) (i32.const 4096)))
    (drop (call $write (i32.const 2) (i32.const 4096) (i32.load (i32.const 20))))
    (loop $more
      (drop (call $read (i32.const 0)))
      (if (i32.load (i32.const 8))
        (then
          (drop (call $write (i32.const 1) (i32.const 4096) (i32.load (i32.const 8))))
          (br $more))))
    (call $proc_exit (i32.const 7))
    (unreachable))
  ;; Opens the path that lies at 4096, for reading or creating; the errno, the descriptor at 16.
  (func (export "open") (param $fd i32) (param $size i32) (param $creates i32) (result i32)
    (call $path_open (local.get $fd) (i32.const 1) (i32.const 4096) (local.get $size)
      (local.get $creates)
      (select (i64.const 0x40) (i64.const 0x2) (local.get $creates))
      (i64.const 0) (i32.const 0) (i32.const 16)))
  (func (export "read") (param $fd i32) (result i32) (call $read (local.get $fd)))
  (func (export "write") (param $fd i32) (param $size i32) (result i32)
    (call $write (local.get $fd) (i32.const 4096) (local.get $size)))
  (func (export "close") (param i32) (result i32) (call $fd_close (local.get 0)))
  ;; Sleeps for so many nanoseconds.
  (func (export "sleep") (param $nanoseconds i64) (result i32)
    (i64.store (i32.const 64) (i64.const 0))
    (i64.store (i32.const 72) (i64.const 0))
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (local.get $nanoseconds))
    (i64.store (i32.const 96) (i64.const 0))
    (i64.store (i32.const 104) (i64.const 0))
    (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 16)))
  (func (export "exit") (param i32) (call $proc_exit (local.get 0))))
