#include "tensor/ops/matmul.h"

#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// BLAS reads a matrix whose rows are contiguous, or whose columns are (then it is stored
// transposed), and wants the stride between them to be at least their length; that of a lone row is
// never used.
bool rows_contiguous(const Tensor& t) {
  return t.strides()[-1] == 1 && (t.strides()[-2] >= t.dim(-1) || t.dim(-2) == 1);
}
bool columns_contiguous(const Tensor& t) {
  return t.strides()[-2] == 1 && (t.strides()[-1] >= t.dim(-2) || t.dim(-1) == 1);
}
bool blas_can_read(const Tensor& t) { return rows_contiguous(t) || columns_contiguous(t); }

// The matrix of t's last two axes that begins `offset` elements after the first.
ConstMatrix matrix_of(const Tensor& t, int64_t offset = 0) {
  // exercise 02-matmul/matrix-of — strides as BLAS understands them
  bool transposed = !rows_contiguous(t);
  int64_t stride = t.strides()[transposed ? -1 : -2], length = t.dim(transposed ? -2 : -1);
  return {t.data() + offset, t.dim(-2), t.dim(-1), std::max(stride, length), transposed};
  // end exercise
}

Tensor readable(const Tensor& t) { return blas_can_read(t) ? t : t.contiguous_copy(); }

// Where matrix number `index` of a batch of shape `batch` starts.
int64_t batch_offset(const Tensor& t, const Shape& batch, int64_t index) {
  // exercise 02-matmul/batch-offset — the number of a product becomes a place in memory
  int64_t offset = 0;
  for (int axis = batch.rank() - 1; axis >= 0; --axis) {
    offset += index % batch[axis] * t.strides()[axis];
    index /= batch[axis];
  }
  return offset;
  // end exercise
}

// `t` with its leading axes stretched to `batch`.
Tensor with_batch(const Tensor& t, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(t.dim(-2));
  shape.push_back(t.dim(-1));
  return readable(t.broadcast_to(shape));
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  require(a.rank() >= 2 && b.rank() >= 2, "matmul: {} x {}: both need at least two axes", a.shape(),
          b.shape());
  require(a.dim(-1) == b.dim(-2), "matmul: inner dimensions differ in {} x {}", a.shape(),
          b.shape());
  Shape batch = broadcast_shape("matmul", Shape(a.shape().begin(), a.shape().end() - 2),
                                Shape(b.shape().begin(), b.shape().end() - 2));
  Shape shape = batch;
  shape.push_back(a.dim(-2));
  shape.push_back(b.dim(-1));
  Tensor c(shape), left = with_batch(a, batch), right = with_batch(b, batch);
  int64_t m = a.dim(-2), k = a.dim(-1), n = b.dim(-1), count = batch.size();
  real* out = c.mutable_data();
  auto multiply = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      gemm(1, matrix_of(left, batch_offset(left, batch, i)),
           matrix_of(right, batch_offset(right, batch, i)), 0, {out + i * m * n, m, n, n});
  };
  if (m * k * n <= kProductGrain)
    parallel_for(count, kProductGrain / std::max<int64_t>(m * k * n, 1), multiply);
  else
    multiply(0, count);
  return c;
}

void gemm(real alpha, const Tensor& a, const Tensor& b, real beta, Tensor& c) {
  require(a.rank() == 2 && b.rank() == 2 && c.rank() == 2 && a.dim(1) == b.dim(0) &&
              c.dim(0) == a.dim(0) && c.dim(1) == b.dim(1),
          "gemm: {} x {} does not give {}", a.shape(), b.shape(), c.shape());
  require(c.strides()[1] == 1, "gemm: the result must be contiguous along its rows");
  multiply_adds() += static_cast<double>(a.dim(0) * a.dim(1) * b.dim(1));
  Tensor left = readable(a), right = readable(b);
  gemm(alpha, matrix_of(left), matrix_of(right), beta,
       {c.mutable_data(), c.dim(0), c.dim(1), c.strides()[0]});
}

double& multiply_adds() {
  thread_local double count = 0;
  return count;
}

}  // namespace t5
