;; For errors.c: imports that it does not find.
(module
  (import "host" "exit" (func (param i64)))
  (import "host" "clock" (func (result i64)))
  (import "host" "memory" (memory 1)))
