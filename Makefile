# SPDX-License-Identifier: Apache-2.0
# A thin layer over CMake, pip and the scripts in tools/. Every target prepares what it needs on a
# Debian or Ubuntu machine: packages from apt where they are missing, Python tools in .venv.

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-full bench docs lint format clean

PRESET ?= release

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: ## Install missing apt packages, and the Python tools into .venv
	@tools/setup.sh

build: setup ## Build the library, the program and the tests into build/release (PRESET=...)
	@cmake --preset $(PRESET)
	@cmake --build --preset $(PRESET)

demo: ## Show Epsilon at work: from Python, from C, from the shell
	@tools/demo.sh

test: ## Build (release; sanitizers; fuzz targets) and run every test and check: under 25 minutes
	@tools/test.sh

test-full: ## make test, then the other compilers, TSan, valgrind, aarch64 under qemu, long soak
	@tools/test.sh --full

bench: build ## Compare with native code and other engines (QUICK=1: the short form, 2 minutes)
	@.venv/bin/python bench/run.py $(if $(QUICK),--quick) $(BENCH)

docs: setup ## Build the documentation's site into build/docs
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target epsilon
	@.venv/bin/python tools/build_docs.py

lint: setup ## clang-format, clang-tidy, ruff, mypy, layers
	@cmake --preset release >/dev/null
	@tools/lint.sh

format: setup ## Format C++, C and Python in place
	@tools/lint.sh --fix

clean: ## Remove everything that was built; .venv stays
	rm -rf build dist *.egg-info epsilon_py/*.egg-info epsilon_py/epsilon/*.so
