;; Looks at all of a memory, and at its ends.
(module $pool
  (import "env" "memory" (memory 0))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "store8") (param i32) (i32.store8 (local.get 0) (i32.const 0xee)))
  (func (export "store64") (param i32) (i64.store (local.get 0) (i64.const -1)))
  ;; As far behind the end as guard pages have to reach.
  (func (export "far") (param i32) (i64.store offset=0x7fffffe0 (local.get 0) (i64.const -1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "fill") (param $from i32) (param $count i32)
    (memory.fill (local.get $from) (i32.const 0xee) (local.get $count)))
  ;; Whether any byte below `end` is not zero.
  (func (export "used") (param $end i32) (result i32)
    (local $at i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next)))
    (i32.const 0)))
