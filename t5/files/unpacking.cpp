// zlib's and zstd's streams behind one interface; see unpacking.h.
#include "t5/files/unpacking.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kBlock = size_t{1} << 18;  // bytes
constexpr std::string_view kGzip = "\x1f\x8b", kZstd = "\x28\xb5\x2f\xfd";

class GzipUnpacker : public Unpacker {
 public:
  GzipUnpacker() {
    constexpr int kGzipHeader = 16;  // added to the bits of the window, by zlib's convention
    if (inflateInit2(&stream_, MAX_WBITS + kGzipHeader) != Z_OK) throw std::bad_alloc();
  }
  ~GzipUnpacker() override { inflateEnd(&stream_); }

  size_t unpack(std::string_view& packed, char* plain, size_t room) override {
    if (at_end_) inflateReset(&stream_);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    stream_.next_out = reinterpret_cast<Bytef*>(plain);
    stream_.avail_out = static_cast<uInt>(room);
    int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      throw std::runtime_error(stream_.msg != nullptr ? stream_.msg : zError(status));
    at_end_ = status == Z_STREAM_END;
    packed.remove_prefix(packed.size() - stream_.avail_in);
    return room - stream_.avail_out;
  }
  bool at_end() const override { return at_end_; }

 private:
  z_stream stream_ = {};
  bool at_end_ = false;
};

class ZstdUnpacker : public Unpacker {
 public:
  ZstdUnpacker() : stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

  size_t unpack(std::string_view& packed, char* plain, size_t room) override {
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{plain, room, 0};
    size_t wanted = ZSTD_decompressStream(stream_.get(), &out, &in);
    if (ZSTD_isError(wanted)) throw std::runtime_error(ZSTD_getErrorName(wanted));
    at_end_ = wanted == 0;
    packed.remove_prefix(in.pos);
    return out.pos;
  }
  bool at_end() const override { return at_end_; }

 private:
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  bool at_end_ = false;
};

// What is not packed.
class Copier : public Unpacker {
 public:
  size_t unpack(std::string_view& packed, char* plain, size_t room) override {
    size_t size = packed.copy(plain, room);
    packed.remove_prefix(size);
    return size;
  }
  bool at_end() const override { return true; }
};

std::unique_ptr<Unpacker> unpacker_of(std::string_view beginning) {
  if (beginning.starts_with(kGzip)) return std::make_unique<GzipUnpacker>();
  if (beginning.starts_with(kZstd)) return std::make_unique<ZstdUnpacker>();
  return std::make_unique<Copier>();
}

}  // namespace

bool is_packed(std::string_view beginning) {
  return beginning.starts_with(kGzip) || beginning.starts_with(kZstd);
}

std::string unpacked_name(const std::string& path) {
  for (std::string_view end : {".gz", ".zst", ".GZ", ".ZST"})
    if (path.ends_with(end)) return path.substr(0, path.size() - end.size());
  return path;
}

UnpackingBuffer::UnpackingBuffer(std::string path)
    : path_(std::move(path)), packed_(kBlock), plain_(kBlock) {
  std::error_code error;
  check(!std::filesystem::is_directory(path_, error), "{}: is a directory; name a file in it",
        path_);
  check(file_.open(path_, std::ios::in | std::ios::binary) != nullptr,
        "{}: cannot open: {}; check the path", path_, std::strerror(errno));
  read();
  unpacker_ = unpacker_of(rest_);
}

// At most what has arrived, so that a line of a pipe is read when it is there.
void UnpackingBuffer::read() try {
  if (file_.sgetc() == traits_type::eof()) return;
  auto size = std::min<std::streamsize>(file_.in_avail(), std::ssize(packed_));
  rest_ = {packed_.data(), static_cast<size_t>(file_.sgetn(packed_.data(), size))};
} catch (const std::ios_base::failure& error) {
  fail("{}: cannot read: {}", path_, error.what());
}

UnpackingBuffer::int_type UnpackingBuffer::underflow() {
  size_t size = 0;
  while (size == 0) {
    if (rest_.empty()) read();  // both libraries hold back an end whose text had no room
    if (rest_.empty()) {
      check(unpacker_->at_end(),
            "{}: ends in the middle of its packed data; copy or download it again", path_);
      return traits_type::eof();
    }
    try {
      size = unpacker_->unpack(rest_, plain_.data(), plain_.size());
    } catch (const std::runtime_error& error) {
      fail("{}: its packed data is damaged: {}; copy or download it again", path_, error.what());
    }
  }
  setg(plain_.data(), plain_.data(), plain_.data() + size);
  return traits_type::to_int_type(*gptr());
}

}  // namespace t5
