;; SPDX-License-Identifier: Apache-2.0
;; For the cost of calls between the host and a program.
(module
  (import "env" "f" (func $f (param i32 i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "callbacks") (param i32)
    (loop $more
      (drop (call $f (local.get 0) (i32.const 37)))
      (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
