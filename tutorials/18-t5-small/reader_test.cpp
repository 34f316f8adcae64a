// The lesson's reader against bytes laid by hand, against the library's own reader on files that
// Python wrote, and against damaged files.
#include "tutorials/18-t5-small/reader.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "t5/files/atomic_file.h"
#include "t5/files/safetensors.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::lesson;
using namespace t5::testing;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Eight bytes, the least significant first, written without the code under test.
std::string eight_bytes(uint64_t n) {
  std::string bytes;
  for (int i = 0; i < 8; ++i, n /= 256) bytes += static_cast<char>(n % 256);
  return bytes;
}

// The entry "w" that `json` describes, among 24 bytes of values.
const std::string kValues(24, '\7');
TensorEntry entry(const std::string& json) {
  return entry_of("w", JsonObject(parse_json(json, "file: w"), "file: w"), bytes_of(kValues));
}

// Why it is refused; "" when it is not.
std::string refusal(const std::string& json) {
  try {
    entry(json);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

const char* const kVariants[] = {"t5", "t5-v1_1", "t5-gated-silu", "mt5", "byt5", "umt5"};

}  // namespace

TEST_SUITE("18-t5-small") {
  TEST_CASE("header: its length is the first eight bytes, the least significant first") {
    // 300 = 1 * 256 + 44: a reader of one byte, or of the other order, is elsewhere.
    std::string header = "{}" + std::string(298, ' '), values = "the values";
    std::string file = eight_bytes(300) + header + values;
    Parts parts = cut(bytes_of(file), "file");
    CHECK(parts.header == header);
    REQUIRE_MESSAGE(parts.values.size() == values.size(), "the values begin after the header");
    CHECK(std::memcmp(parts.values.data(), values.data(), values.size()) == 0);
    Parts bare = cut(bytes_of(eight_bytes(2) + "{}"), "file");
    CHECK(bare.values.empty());
  }

  TEST_CASE("header: all eight bytes count") {
    for (int i = 1; i < 8; ++i) {
      INFO("a length of 256 to the power of " << i << " in a file of 20 bytes");
      std::string file = eight_bytes(uint64_t{1} << (8 * i)) + std::string(12, ' ');
      CHECK_THROWS_AS(cut(bytes_of(file), "file"), Error);
    }
  }

  TEST_CASE("header: a file that is cut short, or no safetensors file, is refused by name") {
    for (size_t size = 0; size < 8; ++size) {
      INFO("a file of " << size << " bytes");
      std::string file(size, '\0');
      CHECK(error_of([&] { cut(bytes_of(file), "a/path"); }).find("a/path") == 0);
    }
    // One byte too long; as long as the whole file; so long that adding 8 gives 7.
    for (uint64_t length : {uint64_t{3}, uint64_t{10}, UINT64_MAX, UINT64_MAX - 7}) {
      INFO("a header of " << length << " bytes in a file of 10");
      std::string file = eight_bytes(length) + "{}";
      CHECK(error_of([&] { cut(bytes_of(file), "a/path"); }).find("a/path") == 0);
    }
  }

  TEST_CASE("entry: type, shape and place are those of the header") {
    TensorEntry w = entry(R"({"dtype":"F32","shape":[2,1],"data_offsets":[12,20]})");
    CHECK(w.name == "w");
    CHECK(w.dtype == DType::F32);
    CHECK(w.shape == std::vector<int64_t>{2, 1});
    CHECK(w.size == 8);
    CHECK(w.data - bytes_of(kValues).data() == 12);
    TensorEntry scalar = entry(R"({"dtype":"F64","shape":[],"data_offsets":[16,24]})");
    CHECK(scalar.count() == 1);
    TensorEntry nothing = entry(R"({"dtype":"F16","shape":[3,0],"data_offsets":[24,24]})");
    CHECK(nothing.count() == 0);
  }

  TEST_CASE("entry: what does not add up is refused, with the tensor's name") {
    struct Case {
      const char *json, *what;
    };
    for (const Case& c : {
             Case{R"({"dtype":"F32","shape":[2],"data_offsets":[20,28]})", "ends after the values"},
             Case{R"({"dtype":"F32","shape":[2],"data_offsets":[40,48]})", "begins after them"},
             Case{R"({"dtype":"F32","shape":[0],"data_offsets":[8,4]})", "ends before it begins"},
             Case{R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})", "8 bytes for 3 floats"},
             Case{R"({"dtype":"F16","shape":[2],"data_offsets":[0,8]})", "8 bytes for 2 halves"},
             Case{R"({"dtype":"F32","shape":[],"data_offsets":[0,0]})", "none for a scalar"},
             Case{R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})",
                  "2^64 elements, which are 0 in 64 bits"},
             Case{R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})", "a negative extent"},
         }) {
      INFO(c.what << ": " << c.json);
      CHECK(refusal(c.json).find("file: w") == 0);
    }
    CHECK(refusal(R"({"dtype":"F31","shape":[1],"data_offsets":[0,4]})").find("F31") !=
          std::string::npos);
  }

  TEST_CASE("reader: the files that transformers wrote read as the library reads them") {
    for (std::string variant : kVariants)
      for (std::string file : {"model", "expected"}) {
        std::string path = "tests/fixtures/models/" + variant + "/" + file + ".safetensors";
        INFO(path);
        std::vector<TensorEntry> got = read_tensors(path);
        SafetensorsFile expected = SafetensorsFile::open(path);
        REQUIRE(got.size() == expected.entries().size());
        for (size_t i = 0; i < got.size(); ++i) {
          const TensorEntry& wanted = expected.entries()[i];
          INFO(wanted.name);
          CHECK(got[i].name == wanted.name);
          CHECK(got[i].dtype == wanted.dtype);
          CHECK(got[i].shape == wanted.shape);
          REQUIRE(got[i].size == wanted.size);
          CHECK(std::memcmp(got[i].data, wanted.data, wanted.size) == 0);
        }
      }
  }

  TEST_CASE("reader: of 500 damaged files none is read beyond its end") {
    TemporaryDirectory directory;
    std::string whole = read_file("tests/fixtures/models/t5/model.safetensors");
    Random random(1);
    for (int i = 0; i < 500; ++i) {
      std::string file = whole.substr(0, 8 + random.below(std::ssize(whole) - 8));
      for (int k = 0; k < 3; ++k)
        file[random.below(std::min<int64_t>(std::ssize(file), 5000))] =
            "0123456789\xff"[random.below(11)];
      std::string path = directory.file("damaged.safetensors", file);
      try {
        for (const TensorEntry& e : read_tensors(path)) {
          auto map = std::static_pointer_cast<const MappedFile>(e.owner);
          INFO("the values of ", e.name, " do not lie in the file");
          CHECK(e.data >= map->data());
          CHECK(e.data + e.size <= map->data() + map->size());
        }
      } catch (const Error&) {
      }
    }
  }
}
