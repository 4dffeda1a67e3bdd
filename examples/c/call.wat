;; For call.c.
(module $arithmetic
  (func $add (export "add") (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.add)

  ;; The quotient, then the remainder.
  (func $divide (export "divide") (param $a i64) (param $b i64) (result i64 i64)
    local.get $a
    local.get $b
    i64.div_s
    local.get $a
    local.get $b
    i64.rem_s)

  (func $hypotenuse (export "hypotenuse") (param $a f64) (param $b f64) (result f64)
    local.get $a
    local.get $a
    f64.mul
    local.get $b
    local.get $b
    f64.mul
    f64.add
    f64.sqrt))
