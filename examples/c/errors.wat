;; For errors.c: a program that can end in every way.
(module $faulty
  (import "host" "exit" (func $exit (param $status i32)))

  (func $divide (param $a i32) (param $b i32) (result i32)
    (i32.div_s (local.get $a) (local.get $b)))
  (func $average (export "average") (param $sum i32) (param $count i32) (result i32)
    (call $divide (local.get $sum) (local.get $count)))

  (func $recurse (export "recurse")
    (call $recurse))
  (func $forever (export "forever")
    (loop $again (br $again)))
  (func $quit (export "quit") (param $status i32)
    (call $exit (local.get $status))))
