;; What the examples in other languages run: plugin.wasm is made of this by rebuild.py.
(module $plugin
  (import "host" "lookup" (func $lookup (param $key i32) (result i64)))
  (memory (export "memory") 1 10)
  (global $free (mut i32) (i32.const 1024))

  (func $add (export "add") (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))

  ;; `size` bytes for the host to write to. The few that are asked for here fit into the memory.
  (func $alloc (export "alloc") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))

  ;; Turns a text around, byte by byte, in place.
  (func $reverse (export "reverse") (param $text i32) (param $size i32)
    (local $end i32) (local $byte i32)
    (local.set $end (i32.add (local.get $text) (local.get $size)))
    (block $done
      (loop $next
        (local.set $end (i32.sub (local.get $end) (i32.const 1)))
        (br_if $done (i32.ge_s (local.get $text) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $text)))
        (i32.store8 (local.get $text) (i32.load8_u (local.get $end)))
        (i32.store8 (local.get $end) (local.get $byte))
        (local.set $text (i32.add (local.get $text) (i32.const 1)))
        (br $next))))

  ;; What the host finds for two keys, added up.
  (func $sum_of (export "sum_of") (param $a i32) (param $b i32) (result i64)
    (i64.add (call $lookup (local.get $a)) (call $lookup (local.get $b))))

  (func $store (param $address i32)
    (i32.store (local.get $address) (i32.const 1)))
  (func $poke (export "poke") (param $address i32)
    (call $store (local.get $address)))

  (func $forever (export "forever")
    (loop $again (br $again))))
