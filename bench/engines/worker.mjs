// SPDX-License-Identifier: Apache-2.0
// The worker of node and bun; suite/workers.py says what a worker does.
import fs from "node:fs";

const [mode, file, countText] = process.argv.slice(2);
const bytes = fs.readFileSync(file);
const count = Number(countText ?? 0);
const imports = { env: { f: (a, b) => a } };

// Calls the action `count` times after a tenth of that for the compilers to warm up.
function report(name, times, action) {
  action(Math.ceil(times / 10));
  const start = process.hrtime.bigint();
  action(times);
  const spent = Number(process.hrtime.bigint() - start);
  console.log(name, spent / times);
}

function run() {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const { run } = instance.exports;
  console.log("ready");
  let rest = "";
  process.stdin.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) console.log(BigInt.asUintN(64, run(Number(line) | 0)).toString());
  });
}

function load() {
  const start = process.hrtime.bigint();
  globalThis.kept = new WebAssembly.Module(bytes);
  console.log("load", Number(process.hrtime.bigint() - start));
}

// With --no-wasm-lazy-compilation, which the command has in this mode.
function compile() {
  const start = process.hrtime.bigint();
  const processor = process.cpuUsage();
  globalThis.kept = new WebAssembly.Module(bytes);
  const { user, system } = process.cpuUsage(processor);
  console.log("compile", (user + system) * 1000);
  console.log("wall", Number(process.hrtime.bigint() - start));
}

function instantiate() {
  const module = new WebAssembly.Module(bytes);
  report("instantiate", count, (times) => {
    for (let i = 0; i < times; i++) globalThis.kept = new WebAssembly.Instance(module, {});
  });
}

function calls() {
  const { add, callbacks } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
  report("host-to-wasm", count, (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum ^= add(i, 3);
    globalThis.kept = sum;
  });
  report("wasm-to-host", count, (times) => callbacks(times));
}

({ run, load, compile, instantiate, calls })[mode]();
