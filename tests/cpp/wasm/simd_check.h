// SPDX-License-Identifier: Apache-2.0
// Comparing vector instructions with references that see arrays of lanes. Included once for each
// form of the vectors; see simd_host_test.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "catch.hpp"

#include "wasm/numeric_operands.h"
#include "wasm/simd.h"

using namespace epsilon::simd;
using namespace numeric_test;

namespace {

template <typename T>
using Lanes = std::array<T, 16 / sizeof(T)>;

template <typename T>
Lanes<T> unpack(V128 v) {
    Lanes<T> lanes;
    std::memcpy(lanes.data(), &v, sizeof v);
    return lanes;
}
template <typename T>
V128 pack(const Lanes<T>& lanes) {
    V128 v;
    std::memcpy(&v, lanes.data(), sizeof v);
    return v;
}

template <typename T>
std::string show_lanes(V128 v) {
    std::string text = "[";
    for (T x : unpack<T>(v))
        text += ' ' + show(x);
    return text + " ]";
}

constexpr int random_vectors = 32;

// Vectors filled with these values in order, and once more with each in another lane; then random.
template <typename T>
std::vector<V128> vectors(const std::vector<T>& values) {
    constexpr size_t count = 16 / sizeof(T);
    std::vector<V128> result;
    for (size_t shift : {size_t{0}, size_t{1}})
        for (size_t i = 0; i < values.size(); i += count) {
            Lanes<T> lanes;
            for (size_t lane = 0; lane < count; ++lane)
                lanes[lane] = values[(i + lane + shift) % values.size()];
            result.push_back(pack<T>(lanes));
        }
    std::mt19937_64 random{3};
    for (int i = 0; i < random_vectors; ++i)
        result.push_back(V128{random(), random()});
    return result;
}
template <typename T>
std::vector<V128> vectors() {
    return vectors(edges_of<T>());
}

// Pairs of vectors in which every value meets every other one in the same lane.
template <typename T>
std::vector<std::array<V128, 2>> pairs() {
    const auto edges = edges_of<T>();
    std::vector<T> left, right;
    for (T a : edges)
        for (T b : edges) {
            left.push_back(a);
            right.push_back(b);
        }
    const auto x = vectors(left), y = vectors(right);
    std::vector<std::array<V128, 2>> result;
    // The random ones at the end are the same in both, so one end is taken backwards.
    const size_t fixed = x.size() - random_vectors;
    for (size_t i = 0; i < x.size(); ++i)
        result.push_back({x[i], y[i < fixed ? i : fixed + x.size() - 1 - i]});
    return result;
}

// Operations whose lanes are independent. Returns the first disagreement, or nothing.
template <typename T, typename Reference>
std::string lanewise(V128 (*operation)(V128), Reference reference) {
    using Result = decltype(reference(T{}));
    static_assert(sizeof(Result) == sizeof(T));
    for (V128 a : vectors<T>()) {
        const V128 result = operation(a);
        const auto got = unpack<Result>(result);
        const auto x = unpack<T>(a);
        for (size_t i = 0; i < got.size(); ++i)
            if (!agrees<Result, T>(got[i], reference(x[i]), {x[i]}))
                return show_lanes<T>(a) + " gives " + show_lanes<Result>(result);
    }
    return "";
}
template <typename T, typename Reference>
std::string lanewise(V128 (*operation)(V128, V128), Reference reference) {
    using Result = decltype(reference(T{}, T{}));
    static_assert(sizeof(Result) == sizeof(T));
    for (const auto& [a, b] : pairs<T>()) {
        const V128 result = operation(a, b);
        const auto got = unpack<Result>(result);
        const auto x = unpack<T>(a), y = unpack<T>(b);
        for (size_t i = 0; i < got.size(); ++i)
            if (!agrees<Result, T>(got[i], reference(x[i], y[i]), {x[i], y[i]}))
                return show_lanes<T>(a) + ' ' + show_lanes<T>(b) + " gives " +
                       show_lanes<Result>(result);
    }
    return "";
}

// Operations that move lanes or change their number: the reference makes the whole vector.
template <typename T, typename Result, typename Reference>
std::string whole(V128 (*operation)(V128), Reference reference) {
    for (V128 a : vectors<T>()) {
        const V128 result = operation(a);
        const auto got = unpack<Result>(result);
        const auto x = unpack<T>(a);
        const Lanes<Result> want = reference(x);
        for (size_t i = 0; i < got.size(); ++i) {
            // Where there are floats, lane i comes from lane i, or is zero.
            const T source = x[i % x.size()];
            if (!agrees<Result, T>(got[i], want[i], {source}))
                return show_lanes<T>(a) + " gives " + show_lanes<Result>(result);
        }
    }
    return "";
}
template <typename T, typename Result, typename Reference>
std::string whole(V128 (*operation)(V128, V128), Reference reference) {
    for (const auto& [a, b] : pairs<T>()) {
        const V128 result = operation(a, b);
        if (unpack<Result>(result) != reference(unpack<T>(a), unpack<T>(b)))
            return show_lanes<T>(a) + ' ' + show_lanes<T>(b) + " gives " +
                   show_lanes<Result>(result);
    }
    return "";
}

// Operations whose result is one number.
template <typename T, typename Reference>
std::string number(uint32_t (*operation)(V128), Reference reference) {
    auto operands = vectors<T>();
    // All lanes but one are zero, or all but one are not.
    for (size_t i = 0; i < 16 / sizeof(T); ++i) {
        Lanes<T> one{}, others;
        others.fill(static_cast<T>(-1));
        one[i] = std::numeric_limits<T>::min();
        others[i] = 0;
        operands.insert(operands.end(), {pack<T>(one), pack<T>(others)});
        one[i] = 1;
        operands.push_back(pack<T>(one));
    }
    operands.push_back(V128{});
    for (V128 a : operands)
        if (operation(a) != reference(unpack<T>(a)))
            return show_lanes<T>(a) + " gives " + show(operation(a));
    return "";
}

}  // namespace
