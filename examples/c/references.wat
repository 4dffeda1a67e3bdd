;; For references.c.
(module $callbacks
  (type $unary (func (param i32) (result i32)))
  (table $handlers (export "handlers") 3 funcref)
  (elem (table $handlers) (i32.const 0) func $double $square)
  (table $kept 4 externref)

  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $square (type $unary) (i32.mul (local.get 0) (local.get 0)))

  ;; Calls handler `index` with `value`.
  (func $apply (export "apply") (param $index i32) (param $value i32) (result i32)
    (call_indirect $handlers (type $unary) (local.get $value) (local.get $index)))

  ;; The program can hold the host's objects, and give them back; it cannot look into them.
  (func $keep (export "keep") (param $slot i32) (param $object externref)
    (table.set $kept (local.get $slot) (local.get $object)))
  (func $kept (export "kept") (param $slot i32) (result externref)
    (table.get $kept (local.get $slot))))
