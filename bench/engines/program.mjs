// SPDX-License-Identifier: Apache-2.0
// Runs a WASI program in node or bun: `program.mjs PROGRAM [ARGUMENT...]`.
import fs from "node:fs";
import path from "node:path";
import { WASI } from "node:wasi";

const [program, ...args] = process.argv.slice(2);
const module = await WebAssembly.compile(fs.readFileSync(program));
const older = WebAssembly.Module.imports(module).some((one) => one.module === "wasi_unstable");
const wasi = new WASI({
  version: older ? "unstable" : "preview1",
  args: [path.basename(program), ...args],
  env: { LANG: "C" }, // with none, programs of the older interface end with 71 in node
  returnOnExit: true,
});
const imports = wasi.getImportObject?.() ?? { wasi_snapshot_preview1: wasi.wasiImport };
process.exitCode = wasi.start(await WebAssembly.instantiate(module, imports));
