;; A program for frames in more than one set of a function's cells.
(module $tiers
  (import "host" "observe" (func $observe (param i32)))
  (memory (export "memory") 1)
  (global $g (export "g") (mut i64) (i64.const 0))

  ;; Calls itself from within a loop, and traps where n is 0 and m is not.
  (func $descend (export "descend") (param $n i32) (param $m i32) (result i32)
    (local $i i32) (local $sum i32) (local $f f64)
    (if (i32.eqz (local.get $n))
      (then (return (i32.div_u (i32.const 6) (i32.eqz (local.get $m))))))
    (loop $next
      (local.set $f (f64.add (local.get $f) (f64.convert_i32_u (local.get $i))))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $i))))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.set $sum
      (i32.add (local.get $sum)
        (i32.add (i32.trunc_f64_u (local.get $f))
          (call $descend (i32.sub (local.get $n) (i32.const 1)) (local.get $m)))))
    (local.get $sum))

  ;; A call for each round of two loops, one in the other.
  (func (export "rounds") (param $n i32) (result i64)
    (local $i i32) (local $j i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (global.set $g (i64.add (i64.mul (global.get $g) (i64.const 31))
          (i64.extend_i32_u (i32.xor (local.get $i) (local.get $j)))))
        (call $observe (local.get $j))
        (br_if $inner
          (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $n))))
      (br_if $outer
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (global.get $g))
  (func (export "spin") (loop $next (br $next)))
  ;; A loop in unreachable code has no number.
  (func (export "dead") (result i32)
    (block (br 0) (loop (br 0)))
    (loop (result i32) (i32.const 5)))
)
