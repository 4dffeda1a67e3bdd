# SPDX-License-Identifier: Apache-2.0
"""Runs the Python blocks of one page, for tools/check_docs.py: a process for each program.

Standard input has the blocks as JSON; standard output gets, as JSON, what each printed. A comment
behind a statement says what comes of it, and is compared:

    1 + 1                       # -> 2                          its value's repr
    print(1 + 1)                # 2                             what it prints
    int("x")                    # raises ValueError: invalid... the exception and the first
                                                                line of its text

"..." stands for anything.
"""

import ast
import asyncio
import contextlib
import io
import json
import linecache
import re
import sys
import tokenize
import traceback

PROGRAM = "example.py"
PROMISE = re.compile(r"(->|raises) ")


def matches(expected, got):
    """Whether a text is what was expected, in which "..." stands for anything, and a line of "..."
    for any number of lines."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("...")) + r"\n"
    got = "".join(line.rstrip() + "\n" for line in got.splitlines())
    return re.fullmatch(pattern, got) is not None


class Session:
    def __init__(self):
        self.source = ""
        self.names = {"__name__": "__main__", "__check": self}
        self.wrong = []

    def compare(self, line, expected, got):
        if not matches(expected, got):
            self.wrong.append(f"line {line}: says {expected!r}, gives {got!r}")

    def value(self, line, expected, value):
        self.compare(line, expected, repr(value))

    @contextlib.contextmanager
    def prints(self, line, expected):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            yield
        self.compare(line, expected, out.getvalue())

    @contextlib.contextmanager
    def raises(self, line, expected):
        try:
            yield
        except BaseException as error:
            # The class may be named by one that it is derived from.
            names = {cls.__name__ for cls in type(error).__mro__}
            name = expected.split(":")[0]
            name = name if name in names else type(error).__name__
            self.compare(line, expected, f"{name}: {error}".strip(": ").splitlines()[0])
        else:
            self.wrong.append(f"line {line}: raises nothing")

    def run(self, code, raises):
        """What a block prints, with the traceback if it is to raise something."""
        # Lines are those of the page's whole program, as tracebacks show them.
        before = self.source.count("\n")
        self.source += code + "\n"
        linecache.cache[PROGRAM] = (len(self.source), None, self.source.splitlines(True), PROGRAM)
        comments = Comments(code)
        tree = comments.visit(ast.parse(code, PROGRAM))
        self.wrong += [f"line {line}: nothing to compare with" for line in comments.unused()]
        ast.increment_lineno(ast.fix_missing_locations(tree), before)
        compiled = compile(tree, PROGRAM, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                outcome = eval(compiled, self.names)
                if asyncio.iscoroutine(outcome):
                    asyncio.run(outcome)
                if raises:
                    self.wrong.append("it raises nothing")
            except Exception as error:
                if not raises:
                    raise
                error.__traceback__ = without_us(error.__traceback__)
                traceback.print_exception(type(error), error, error.__traceback__, file=out)
        return out.getvalue()


def without_us(trace):
    while trace.tb_next and trace.tb_frame.f_code.co_filename != PROGRAM:
        trace = trace.tb_next
    return trace


class Comments(ast.NodeTransformer):
    """Makes checks of the comments behind expression statements and others."""

    def __init__(self, code):
        self.comments = {}
        self.used = set()
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                self.comments[token.start[0]] = token.string.lstrip("# ").rstrip()

    def unused(self):
        """The lines whose comments promise something, behind what is no such statement."""
        promises = (line for line, text in self.comments.items() if PROMISE.match(text))
        return sorted(set(promises) - self.used)

    def check(self, name, node, text, *values):
        self.used.add(node.end_lineno)
        arguments = [ast.Constant(node.lineno), ast.Constant(text), *values]
        attribute = ast.Attribute(ast.Name("__check", ast.Load()), name, ast.Load())
        return ast.copy_location(ast.Call(attribute, arguments, []), node)

    def visit_statement(self, node):
        text = self.comments.get(node.end_lineno, "")
        if text.startswith("raises "):
            return self.around(node, "raises", text[len("raises ") :])
        if isinstance(node, ast.Expr):
            value = node.value
            if text.startswith("-> "):
                return ast.copy_location(
                    ast.Expr(self.check("value", node, text[len("-> ") :], value)), node
                )
            if text and isinstance(value, ast.Call) and getattr(value.func, "id", "") == "print":
                return self.around(node, "prints", text)
        return node

    def around(self, node, name, text):
        item = ast.withitem(self.check(name, node, text), None)
        return ast.copy_location(ast.With([item], [node]), node)

    visit_Expr = visit_Assign = visit_AugAssign = visit_Delete = visit_statement


def main():
    outcomes = []
    session = Session()
    for block in json.load(sys.stdin):
        session.wrong = []
        try:
            printed, failure = session.run(block["code"], block["raises"]), ""
        except BaseException:
            printed, failure = "", traceback.format_exc()
        outcomes.append({"printed": printed, "wrong": session.wrong, "failure": failure})
        if failure:
            break
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
