;; SPDX-License-Identifier: Apache-2.0
;; Several values at once: functions with two and three results, loops and blocks with parameters,
;; br_table that carries a value, select, and mutable globals. The same in C: multi.c.
(module
  (global $state (mut i64) (i64.const 0))
  (global $draws (mut i32) (i32.const 0))

  (func $mix (param $hash i64) (param $word i64) (result i64)
    (i64.mul (i64.xor (local.get $hash) (local.get $word)) (i64.const 0x100000001b3)))

  (func $random (result i64)
    (local $x i64)
    (global.set $draws (i32.add (global.get $draws) (i32.const 1)))
    (local.set $x (global.get $state))
    (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
    (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
    (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
    (global.set $state (local.get $x))
    (local.get $x))

  (func $divide (param $a i64) (param $b i64) (result i64 i64)
    (i64.div_u (local.get $a) (local.get $b))
    (i64.rem_u (local.get $a) (local.get $b)))

  (func $order (param $a i64) (param $b i64) (param $c i64) (result i64 i64 i64)
    (local $t i64)
    (if (i64.gt_u (local.get $a) (local.get $b))
      (then
        (local.set $t (local.get $a))
        (local.set $a (local.get $b))
        (local.set $b (local.get $t))))
    (if (i64.gt_u (local.get $b) (local.get $c))
      (then
        (local.set $t (local.get $b))
        (local.set $b (local.get $c))
        (local.set $c (local.get $t))))
    (select (local.get $b) (local.get $a) (i64.gt_u (local.get $a) (local.get $b)))
    (select (local.get $a) (local.get $b) (i64.gt_u (local.get $a) (local.get $b)))
    (local.get $c))

  ;; The pair of Fibonacci numbers is only ever on the operand stack, as the loop's parameters.
  (func $fibonacci (param $count i32) (result i64)
    (i64.const 0)
    (i64.const 1)
    (loop $more (param i64 i64) (result i64 i64)
      (call $advance)
      (br_if $more (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (drop))
  (func $advance (param i64 i64) (result i64 i64)
    (local.get 1)
    (i64.add (local.get 0) (local.get 1)))

  ;; A switch whose cases get the value on the stack and end with another.
  (func $choose (param $case i32) (param $x i64) (result i64)
    (block $default (result i64)
      (block $third (result i64)
        (block $second (result i64)
          (block $first (result i64)
            (br_table $first $second $third $first $third $second $default
              (local.get $x) (local.get $case)))
          (br $default (i64.add (i64.const 17))))
        (br $default (i64.mul (i64.const 5))))
      (i64.xor (i64.const 0x7777)))
    (i64.rotr (i64.const 9)))

  (func $digits (param $x i64) (result i64)
    (local $sum i64) (local $digit i64)
    (local.get $x)
    (loop $more (param i64) (result i64)
      (call $divide (i64.const 10))
      (local.set $digit)
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (local.get $digit)))
      (local.set $x)
      (local.get $x)
      (br_if $more (i64.ne (local.get $x) (i64.const 0))))
    (drop)
    (local.get $sum))

  (func (export "run") (param $n i32) (result i64)
    (local $round i32) (local $hash i64)
    (global.set $state (i64.const 88172645463325252))
    (global.set $draws (i32.const 0))
    (local.set $hash (i64.const 0xcbf29ce484222325))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $round) (local.get $n)))
        (local.set $hash (call $mix (local.get $hash) (call $digits (call $random))))
        (local.get $hash)
        (call $order (call $random) (call $random) (call $random))
        (i64.sub) (i64.add)
        (local.set $hash (call $mix))
        (local.set $hash (call $mix (local.get $hash)
          (call $fibonacci (i32.add (i32.and (local.get $round) (i32.const 63)) (i32.const 1)))))
        (local.set $hash (call $mix (local.get $hash)
          (call $choose (i32.and (local.get $round) (i32.const 7)) (local.get $hash))))
        (local.set $round (i32.add (local.get $round) (i32.const 1)))
        (br $more)))
    (call $mix (local.get $hash) (i64.extend_i32_u (global.get $draws)))))
