// The fused ops once more, written from simple ops: what they compute, in a few lines each.
//
// Same signatures, same results and gradients (a test compares them), more memory and time. The
// tutorials teach these first. Gradients need no code here: the simple ops bring their own.
#pragma once

#include "autograd/fused/fused.h"

namespace t5::reference {

Var linear(const Var& x, const Var& weight);
Var rms_norm(const Var& x, const Var& weight, real epsilon);
Var add_residual(const Var& x, const Var& branch, const Dropout& dropout);
Var activate(Activation f, const Var& x, const Dropout& dropout);
Var activate_gated(Activation f, const Var& gate, const Var& x, const Dropout& dropout);
// Drops other elements than the fused op does: the two agree when nothing is dropped.
Var attention(const Var& q, const Var& k, const Var& v, const Var& bias,
              const AttentionLayout& layout, const Dropout& dropout);
Var cross_entropy(Var logits, const Ids& labels, const CrossEntropyOptions& options = {});
Var linear_cross_entropy(const Var& x, const Var& weight, const Ids& labels,
                         const CrossEntropyOptions& options = {}, int64_t chunk = 0);

}  // namespace t5::reference
