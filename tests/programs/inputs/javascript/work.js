// SPDX-License-Identifier: Apache-2.0
// Work for a JavaScript engine: classes, closures, promises, typed arrays, big integers, regular
// expressions, and files in /home.
import * as std from "qjs:std";
import * as os from "qjs:os";

function* numbers(seed) {
    for (;;) {
        seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
        yield seed >>> 8;
    }
}

// A small language with blocks and functions: tokens, a tree, and an interpreter of it.
class Lisp {
    static tokens = /\s*(?:([()])|(-?\d+(?:\.\d+)?)|([^\s()]+))/y;
    static read(text) {
        const stack = [[]];
        Lisp.tokens.lastIndex = 0;
        for (let m; (m = Lisp.tokens.exec(text)); ) {
            if (m[1] === "(") stack.push([]);
            else if (m[1] === ")") {
                const list = stack.pop();
                stack.at(-1).push(list);
            } else stack.at(-1).push(m[2] !== undefined ? Number(m[2]) : Symbol.for(m[3]));
        }
        return stack[0];
    }
    #globals = new Map(
        Object.entries({
            "+": (...xs) => xs.reduce((a, b) => a + b),
            "-": (a, b) => a - b,
            "*": (...xs) => xs.reduce((a, b) => a * b),
            "<": (a, b) => a < b,
            list: (...xs) => xs,
        }).map(([name, value]) => [Symbol.for(name), value]),
    );
    run(text) {
        return Lisp.read(text).map((form) => this.#value(form, this.#globals)).at(-1);
    }
    #value(form, scope) {
        if (typeof form === "symbol") {
            for (let s = scope; s; s = s.outer) if (s.has(form)) return s.get(form);
            throw new ReferenceError(Symbol.keyFor(form));
        }
        if (!Array.isArray(form)) return form;
        const [head, ...rest] = form;
        switch (typeof head === "symbol" ? Symbol.keyFor(head) : "") {
            case "if":
                return this.#value(this.#value(rest[0], scope) ? rest[1] : rest[2], scope);
            case "define":
                scope.set(rest[0], this.#value(rest[1], scope));
                return undefined;
            case "lambda":
                return (...values) => {
                    const inner = new Map(rest[0].map((name, i) => [name, values[i]]));
                    inner.outer = scope;
                    return this.#value(rest[1], inner);
                };
        }
        const [f, ...values] = form.map((part) => this.#value(part, scope));
        return f(...values);
    }
}

function sha256(bytes) {
    const primes = [];
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
    const k = primes.map((p) => fraction(Math.cbrt(p)));
    const h = new Int32Array(primes.slice(0, 8).map((p) => fraction(Math.sqrt(p))));
    const padded = new Uint8Array((bytes.length + 72) & ~63);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 4, bytes.length * 8);
    const w = new Int32Array(64);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let block = 0; block < padded.length; block += 64) {
        for (let i = 0; i < 64; i++) {
            if (i < 16) w[i] = view.getInt32(block + 4 * i);
            else {
                const a = w[i - 15], b = w[i - 2];
                w[i] = (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + w[i - 16] +
                    (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
            }
        }
        let [a, b, c, d, e, f, g, l] = h;
        for (let i = 0; i < 64; i++) {
            const one = (l + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
            const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
            [l, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
        }
        [a, b, c, d, e, f, g, l].forEach((x, i) => (h[i] += x));
    }
    return Array.from(h, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}

console.log(scriptArgs.slice(1).join(" "), std.getenv("GREETING"));

const lisp = new Lisp();
lisp.run("(define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))");
console.log("lisp", lisp.run("(list (fib 15) (* 6 7) (- 1 0.25))").join(" "));
try {
    lisp.run("(unknown 1)");
} catch (error) {
    console.log(error instanceof ReferenceError, String(error));
}

const text = std.loadFile("/home/text.txt");
const counts = new Map();
for (const [word] of text.toLowerCase().matchAll(/[a-z']+/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
const common = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, 6);
console.log("common", JSON.stringify(Object.fromEntries(common)));
console.log("2026-11-05 and 1999-12-31".replace(/(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/g, "$<d>.$<m>.$<y>"));
console.log("sha256", sha256(new Uint8Array([97, 98, 99])));
console.log("sha256", sha256(Uint8Array.from({ length: 5000 }, (_, i) => i * 7)));

let factorial = 1n;
for (let n = 1n; n <= 200n; n++) factorial *= n;
console.log("200!", String(factorial).length, String(factorial % (2n ** 61n - 1n)), BigInt.asIntN(64, factorial >> 200n));
console.log("floats", 0.1 + 0.2, (1e21).toString(), (0.000001234).toString(), (255.5).toString(16), (1.005).toFixed(2), -0 === 0, 2 ** 53 + 1);

const random = numbers(99);
const data = Float64Array.from({ length: 3000 }, () => random.next().value / 16777216);
data.sort();
console.log("sorted", data[0], data[1500], data.reduce((a, b) => a + b));
const proxy = new Proxy({}, { get: (_, name) => `<${String(name)}>` });
const { a: { length }, ...rest } = { a: "xyz", b: 1, c: [2, , 3] };
console.log(proxy.anything, length, JSON.stringify(rest), `${[1, [2, [3, [4]]]].flat(2)}`);
console.log("sets", [...new Set("mississippi")].join(""), [3, 1, 10].toSorted().join(), "ß".toUpperCase(), "\u0041\u030a".normalize("NFC").length);

os.mkdir("/home/out");
const file = std.open("/home/out/table.json", "w+");
file.puts(JSON.stringify([...counts].sort(), null, 1));
file.seek(0, std.SEEK_SET);
console.log("first line", file.getline(), file.getline());
file.close();
os.rename("/home/out/table.json", "/home/out/words.json");
console.log("listed", os.readdir("/home/out")[0].sort().join(" "), os.stat("/home/out/words.json")[0].size);
console.log("refused", std.loadFile("/etc/passwd"), std.open("/home/../secret", "r"));

const order = [];
const later = (name, turns) => (turns ? Promise.resolve().then(() => later(name, turns - 1)) : order.push(name));
async function main() {
    await Promise.all([later("slow", 5), later("quick", 1), later("middle", 3)]);
    const settled = await Promise.allSettled([Promise.reject(new TypeError("no")), 1]);
    console.log("promises", order.join(" "), settled.map((s) => s.status).join(" "));
    let lines = 0, longest = "";
    for (let line; (line = std.in.getline()) !== null; lines++) if (line.length > longest.length) longest = line;
    console.log("stdin", lines, longest);
    std.err.puts("written to standard error\n");
    std.exit(4);
}
main();
