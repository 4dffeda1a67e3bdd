;; Calls the host, which may call back, fail, or take its time.
(module $calls
  (import "host" "callback" (func $callback (param i32) (result i32)))
  (memory (export "memory") 1)
  (func $inner (export "call") (param i32) (result i32)
    (call $callback (local.get 0)))
  (func (export "loop") (param i32) (result i32)
    (loop (drop (call $callback (local.get 0))) (br 0))
    (unreachable)))
