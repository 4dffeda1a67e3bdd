;; For limits.c: a plugin that wants too much of everything.
(module $greedy
  (memory (export "memory") 1)

  ;; Takes pages of memory until it gets no more; how many there are then.
  (func $hoard (export "hoard") (result i32)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    memory.size)

  (func $recurse (export "recurse") (param $n i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))

  (func $forever (export "forever")
    (loop $again (br $again)))

  ;; Counts to n, in 7 instructions a step.
  (func $count (export "count") (param $n i32)
    (local $i i32)
    (loop $next
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))))
