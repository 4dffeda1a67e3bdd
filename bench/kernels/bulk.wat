;; SPDX-License-Identifier: Apache-2.0
;; Bulk memory: memory.fill, memory.copy (short and long, apart and overlapping both ways) and
;; memory.init, then table.fill, table.copy and calls through the table. The same in C: bulk.c.
(module
  (type $number (func (result i64)))
  (memory 4)  ;; data in the first two pages, copies in the others
  (table $functions 64 funcref)
  (data $text "In the beginning there was a segment of sixty-four bytes, no more")
  (elem declare func $three $five $seven)
  (func $three (type $number) (i64.const 3))
  (func $five (type $number) (i64.const 5))
  (func $seven (type $number) (i64.const 7))

  (func $mix (param $hash i64) (param $word i64) (result i64)
    (i64.mul (i64.xor (local.get $hash) (local.get $word)) (i64.const 0x100000001b3)))

  ;; 1 to 64 bytes at a time, from and to places that depend on the turn.
  (func $short (param $seed i32)
    (local $i i32)
    (loop $more
      (memory.copy
        (i32.add (i32.const 131072) (i32.and (i32.mul (local.get $i) (i32.const 73)) (i32.const 65535)))
        (i32.and (i32.mul (i32.add (local.get $i) (local.get $seed)) (i32.const 197))
          (i32.const 65535))
        (i32.add (i32.and (local.get $i) (i32.const 63)) (i32.const 1)))
      (memory.fill
        (i32.add (i32.const 131072) (i32.and (i32.mul (local.get $i) (i32.const 51)) (i32.const 65535)))
        (local.get $i)
        (i32.and (local.get $i) (i32.const 31)))
      (memory.init $text
        (i32.and (i32.mul (local.get $i) (i32.const 91)) (i32.const 65535))
        (i32.and (local.get $i) (i32.const 31))
        (i32.and (local.get $i) (i32.const 15)))
      (br_if $more
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000)))))

  (func $long (param $seed i32)
    (memory.copy (i32.const 131072) (i32.const 0) (i32.const 65536))
    ;; Overlapping: up by 3, then down by 61.
    (memory.copy (i32.const 131075) (i32.const 131072) (i32.const 40000))
    (memory.copy (i32.const 150000) (i32.const 150061) (i32.const 40000))
    (memory.fill (i32.const 200000) (local.get $seed) (i32.const 20000))
    (memory.copy (i32.const 0) (i32.const 140000) (i32.const 65536)))

  ;; A table of three functions in stretches, moved and called.
  (func $tables (param $seed i32) (result i64)
    (local $i i32) (local $hash i64)
    (table.fill $functions (i32.const 0) (ref.func $three) (i32.const 64))
    (table.fill $functions (i32.and (local.get $seed) (i32.const 15)) (ref.func $five)
      (i32.const 20))
    (table.set $functions (i32.and (local.get $seed) (i32.const 63)) (ref.func $seven))
    (table.copy $functions $functions (i32.const 20) (i32.const 11) (i32.const 40))
    (table.copy $functions $functions (i32.const 2) (i32.const 7) (i32.const 50))
    (loop $more
      (local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31))
        (call_indirect $functions (type $number) (local.get $i))))
      (br_if $more
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (local.get $hash))

  (func $sum (result i64)
    (local $i i32) (local $hash i64)
    (loop $more
      (local.set $hash (call $mix (local.get $hash) (i64.load (local.get $i))))
      (br_if $more
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1016))) (i32.const 196608))))
    (local.get $hash))

  (func $start_data
    (local $i i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 262144))
    (loop $more
      (i32.store8 (local.get $i)
        (i32.add (i32.mul (local.get $i) (i32.const 7)) (i32.shr_u (local.get $i) (i32.const 8))))
      (br_if $more
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 131072)))))

  (func (export "run") (param $n i32) (result i64)
    (local $round i32) (local $hash i64)
    (call $start_data)
    (local.set $hash (i64.const 0xcbf29ce484222325))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $round) (local.get $n)))
        (call $short (local.get $round))
        (local.set $hash (call $mix (local.get $hash) (call $sum)))
        (call $long (local.get $round))
        (local.set $hash (call $mix (local.get $hash) (call $sum)))
        (local.set $hash (call $mix (local.get $hash) (call $tables (local.get $round))))
        (local.set $round (i32.add (local.get $round) (i32.const 1)))
        (br $more)))
    (local.get $hash)))
