;; For threads.c.
(module $primes
  (func $is_prime (param $n i32) (result i32)
    (local $d i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (i32.const 0))))
    (local.set $d (i32.const 2))
    (loop $next
      (if (i32.gt_u (i32.mul (local.get $d) (local.get $d)) (local.get $n))
        (then (return (i32.const 1))))
      (if (i32.eqz (i32.rem_u (local.get $n) (local.get $d))) (then (return (i32.const 0))))
      (local.set $d (i32.add (local.get $d) (i32.const 1)))
      (br $next))
    unreachable)

  ;; How many primes there are from `first` to `last`.
  (func $count (export "count") (param $first i32) (param $last i32) (result i32)
    (local $found i32)
    (loop $next
      (local.set $found (i32.add (local.get $found) (call $is_prime (local.get $first))))
      (local.set $first (i32.add (local.get $first) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $first) (local.get $last))))
    local.get $found))
