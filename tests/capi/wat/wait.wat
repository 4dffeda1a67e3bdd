;; Calls a function of the host's that waits.
(module $wait
  (import "env" "wait" (func $wait (result i32)))
  (func (export "ready"))
  (func (export "run") (result i32)
    (call $wait)))
