# SPDX-License-Identifier: Apache-2.0
"""What a recursion through Python and WebAssembly ends with, for the tests."""

import gc

import pytest
from epsilon import EpsilonError, EpsilonTrapError, _errors


def assert_exhausted(call):
    """Python's own limit may come first: what it raises comes out as it is. At the limit Python may
    be unable even to keep that, but a call that did not get through never seems to have."""
    with pytest.raises((EpsilonError, RecursionError, TypeError)) as caught:
        call()
    if isinstance(caught.value, TypeError):  # PyPy, at the limit
        assert str(caught.value).startswith("couldn't record exception context")
    elif isinstance(caught.value, EpsilonTrapError):
        assert str(caught.value).startswith("call stack exhausted")
    elif isinstance(caught.value, EpsilonError):
        assert type(caught.value) is EpsilonError and caught.value.kind == "host"
        assert str(caught.value) == (
            "a Python function called by the program could not be run, or its exception could not "
            "be kept: no stack or memory was left"
        )
    else:
        assert str(caught.value).startswith("maximum recursion depth exceeded")
    # What was on its way and did not come out is not kept.
    del caught
    gc.collect()
    while _errors._deleted:
        _errors._travelling.pop(_errors._deleted.popleft(), None)
    assert not _errors._travelling
