;; For linking.c: a program that uses the other module, and a number of the host's.
(module $count
  (import "text" "put" (func $put (param i32)))
  (import "text" "end" (global $end (mut i32)))
  (import "host" "limit" (global $limit i32))

  ;; Writes the digits 1, 2 and so on, with a space after each, up to the host's limit; how many
  ;; bytes were written.
  (func $run (export "run") (result i32)
    (local $i i32) (local $before i32)
    (local.set $before (global.get $end))
    (block $done
      (loop $next
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $done (i32.gt_s (local.get $i) (global.get $limit)))
        (call $put (i32.add (i32.const 48) (local.get $i)))
        (call $put (i32.const 32))
        (br $next)))
    (i32.sub (global.get $end) (local.get $before))))
