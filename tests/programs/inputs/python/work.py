# SPDX-License-Identifier: Apache-2.0
"""Work for CPython: text, numbers, data structures, compression, SQLite, and files in /home."""

import bz2
import csv
import decimal
import fractions
import hashlib
import heapq
import io
import itertools
import json
import os
import re
import sqlite3
import struct
import sys
import zlib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass


def numbers(seed):
    while True:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        yield seed >> 8


@dataclass(order=True)
class Order:
    customer: str
    item: str
    amount: int
    price: decimal.Decimal


def orders(count):
    source = numbers(7)
    names = ["Ada", "Brian", "Chen", "Dora", "Émile", "Füsun"]
    items = ["bolt", "nut", "gear", "cam", "rod"]
    for _ in range(count):
        yield Order(
            names[next(source) % len(names)],
            items[next(source) % len(items)],
            next(source) % 9 + 1,
            decimal.Decimal(next(source) % 10000) / 100,
        )


def text(path):
    with open(path, encoding="utf-8") as file:
        words = re.findall(r"[a-z']+", file.read().lower())
    common = Counter(words).most_common(8)
    print("words", len(words), "different", len(set(words)))
    print("common", ", ".join(f"{word} {count}" for word, count in common))
    swapped = re.sub(r"\b(\w+) of (\w+)", r"\2's \1", "The speed of light, the end of time")
    print("swapped", swapped)


def big_numbers():
    factorial = 1
    for n in range(1, 301):
        factorial *= n
    print("300!", len(str(factorial)), hashlib.sha256(str(factorial).encode()).hexdigest()[:16])
    print("power", pow(3, 10**30 + 7, 2**127 - 1))
    harmonic = sum(fractions.Fraction(1, n) for n in range(1, 41))
    print("harmonic", harmonic)
    decimal.getcontext().prec = 60
    print("root", decimal.Decimal(2).sqrt())
    print("floats", repr(0.1 + 0.2), 1e308 * 10, float.hex(3.14159), round(2.675, 2))


def search():
    """The shortest way through a maze that a formula makes."""
    size = 40
    blocked = {
        (x, y) for x in range(size) for y in range(size) if (x * 7 + y * 13 + x * y) % 5 == 0
    }
    blocked -= {(0, 0), (size - 1, size - 1)}
    queue, best = [(0, 0, 0)], {(0, 0): 0}
    while queue:
        cost, x, y = heapq.heappop(queue)
        if (x, y) == (size - 1, size - 1):
            return cost
        for a, b in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            inside = 0 <= a < size and 0 <= b < size and (a, b) not in blocked
            if inside and cost + 1 < best.get((a, b), 1 << 30):
                best[(a, b)] = cost + 1
                heapq.heappush(queue, (cost + 1, a, b))
    return None


def tables(path):
    connection = sqlite3.connect(path)
    connection.execute("create table orders (customer text, item text, amount int, cents int)")
    rows = [(o.customer, o.item, o.amount, int(o.price * 100)) for o in orders(400)]
    with connection:
        connection.executemany("insert into orders values (?, ?, ?, ?)", rows)
        connection.execute("create index by_item on orders (item, customer)")
    query = """select item, count(*), sum(amount * cents) from orders
               where customer <> 'Chen' group by item order by 3 desc"""
    for row in connection.execute(query):
        print("table", *row)
    try:
        with connection:
            connection.execute("delete from orders")
            raise KeyError("rolled back")
    except KeyError:
        print("rows", connection.execute("select count(*) from orders").fetchone()[0])
    connection.close()


def files(folder):
    os.makedirs(f"{folder}/reports/2026", exist_ok=True)
    by_customer = defaultdict(list)
    for order in orders(60):
        by_customer[order.customer].append(order)
    for customer, theirs in sorted(by_customer.items()):
        path = f"{folder}/reports/2026/{customer}.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(
                [asdict(order) for order in sorted(theirs)],
                file,
                default=str,
                ensure_ascii=False,
                indent=1,
            )
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    for entry in sorted(os.scandir(f"{folder}/reports/2026"), key=lambda entry: entry.name):
        writer.writerow([entry.name, entry.stat().st_size, entry.is_dir()])
    print(table.getvalue(), end="")
    os.rename(f"{folder}/reports/2026/Ada.json", f"{folder}/reports/first.json")
    os.remove(f"{folder}/reports/2026/Brian.json")
    print("left", sorted(os.listdir(f"{folder}/reports/2026")))
    with open(f"{folder}/reports/first.json", "r+b") as file:
        file.seek(-2, os.SEEK_END)
        file.truncate()
        file.write(b"]")
        print("size", file.tell())
    for path in ("/etc/passwd", f"{folder}/../../etc/passwd", f"{folder}/nowhere/file"):
        try:
            with open(path) as file:
                print(file.read())
        except OSError:
            print("refused", path)


def packed():
    data = b"".join(struct.pack("<IhB", n, n % 1000 - 500, n % 7) for n in range(3000))
    small = zlib.compress(data, 9)
    print("zlib", len(data), len(small), zlib.crc32(small), zlib.decompress(small) == data)
    smaller = bz2.compress(data)
    print("bz2", len(smaller), hashlib.md5(smaller).hexdigest(), bz2.decompress(smaller) == data)


def main():
    print(sys.argv[1:], sys.platform, os.environ.get("GREETING"))
    text("/home/text.txt")
    big_numbers()
    print("maze", search())
    for primes in itertools.islice(
        itertools.combinations((p for p in range(2, 60) if all(p % d for d in range(2, p))), 3), 3
    ):
        print("primes", *primes)
    tables("/home/orders.db")
    files("/home")
    packed()
    lines = [line.rstrip("\n") for line in sys.stdin]
    print("stdin", len(lines), max(lines, key=len))
    print("written to standard error", file=sys.stderr)
    sys.exit(7)


main()
