# SPDX-License-Identifier: Apache-2.0
"""The site made of docs/. tools/build_docs.py runs Doxygen, then Sphinx with this, then checks.

The pages also read well where Markdown is shown without Sphinx. What only the site needs, such as
tables of contents, stands in comments that begin with `<!-- site`; here they are opened. All other
comments, which tell tools/check_docs.py what to run, are left out.
"""

import inspect
import os
import re
import sys
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "epsilon_py"), str(ROOT / "tools")]

from doxygen_comments import group_name, section_titles  # noqa: E402

project = "Epsilon"
author = "the Epsilon project"
version = release = re.search(
    r"^project\(epsilon VERSION ([\d.]+)",
    (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"),
    re.MULTILINE,
).group(1)
project_copyright = author

extensions = ["myst_parser", "sphinx.ext.autodoc", "breathe"]
exclude_patterns = ["decisions/0000-template.md"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = True

html_theme = "furo"
html_title = f"Epsilon {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

breathe_projects = {"epsilon": str(ROOT / "build" / "doxygen" / "xml")}
breathe_default_project = "epsilon"
breathe_domain_by_extension = {"h": "c"}
breathe_show_define_initializer = True
breathe_show_enumvalue_initializer = True

default_role = "literal"  # docstrings name things in single backquotes
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints = "signature"
add_module_names = False
python_display_short_literal_types = True

# Names of others: their inventories would have to be fetched.
nitpick_ignore_regex = [
    ("c:identifier", r"u?int\d+_t|size_t|bool"),
    ("c:identifier", r"epsilon_(?!\w*_t$)\w+"),  # the tags of opaque structures
    ("py:class", r"(?!epsilon\b).*"),
    ("py:class", r"epsilon\._\w+\.\w+"),  # what annotations name that users need not
    ("py:.*", r"(typing|collections|types|os)\..*"),
]

# Files beside docs/ that are pages of the site.
OUTSIDE = {
    "../CHANGELOG.md": "changelog.md",
    "../SECURITY.md": "reporting.md",
    "../examples/README.md": "examples.md",
}

SITE_ONLY = re.compile(r"^<!-- site\n(.*?)\n-->$", re.MULTILINE | re.DOTALL)
REPOSITORY_ONLY = re.compile(r"^<!-- repository -->\n.*?^<!-- site -->\n", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
LINK_OUTSIDE = re.compile(r"\]\((?:\.\./)*(\.\./(?:examples/)?[A-Z]+\.md)\)")
LINK_BESIDE = re.compile(r"\[([^\]]+)\]\(([\w./-]+)\)")


def open_comments(app, name, source):
    text = SITE_ONLY.sub(r"\1", REPOSITORY_ONLY.sub("", source[0]))
    text = text.replace("[sections of epsilon.h]", header_sections())
    source[0] = link_inside(name, COMMENT.sub("", text))


def header_sections():
    header = ROOT / "capi" / "include" / "epsilon.h"
    return "\n\n".join(
        f"## {title}\n\n```{{doxygengroup}} {group_name(title)}\n:content-only:\n```"
        for title in section_titles(header.read_text(encoding="utf-8"))
    )


def link_inside(name, text):
    """Links to files beside docs/ become links to the pages that include them."""
    up = "../" * name.count("/")
    return LINK_OUTSIDE.sub(
        lambda link: f"]({up}{OUTSIDE[link[1]]})" if link[1] in OUTSIDE else link[0], text
    )


def include_read(app, path, parent, text):
    """A file beside docs/: its links are made relative to docs/. Folders are named, not linked."""
    folder = (Path(app.srcdir) / path).resolve().parent

    def link(found):
        target = Path(os.path.relpath(folder / found[2], app.srcdir))
        if (folder / found[2]).is_dir():
            return f"`{os.path.relpath(folder / found[2], ROOT)}/`"
        return f"[{found[1]}]({target})"

    text[0] = link_inside(parent, LINK_BESIDE.sub(link, COMMENT.sub("", text[0])))


def read_all_attributes():
    """Classes are shown as members of the package, and so autodoc looks for the comments of their
    attributes in its __init__.py alone: here it is given those of all modules."""
    whole = ModuleAnalyzer.for_module("epsilon")
    whole.analyze()
    for path in sorted((ROOT / "epsilon_py" / "epsilon").glob("_[!_]*.py")):
        part = ModuleAnalyzer.for_module(f"epsilon.{path.stem}")
        part.analyze()
        whole.attr_docs.update(part.attr_docs)
        whole.annotations.update(part.annotations)
        offset = len(whole.tagorder)
        whole.tagorder.update({name: offset + i for name, i in part.tagorder.items()})


def without_constructor(app, what, name, thing, options, signature, returns):
    """Objects that the package makes itself show no constructor, nor do errors but the first."""
    if what == "exception" and name != "epsilon.EpsilonError":
        return "", None
    if what == "class" and re.search(r"\b(Store|Instance)\b", signature or ""):
        return "", None
    return None


def tidy_docstring(app, what, name, thing, options, lines):
    """Docstrings are written for help(). In that of a constructor a line that begins with the name
    of a parameter begins what is said of it: here, an item of a list."""
    made_by_python = ("Alias for field number", "Create new instance of")
    lines[:] = [line for line in lines if not line.startswith(made_by_python)]
    if what == "class" and "__init__" in vars(thing):
        parameters = inspect.signature(thing.__init__).parameters
        in_list = False
        for i, line in enumerate(lines):
            if re.match(r"\w*", line)[0] in parameters and (i == 0 or lines[i - 1][-1:] in ".:)"):
                in_list = True
                lines[i] = f"- {line}"
            elif in_list and line:
                lines[i] = f"  {line}"
            else:
                in_list = in_list and not line


def setup(app):
    read_all_attributes()
    app.connect("source-read", open_comments)
    app.connect("include-read", include_read)
    app.connect("autodoc-process-signature", without_constructor)
    app.connect("autodoc-process-docstring", tidy_docstring)
