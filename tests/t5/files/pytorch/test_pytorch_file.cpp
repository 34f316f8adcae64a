// Files of torch.save: those that PyTorch wrote (tests/parity/make_file_fixtures.py), and those
// that nobody should open.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "t5/files/pytorch/pytorch_file.h"
#include "t5/files/pytorch/zip.h"
#include "tests/support.h"
#include "tests/t5/files/pytorch/torch_file.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;
using namespace std::string_literals;
using namespace t5::testing;

const std::string kFixtures = "tests/fixtures/files/";

std::vector<double> values_of(const std::vector<TensorEntry>& entries, const std::string& name) {
  const TensorEntry* entry = find_entry(entries, name);
  REQUIRE_MESSAGE(entry != nullptr, name);
  std::vector<double> values(entry->count());
  read_entry(*entry, values.data());
  return values;
}

// The fixture tensors.bin as its author meant it.
void check_tensors(const std::vector<TensorEntry>& entries) {
  CHECK(entries.size() == 10);
  CHECK(values_of(entries, "a") == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(values_of(entries, "alias") == values_of(entries, "a"));
  CHECK(find_entry(entries, "alias")->data == find_entry(entries, "a")->data);
  CHECK(values_of(entries, "transposed") == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(find_entry(entries, "transposed")->shape == std::vector<int64_t>{3, 2});
  CHECK(values_of(entries, "row") == std::vector<double>{3, 4, 5});
  CHECK(values_of(entries, "half") == std::vector<double>{0.0999755859375, -2});
  CHECK(values_of(entries, "brain") == std::vector<double>{0.10009765625, -2});
  CHECK(values_of(entries, "scalar") == std::vector<double>{3.25});
  CHECK(find_entry(entries, "scalar")->shape.empty());
  CHECK(values_of(entries, "parameter") == std::vector<double>{1, 0.5});
  CHECK(find_entry(entries, "integers")->dtype == DType::I64);
  CHECK(find_entry(entries, "empty")->shape == std::vector<int64_t>{0, 3});
  CHECK(find_entry(entries, "empty")->size == 0);
}

constexpr int64_t kHuge = INT64_MAX;

// An archive of this pickle and one storage of 6 floats, opened. The message of the refusal.
std::string refusal_of(const std::string& pickle) {
  TemporaryDirectory directory;
  std::string archive = zip_of({{"m/data.pkl", pickle}, {"m/data/0", std::string(24, '\0')}});
  return error_of([&] { read_pytorch(directory.file("m.bin", archive)); });
}
std::string refusal_of_tensor(const std::string& value) {
  return refusal_of("\x80\x02}" + text("w") + value + "s.");
}
bool says(const std::string& message, const std::string& part) {
  INFO(message);
  bool found = message.find(part) != std::string::npos;
  CHECK_MESSAGE(found, part);
  return found;
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("files that PyTorch wrote read as their author meant them, zip64 or not") {
    check_tensors(read_pytorch(kFixtures + "tensors.bin"));
    check_tensors(read_pytorch(kFixtures + "zip32.bin"));
    auto module = read_pytorch(kFixtures + "module.bin");
    REQUIRE(module.size() == 2);
    CHECK(module[0].name == "bias");  // sorted
    CHECK(module[1].shape == std::vector<int64_t>{2, 2});
    CHECK(module[1].owner != nullptr);
    CHECK(module[1].is_in_place());
  }

  TEST_CASE("formats of other programs and other times are refused with the remedy") {
    CHECK_THROWS_WITH_AS(read_pytorch(kFixtures + "legacy.bin"),
                         Contains("before 1.6; save it again there: torch.save("), Error);
    CHECK_THROWS_WITH_AS(read_pytorch(kFixtures + "compressed.bin"), Contains("compressed"), Error);
    CHECK_THROWS_WITH_AS(read_pytorch("README.md"), Contains("not a file of torch.save"), Error);
    TemporaryDirectory directory;
    directory.file("other.zip", zip_of({{"readme.txt", "not a model"}}));
    CHECK_THROWS_WITH_AS(read_pytorch(directory / "other.zip"), Contains("no data.pkl"), Error);
  }

  TEST_CASE("a precision that cannot hold a value is refused, not filled with infinity") {
    std::vector<float> a = {1, 70000};
    TensorEntry entry{"w", DType::F32, {2}, reinterpret_cast<std::byte*>(a.data()), 8};
    CHECK_THROWS_WITH_AS(converted(entry, DType::F16), Contains("w: holds 70000"), Error);
    CHECK_NOTHROW(converted(entry, DType::BF16));
  }

  TEST_CASE("a pickle that asks for anything but tensors is refused by name, and not run") {
    says(refusal_of("\x80\x02"
                    "cos\nsystem\n(" +
                    text("touch /tmp/owned") + "tR."),
         "asks for os.system");
    says(refusal_of("\x80\x02"
                    "c__builtin__\neval\n."),
         "asks for __builtin__.eval");
    says(refusal_of("\x80\x02"
                    "ctorch\nload\n."),
         "asks for torch.load");
    says(refusal_of_tensor(storage(integer(6), "torch\nComplexFloatStorage\n")),
         "torch.ComplexFloatStorage");
    says(refusal_of_tensor(storage(integer(6), "collections\nOrderedDict\n")),
         "collections.OrderedDict is not the type of a storage");
    // An error is one line, and does not command the terminal.
    CHECK(
        refusal_of("\x80\x02}" + text("a\nb\x1b[2J") + "Ns.").ends_with("as a?b?[2J, found None"));
    says(refusal_of("\x80\x04."), "protocol 4 is not 2");
    says(refusal_of("\x80\x02]."), "operation 0x5d");
  }

  TEST_CASE("a window that leaves its storage is refused, however its numbers overflow") {
    auto six = storage(integer(6));
    CHECK(refusal_of_tensor(tensor(six, integer(0), integer(6), integer(1))) == "no error");
    says(refusal_of_tensor(tensor(six, integer(0), integer(7), integer(1))),
         "leaves its storage of 6");
    says(refusal_of_tensor(tensor(six, integer(1), integer(6), integer(1))),
         "leaves its storage of 6");
    says(refusal_of_tensor(tensor(six, integer(0), integer(2), integer(6))),
         "leaves its storage of 6");
    says(refusal_of_tensor(tensor(six, large(-1), integer(2), integer(1))), "leaves its storage");
    says(refusal_of_tensor(tensor(six, integer(0), large(-1), integer(1))),
         "an extent or stride is -1");
    says(refusal_of_tensor(tensor(six, integer(0), large(kHuge), large(kHuge))), "is too large");
    says(refusal_of_tensor(tensor(six, large(kHuge), integer(1), integer(1))),
         "offset 9223372036854775807 is too large");
    says(refusal_of_tensor(tensor(six, integer(0), large(kHuge), integer(0))), "is too large");
    says(refusal_of_tensor(tensor(storage(integer(7)), integer(0), integer(6), integer(1))),
         "its storage of 7 F32 elements has 24 bytes");
    says(refusal_of_tensor(tensor(storage(large(-1)), integer(0), integer(6), integer(1))),
         "its storage of -1");
    says(refusal_of_tensor(tensor(six, integer(0), integer(6), "")), "1 extents and 0 strides");
    // A row of zeros read a million times: more numbers than the file could hold.
    says(refusal_of_tensor(tensor(six, integer(0), "J\0\0\x10\0"s, integer(0))),
         "more than 4 times");
  }

  TEST_CASE("a pickle that is cut, or takes what is not there, is refused") {
    std::string whole = "\x80\x02}(" + text("w") +
                        tensor(storage(integer(6)), integer(0), integer(6), integer(1)) + "u.";
    CHECK(refusal_of(whole) == "no error");
    for (size_t size = 0; size < whole.size(); ++size)
      says(refusal_of(whole.substr(0, size)), "data.pkl: ends in the middle");
    says(refusal_of("\x80\x02."), "takes more from its stack");
    says(refusal_of("\x80\x02t."), "takes more from its stack");
    says(refusal_of("\x80\x02s."), "takes more from its stack");
    says(refusal_of("\x80\x02h\x05."), "asks for value 5");
    says(refusal_of("\x80\x02N."), "expected a dictionary as the whole, found None");
    says(refusal_of_tensor(integer(3)), "expected a tensor as w, found an integer");
    says(refusal_of("\x80\x02X\xff\xff\xff\x7f"), "too long for a name");
    std::string two = "\x80\x02}(" + text("w");
    two += tensor(storage(integer(6)), integer(0), integer(6), integer(1)) + "q\x01" + text("w") +
           "h\x01u.";
    says(refusal_of(two), "w: two tensors have this name");
  }

  TEST_CASE("a damaged archive is refused at every length and for every offset out of it") {
    TemporaryDirectory directory;
    std::string whole = zip_of({{"m/data.pkl", "\x80\x02}."}, {"m/data/0", "0123456789"}});
    std::string path = directory.file("m.bin", whole);
    CHECK(read_pytorch(path).empty());
    auto members = read_zip(*MappedFile::open(path));
    REQUIRE(members.size() == 2);
    for (size_t size = 1; size < whole.size(); ++size) {
      CAPTURE(size);
      directory.file("cut.bin", whole.substr(0, size));
      CHECK_THROWS_AS(read_pytorch(directory / "cut.bin"), Error);
    }
    // A member that claims to be larger: its size stands twice behind its name in the directory.
    std::string large_member = whole, thousand = bytes_of(int64_t{1000});
    large_member.replace(whole.rfind("m/data/0") + 8 + 4, 16, thousand + thousand);
    directory.file("large.bin", large_member);
    CHECK_THROWS_WITH_AS(read_pytorch(directory / "large.bin"),
                         Contains("1000 bytes at 82 end after the file"), Error);
    // The eight bytes of the directory's offset stand 20 + 22 + 8 bytes before the end.
    whole.replace(whole.size() - 50, 8, bytes_of(kHuge));
    directory.file("far.bin", whole);
    CHECK_THROWS_WITH_AS(read_pytorch(directory / "far.bin"), Contains("end after the file"),
                         Error);
  }
}

}  // namespace t5
