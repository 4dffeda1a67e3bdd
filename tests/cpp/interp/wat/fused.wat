;; Instructions that share a cell, and may trap in the middle of it.
(module $fused
  (memory (export "memory") 1)
  (func (export "set") (param i32 f64) (f64.store (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result f64) (f64.load (local.get 0)))

  ;; p[1] = c + c * q[2]
  (func $multiply_add (export "multiply_add") (param $p i32) (param $q i32) (param $c f64)
    (f64.store offset=8 (local.get $p)
      (f64.add (local.get $c) (f64.mul (local.get $c) (f64.load offset=16 (local.get $q))))))
  ;; p[n] = p[n] - c * q[n], sums kept
  (func $update (export "update") (param $p i32) (param $q i32) (param $n i32) (param $c f64)
    (local $to i32) (local $from i32)
    (f64.store (local.tee $to (i32.add (local.get $p) (local.get $n)))
      (f64.sub
        (f64.load (local.get $to))
        (f64.mul (f64.load (local.tee $from (i32.add (local.get $q) (local.get $n))))
          (local.get $c)))))
  ;; The same of floats in memory, and the value is not stored.
  (func $dot (export "dot") (param $p i32) (param $q i32) (result f32)
    (f32.add
      (f32.mul (f32.load offset=4 (local.get $p)) (f32.load offset=4 (local.get $q)))
      (f32.mul (f32.load (local.get $p)) (f32.load (local.get $q)))))
  ;; a - p[0], p[1000] - a, a + p[-8]
  (func $around (export "around") (param $p i32) (param $a f64) (result f64)
    (f64.add
      (f64.mul
        (f64.sub (local.get $a) (f64.load (local.get $p)))
        (f64.sub (f64.load (i32.add (local.get $p) (i32.const 1000))) (local.get $a)))
      (f64.add (local.get $a) (f64.load (i32.add (local.get $p) (i32.const -8))))))
  ;; a + p[0] * q[1], then less p[n] * q[n]
  (func $products (export "products") (param $p i32) (param $q i32) (param $n i32) (param $a f64)
    (result f64)
    (local.set $a (f64.add (local.get $a)
      (f64.mul (f64.load (local.get $p)) (f64.load offset=8 (local.get $q)))))
    (f64.sub (local.get $a)
      (f64.mul
        (f64.load (local.tee $p (i32.add (local.get $p) (local.get $n))))
        (f64.load (local.tee $q (i32.add (local.get $q) (local.get $n)))))))
  ;; p[0] + p[1] + ... + p[5], of which four have cells in pairs; in a local and from there
  (func $sum (export "sum") (param $p i32) (result f64) (local $s f64)
    (local.set $s
      (f64.add
        (f64.add
          (f64.add
            (f64.add (f64.load (local.get $p)) (f64.load offset=8 (local.get $p)))
            (f64.load (i32.add (local.get $p) (i32.const 16))))
          (f64.load (i32.add (local.get $p) (i32.const 24))))
        (f64.load offset=32 (local.get $p))))
    (f64.add (f64.add (local.get $s) (local.get $s)) (f64.load offset=40 (local.get $p))))
  (func $sum_f32 (export "sum_f32") (param $p i32) (result f32)
    (f32.add
      (f32.add
        (f32.add (f32.mul (f32.const 2) (f32.load (local.get $p))) (f32.load offset=4 (local.get $p)))
        (f32.load (i32.add (local.get $p) (i32.const 8))))
      (f32.load offset=12 (local.get $p))))
  ;; p[i] = p[i] + c * q[i] for i < 3, as compilers unroll it
  (func $unrolled (export "unrolled") (param $p i32) (param $q i32) (param $c f64)
    (local $i i32) (local $to i32) (local $from i32)
    (f64.store (local.tee $to (i32.add (local.get $p) (local.get $i)))
      (f64.add (f64.load (local.get $to))
        (f64.mul (local.get $c) (f64.load (local.tee $from (i32.add (local.get $q) (local.get $i)))))))
    (f64.store (local.tee $i (i32.add (local.get $to) (i32.const 8)))
      (f64.add (f64.load (local.get $i))
        (f64.mul (local.get $c) (f64.load offset=8 (local.get $from)))))
    (f64.store offset=16 (local.get $to)
      (f64.add (f64.load offset=16 (local.get $to))
        (f64.mul (local.get $c) (f64.load offset=16 (local.get $from))))))
  ;; Constants on either side.
  (func (export "constants") (param $x f64) (result f64)
    (f64.sub (f64.const 10)
      (f64.div (f64.const 1)
        (f64.add (f64.mul (f64.sub (local.get $x) (f64.const 0.1)) (f64.const 4))
          (f64.div (local.get $x) (f64.const 3))))))
  ;; 1: x > 0.5, 2: not x < 2, 4: 3 <= x, 8: x is not NaN and not 0.1, 16: not x >= 1e300
  (func (export "compare") (param $x f64) (result i32) (local $r i32)
    (if (f64.gt (local.get $x) (f64.const 0.5)) (then (local.set $r (i32.const 1))))
    (if (i32.eqz (f64.lt (local.get $x) (f64.const 2)))
      (then (local.set $r (i32.or (local.get $r) (i32.const 2)))))
    (if (f64.le (f64.const 3) (local.get $x))
      (then (local.set $r (i32.or (local.get $r) (i32.const 4)))))
    (block
      (br_if 0 (f64.eq (local.get $x) (f64.const 0.1)))
      (br_if 0 (f64.ne (local.get $x) (local.get $x)))
      (local.set $r (i32.or (local.get $r) (i32.const 8))))
    (block
      (br_if 0 (f64.ge (local.get $x) (f64.const 1e300)))
      (local.set $r (i32.or (local.get $r) (i32.const 16))))
    (local.get $r))
  (func (export "compare_f32") (param $x f32) (result i32) (local $r i32)
    (if (f32.gt (local.get $x) (f32.const 0.1)) (then (local.set $r (i32.const 1))))
    (if (i32.eqz (f32.lt (f32.add (local.get $x) (local.get $x)) (f32.const 4)))
      (then (local.set $r (i32.or (local.get $r) (i32.const 2)))))
    (if (f32.ne (f32.const nan) (local.get $x))
      (then (local.set $r (i32.or (local.get $r) (i32.const 4)))))
    (local.get $r))

  ;; A vector in the accumulator, over branches and calls.
  (func $add_pairs (param v128 v128) (result v128)
    (i32x4.add (i32x4.mul (local.get 0) (local.get 1)) (local.get 0)))
  (func (export "vectors") (param $x i32) (param $n i32) (result i64)
    (local $v v128) (local $w v128)
    (local.set $v (i32x4.splat (local.get $x)))
    (loop $again
      (local.set $w
        (v128.or (i32x4.shl (local.tee $w (i32x4.add (local.get $w) (local.get $v))) (i32.const 7))
          (i32x4.shr_u (local.get $w) (i32.const 25))))
      (local.set $v
        (block (result v128)
          (i32x4.sub (local.get $w) (i32x4.mul (local.get $v) (local.get $w)))
          (br_if 0 (i32.and (local.get $n) (i32.const 1)))
          (call $add_pairs (local.get $v))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.xor (i64x2.extract_lane 0 (local.get $v)) (i64x2.extract_lane 1 (local.get $w))))
)
