// Matrix products of tensors, batched and broadcast, on views as they are.
#pragma once

#include "tensor/ops/blas.h"
#include "tensor/tensor.h"

namespace t5 {

// (…, m, k) x (…, k, n) -> (…, m, n); the leading axes broadcast. Transposed views are used without
// copying. A batch of small products runs one product per thread.
Tensor matmul(const Tensor& a, const Tensor& b);

// c = alpha a b + beta c for matrices: (m, k) x (k, n) -> (m, n); c contiguous along its rows.
void gemm(real alpha, const Tensor& a, const Tensor& b, real beta, Tensor& c);

// The multiply-adds that gemm() has done for this thread, whichever threads computed them: for
// whoever wants to know its rate. An op that calls BLAS itself adds its own.
double& multiply_adds();

}  // namespace t5
