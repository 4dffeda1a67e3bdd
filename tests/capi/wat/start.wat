;; Its start function calls the host.
(module
  (import "host" "start" (func $start))
  (start $start))
