;; Recursion in every way there is: each function takes n frames more than its own, and gives n. A
;; negative n never ends. Slot 0 of the table is $indirect; the host fills the others: 1 and 3 with
;; "across" and "tail_across" of another instance, 2 with the host function.
(module $recursion
  (import "host" "enter" (func $enter (param i32) (result i32)))
  (table (export "table") 4 funcref)
  (elem (i32.const 0) $indirect)

  (func $direct (export "direct") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $direct (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))

  (func $even (export "mutual") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $odd (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func $odd (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $even (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))

  (func $indirect (export "indirect") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1)
        (call_indirect (param i32) (result i32)
          (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
      (else (i32.const 0))))

  (func (export "across") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1)
        (call_indirect (param i32) (result i32)
          (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))
      (else (i32.const 0))))

  ;; The host calls this function again.
  (func (export "through_host") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $enter (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))

  (func (export "through_host_indirect") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1)
        (call_indirect (param i32) (result i32)
          (i32.sub (local.get 0) (i32.const 1)) (i32.const 2))))
      (else (i32.const 0))))

  (func $large (export "large_frames") (param i32) (result i32)
    (local v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128
           i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $large (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))

  ;; A tail call replaces its frame: these end, however often.
  (func $tail (export "tail") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call $tail (i32.sub (local.get 0) (i32.const 1))))
  (func (export "tail_across") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call_indirect (param i32) (result i32)
      (i32.sub (local.get 0) (i32.const 1)) (i32.const 3)))
  ;; The host function takes the frame's place.
  (func (export "tail_through_host") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call $enter (i32.sub (local.get 0) (i32.const 1)))))
