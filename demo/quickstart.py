# SPDX-License-Identifier: Apache-2.0
from epsilon import Runtime

# Load and run a WebAssembly module
with Runtime() as runtime:
    wasm_bytes = open("add.wasm", "rb").read()  # noqa: SIM115
    with runtime.instantiate(wasm_bytes) as module:
        result = module.call("add", 5, 37)
        print(result)  # [42]
