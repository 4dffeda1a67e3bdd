#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Doxygen's input filter for epsilon.h: makes its plain comments into Doxygen's, line by line.

The header is written for people. Here `/* ---- Noun ---- */` opens a group, a comment before a
declaration documents it, one behind a declaration on the same line documents that one, and a
comment before several lines that belong together documents each of them; of several functions the
others refer to the first. Names of the API in comments become links. No line is added or removed,
so that what Doxygen says about a line is true of the header.
"""

import re
import sys
from pathlib import Path

SECTION = re.compile(r"^/\* ---- (.+?) -+ \*/$")
TRAILING = re.compile(r"^(\s*\S.*?)\s*/\* (.*) \*/$")
NAME = re.compile(r"`?\b(epsilon_\w+|EPSILON_\w+)\b`?")
ENUM_TYPE = re.compile(r"^typedef \w+ (epsilon_\w+_t);$")
FUNCTION = re.compile(r"\b(epsilon_\w+)\(")
MEMBER = re.compile(r"^    \w+ (\w+)(?:\[\d+\])?;$")
MEMBERS = {
    "i32": "An i32, signed.",
    "u32": "An i32, unsigned.",
    "i64": "An i64, signed.",
    "u64": "An i64, unsigned.",
    "f32": "An f32.",
    "f64": "An f64.",
    "ref": "A funcref or externref.",
    "v128": "A v128.",
}
NOT_DECLARATIONS = re.compile(r"^#define (EPSILON_API\b.*|EPSILON_H)$")


def group_name(title):
    """The name that the pages use for a section of the header."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def section_titles(source):
    return [match[1] for match in map(SECTION.match, source.split("\n")) if match]


def linked(text):
    return NAME.sub(r"@ref \1", text)


def comment_end(lines, start):
    """The index of the line on which the comment that begins at `start` ends."""
    end = start
    while "*/" not in lines[end]:
        end += 1
    return end


def text_of(comment):
    """A comment of one or several lines as one text."""
    words = (line.strip().lstrip("/").rstrip("/").strip("*").strip() for line in comment)
    return " ".join(words)


def common_to(lines, following):
    """How many lines from `following` on share the comment before them: macros, or declarations
    that have their own comment behind them."""
    count = 0
    for line in lines[following:]:
        if not (line.startswith("#define ") or (line.startswith("typedef ") and "/*" in line)):
            break
        count += 1
    return count


def sentence(text):
    return linked(text[0].upper() + text[1:].rstrip(".") + ".")


def add_behind(line, text):
    """A line with the comment it shares behind its own. Macros join the version's functions."""
    trailing = TRAILING.match(line)
    if trailing:
        return f"{trailing[1]} /**< {sentence(trailing[2])} {sentence(text)} */"
    return f"{line} /**< {sentence(text)} @ingroup version-and-features */"


def filtered(source):
    lines = source.split("\n")
    out = []
    group = None
    enum_type = None
    documented = None  # the function that has a comment of its own
    i = 0
    while i < len(lines):
        line = lines[i]
        section = SECTION.match(line)
        trailing = TRAILING.match(line)
        if section:
            close = "/** @} */ " if group else ""
            group = group_name(section[1])
            out.append(f"{close}/** @defgroup {group} {section[1]} */ /** @{{ */")
        elif line.startswith("/* SPDX"):
            end = comment_end(lines, i)
            out += ["/** @file */"] + [""] * (end - i)
            i = end
        elif line.startswith("/* "):
            end = comment_end(lines, i)
            shared = common_to(lines, end + 1)
            if shared:
                text = text_of(lines[i : end + 1])
                out += [""] * (end + 1 - i)
                out += [add_behind(line, text) for line in lines[end + 1 : end + 1 + shared]]
                i = end + shared
            else:
                out.append(linked(line.replace("/*", "/**", 1)))
                out += [linked(line) for line in lines[i + 1 : end + 1]]
                i = end
        elif NOT_DECLARATIONS.match(line):
            out.append("")
        elif line == "enum {":
            out.append(f"/** The values of @ref {enum_type}. */ enum {{")
        elif trailing and trailing[1] != "}" and not trailing[1].startswith("#endif"):
            out.append(f"{trailing[1]} /**< {sentence(trailing[2])} */")
        elif MEMBER.match(line):
            out.append(f"{line} /**< {MEMBERS[MEMBER.match(line)[1]]} */")
        elif line == '} /* extern "C" */':
            out.append("}")
        elif line == "#endif /* EPSILON_H */":
            out[-1] = "/** @} */"
            out.append("#endif")
        elif line.startswith("EPSILON_API "):
            declaration = line[len("EPSILON_API ") :]
            if lines[i - 1].endswith("*/"):
                documented = FUNCTION.search(line)
            elif documented and lines[i - 1]:
                declaration = f"/** See @ref {documented[1]}. */ {declaration}"
            out.append(declaration)
        else:
            out.append(line)
        found = ENUM_TYPE.match(line)
        enum_type = found[1] if found else enum_type
        i += 1
    return "\n".join(out)


if __name__ == "__main__":
    sys.stdout.write(filtered(Path(sys.argv[1]).read_text(encoding="utf-8")))
