;; Tail calls across instances: entry 7 of the table is the other module's, entry 8 is this one's.
(module
  (import "calls" "table" (table 10 funcref))
  (func $bounce (export "bounce") (param i64) (result i32)
    (if (i64.eqz (local.get 0)) (then (return (i32.const 1))))
    (return_call_indirect (param i64) (result i32)
      (i64.sub (local.get 0) (i64.const 1)) (i32.const 7)))
  (elem (i32.const 8) $bounce)
  (func (export "endless_bounce") (drop (call $bounce (i64.const -1)))))
