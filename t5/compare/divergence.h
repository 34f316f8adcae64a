// Where two implementations of one model part ways, and why.
//
// The states of the other one, dumped on some batch, are held against ours in the order of
// computation. Everything after a mistake inherits it, so the first state that differs is where to
// look. Why it differs is found by making known mistakes on purpose: the mistake after which our
// state becomes theirs is the cause. Where none does, the pattern of the differences (which
// positions, which rows) narrows it down.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "t5/compare/states.h"

namespace t5 {

// max |ours - theirs| / max |theirs|; infinite when a number is not finite. Of one shape.
double state_gap(const Tensor& ours, const Tensor& theirs);

struct StateGap {
  std::string name;
  double gap;
};

struct Divergence {
  std::vector<StateGap> states;  // those that the dump has
  std::string first;             // the first whose gap exceeds the tolerance; empty: none does
  std::string cause;             // in words
};

// A dump without any state throws.
Divergence find_divergence(const Model& model, const Dump& dump, double tolerance);

// A Python script that makes a dump with transformers.
extern const char* const kDumpScript;

// A mistake to be made on purpose. `weight`, where there is one, changes each parameter.
struct Mistake {
  std::string description;
  Config config;
  std::function<Tensor(const std::string& name, const Tensor& value)> weight;
  std::function<void(Batch&)> batch;
};

// The model with the mistake made, but for what the mistake does to batches.
std::unique_ptr<Model> with_mistake(const Model& model, const Mistake& mistake);

// Those that could explain a first difference in the state `name`, the likeliest first.
std::vector<Mistake> known_mistakes(const Model& model, const std::string& name);

}  // namespace t5
