# SPDX-License-Identifier: Apache-2.0
"""Reads the parts of a valid module that a differential run needs to know. The Python package of
wasmtime cannot be asked: it ends the process at the type v128."""

from typing import List, NamedTuple, Tuple

FUNC, TABLE, MEMORY, GLOBAL = range(4)

FunctionType = Tuple[List[str], List[str]]  # parameters, results


class Import(NamedTuple):
    module: str
    name: str
    kind: int


class Export(NamedTuple):
    name: str
    kind: int
    index: int


class ModuleReader:
    TYPES = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128"}
    FIXED = {0x43: 4, 0x44: 8, 0xFD: 17}  # bytes behind f32.const, f64.const, v128.const
    INDEXED = (0x23, 0x41, 0x42, 0xD0, 0xD2)  # global.get, i32.const, i64.const, ref.null, ref.func

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 8
        self.types: List[FunctionType] = []
        self.imports: List[Import] = []
        self.functions: List[FunctionType] = []
        self.globals: List[str] = []  # value types
        self.exports: List[Export] = []
        readers = {
            1: self.read_type,
            2: self.read_import,
            3: self.read_function,
            6: self.read_global,
            7: self.read_export,
        }
        while self.at < len(data):
            section, size = self.byte(), self.number()
            end = self.at + size
            if section in readers:
                for _ in range(self.number()):
                    readers[section]()
            self.at = end

    def read_type(self) -> None:
        self.at += 1
        self.types.append((self.value_types(), self.value_types()))

    def read_import(self) -> None:
        found = Import(self.name(), self.name(), self.byte())
        self.imports.append(found)
        if found.kind == FUNC:
            self.read_function()
        elif found.kind == GLOBAL:
            self.globals.append(self.value_type())
            self.at += 1
        else:
            self.at += found.kind == TABLE
            has_maximum = self.byte() & 1
            self.number()
            if has_maximum:
                self.number()

    def read_function(self) -> None:
        self.functions.append(self.types[self.number()])

    def read_global(self) -> None:
        self.globals.append(self.value_type())
        self.at += 1
        while True:  # the initial value's expression
            opcode = self.byte()
            if opcode == 0x0B:
                return
            if opcode in self.FIXED:
                self.at += self.FIXED[opcode]
            elif opcode in self.INDEXED:
                self.number()

    def read_export(self) -> None:
        self.exports.append(Export(self.name(), self.byte(), self.number()))

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def name(self) -> str:
        length = self.number()
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def value_type(self) -> str:
        return self.TYPES.get(self.byte(), "reference")

    def value_types(self) -> List[str]:
        return [self.value_type() for _ in range(self.number())]
