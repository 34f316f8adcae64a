// Implementations with one mistake each: the divergence finder says where, and why.
#include "tutorials/18-t5-small/other.h"

#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::lesson;

TEST_SUITE("18-t5-small") {
  TEST_CASE("others: each mistake is found in the state where it first shows, and named") {
    Config config = preset_config("tiny");
    config.vocab_size = 50;
    auto model = make_model(config, 1);
    std::vector<TokenPair> pairs(2);
    for (Id i = 0; i < 12; ++i) pairs[0].input.push_back(2 + i);
    for (Id i = 0; i < 7; ++i) pairs[1].input.push_back(20 + i), pairs[0].target.push_back(30 + i);
    pairs[1].target = {4, 5, 1};
    struct Found {
      const char *first, *cause;
    };
    const Found expected[] = {{"", ""},
                              {"encoder.block.0.output", "relative_attention_max_distance is 64"},
                              {"encoder.block.0.output", "layer_norm_epsilon is 1e-05"},
                              {"encoder.block.0.output", "divided by sqrt(d_kv)"},
                              {"encoder.block.0.output", "only rows with padded inputs differ"},
                              {"decoder.block.0.output", "the decoder starts with id 1"},
                              {"decoder.block.1.output", "block 1 has the weights of block 0"},
                              {"decoder.block.1.output", "this block's weights"},
                              {"logits", "they do not scale the decoder's output"},
                              {"loss", "padded labels (-100) count in the loss"}};
    TemporaryDirectory directory;
    std::vector<Other> all = others(*model);
    REQUIRE(all.size() == std::size(expected));
    for (size_t i = 0; i < all.size(); ++i) {
      INFO(all[i].mistake.description);
      write_dump(directory / "states", all[i], pairs);
      bool small = all[i].mistake.description.starts_with("epsilon");
      Divergence found =
          find_divergence(*model, Dump(directory / "states", config), small ? 1e-6 : 1e-5);
      CHECK(found.first == expected[i].first);
      CHECK_MESSAGE(found.cause.find(expected[i].cause) != std::string::npos, found.cause);
    }
  }
}
