;; For host_function.c.
(module $order
  (import "shop" "log" (func $log (param $text i32) (param $size i32)))
  (import "shop" "price" (func $price (param $item i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "adding up an order")

  ;; The prices of the items `first` to `last`, added up.
  (func $total (export "total") (param $first i32) (param $last i32) (result i32)
    (local $sum i32)
    (call $log (i32.const 16) (i32.const 18))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call $price (local.get $first))))
      (local.set $first (i32.add (local.get $first) (i32.const 1)))
      (br_if $next (i32.le_s (local.get $first) (local.get $last))))
    local.get $sum))
