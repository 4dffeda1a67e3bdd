;; For memory.c. Its memory may grow from 1 to 4 pages of 64 KiB.
(module $texts
  (memory (export "memory") 1 4)
  (global $free (mut i32) (i32.const 1024)) ;; the first byte that is free

  ;; `size` bytes that the program does not use otherwise; the memory grows for them. 0: none left.
  (func $alloc (export "alloc") (param $size i32) (result i32)
    (local $start i32) (local $missing i32)
    (local.set $start (global.get $free))
    (local.set $missing
      (i32.sub (i32.add (local.get $start) (local.get $size))
               (i32.mul (memory.size) (i32.const 65536))))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (if (i32.eq (i32.const -1)
              (memory.grow
                (i32.div_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 65536))))
          (then (return (i32.const 0))))))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    local.get $start)

  ;; Makes the letters a to z of a text capitals, in place.
  (func $upper (export "upper") (param $text i32) (param $size i32)
    (local $end i32) (local $byte i32)
    (local.set $end (i32.add (local.get $text) (local.get $size)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $text) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $text)))
        (if (i32.le_u (i32.sub (local.get $byte) (i32.const 97)) (i32.const 25))
          (then (i32.store8 (local.get $text) (i32.sub (local.get $byte) (i32.const 32)))))
        (local.set $text (i32.add (local.get $text) (i32.const 1)))
        (br $next))))

  ;; A new text: the old one `count` times. Its address and its size.
  (func $repeat (export "repeat") (param $text i32) (param $size i32) (param $count i32)
      (result i32 i32)
    (local $made i32) (local $at i32)
    (local.set $made (call $alloc (i32.mul (local.get $size) (local.get $count))))
    (if (i32.eqz (local.get $made)) (then (return (i32.const 0) (i32.const 0))))
    (local.set $at (local.get $made))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (memory.copy (local.get $at) (local.get $text) (local.get $size))
        (local.set $at (i32.add (local.get $at) (local.get $size)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    local.get $made
    (i32.sub (local.get $at) (local.get $made))))
