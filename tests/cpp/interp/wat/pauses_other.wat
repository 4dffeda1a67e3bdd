;; Tail calls into another instance, so that there are records between frames (handlers_call.cpp).
(module $pauses_other
  (import "pauses" "step" (func $step (param i64 i64) (result i64 i64)))
  (func $via (param i64 i64) (result i64 i64) (return_call $step (local.get 1) (local.get 0)))
  (func (export "foreign") (param $n i32) (result i64) (local $h i64) (local $k i64)
    (loop $next
      (call $via (local.get $h) (i64.add (local.get $k) (i64.extend_i32_u (local.get $n))))
      local.set $k
      local.set $h
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.xor (local.get $h) (local.get $k))))
