// Texts as gzip and zstd pack them, by these libraries themselves.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <string>

#include "tensor/error.h"

namespace t5::testing {

inline std::string gzip(const std::string& text) {
  z_stream stream = {};
  constexpr int kGzipHeader = 16;
  require(
      deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzipHeader, 8, Z_DEFAULT_STRATEGY) == Z_OK,
      "gzip: no memory");
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "gzip: no room");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

// In one frame whose first block has so many bytes: the blocks after it, of 128 KiB, end at odd
// places of a reader's buffer.
inline std::string zstd_in_blocks(const std::string& text, size_t first) {
  std::string packed(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  ZSTD_inBuffer in{text.data(), first, 0};
  require(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush) == 0, "zstd: no room");
  in.size = text.size();
  require(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) == 0, "zstd: no room");
  ZSTD_freeCCtx(context);
  packed.resize(out.pos);
  return packed;
}

}  // namespace t5::testing
