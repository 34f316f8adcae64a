// How values look in the report of a failing test. doctest alone prints an address for a C string
// and {?} for a vector or a shape.
//
// The Makefile includes this in every test file, so that no test can forget it.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "tensor/shape.h"

namespace doctest {

template <>
struct StringMaker<t5::Shape> {
  static String convert(const t5::Shape& shape) { return fmt::format("{}", shape).c_str(); }
};

template <>
struct StringMaker<const char*> {
  static String convert(const char* text) { return text ? text : "a null pointer"; }
};

template <class A, class B>
struct StringMaker<std::pair<A, B>> {
  static String convert(const std::pair<A, B>& pair) {
    return "(" + toString(pair.first) + ", " + toString(pair.second) + ")";
  }
};

template <class T>
struct StringMaker<std::optional<T>> {
  static String convert(const std::optional<T>& value) {
    return value ? toString(*value) : String("nothing");
  }
};

// "{1, 2, 3}"; of a long one the beginning and the length.
template <class Range>
struct RangeMaker {
  static String convert(const Range& range) {
    constexpr size_t kShown = 40;
    String text = "{";
    size_t count = 0;
    for (const auto& value : range)
      if (++count <= kShown) text += String(count > 1 ? ", " : "") + toString(value);
    if (count > kShown) text += ", … " + toString(count) + " in all";
    return text + "}";
  }
};

template <class T>
struct StringMaker<std::vector<T>> : RangeMaker<std::vector<T>> {};
template <class T, size_t N>
struct StringMaker<std::span<T, N>> : RangeMaker<std::span<T, N>> {};
template <class T>
struct StringMaker<std::set<T>> : RangeMaker<std::set<T>> {};
template <class K, class V>
struct StringMaker<std::map<K, V>> : RangeMaker<std::map<K, V>> {};

}  // namespace doctest
