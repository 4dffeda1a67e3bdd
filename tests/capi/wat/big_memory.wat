;; Memories with and without a maximum.
(module
  (memory (export "free") 1)
  (memory (export "capped") 1 8))
