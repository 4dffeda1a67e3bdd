// SPDX-License-Identifier: Apache-2.0
// The header of Catch2 2.x, or of 3.x where that is what is installed.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
