// From text to ids: Viterbi's algorithm step by step, how scores are learnt, a vocabulary, the
// lattice of a word, bytes, sentinels, and what padding costs.
#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "t5/text/normalizer.h"
#include "t5/text/tokenizer.h"
#include "t5/text/unigram.h"
#include "tensor/error.h"
#include "tensor/random.h"
#include "tutorials/07-tokens/em.h"
#include "tutorials/07-tokens/lattice.h"
#include "tutorials/07-tokens/viterbi.h"
#include "tutorials/corpora/english_french/corpus.h"

using namespace t5;

namespace {

using Ids = std::vector<int32_t>;

std::string cut(const Tokenizer& tokenizer, const std::string& text) {
  std::string out;
  for (int32_t id : tokenizer.encode(text)) out += fmt::format(" {} {},", tokenizer.piece(id), id);
  out.pop_back();
  return out;
}

void show_encodings(const Tokenizer& tokenizer) {
  for (const char* text : {"The cat sat on the mat.", "Ils mangeraient.", "Ω, the  cat",
                           "The <extra_id_0> sat on <extra_id_1>."})
    fmt::print("{:40}{}\n", text, cut(tokenizer, text));
  auto bytes = make_byte_tokenizer();
  fmt::print("{:40}{}\n\n", "été, in bytes", cut(*bytes, "été"));
}

// The best path to every place in a word, and the picture.
void show_lattice(const std::string& serialized, const std::string& word,
                  const std::string& folder) {
  PieceModel model = read_piece_model(serialized, "demo");
  std::string text = Normalizer(model)(word);
  Unigram unigram(model, 2);
  std::vector<Edge> edges = edges_of(model, text);
  std::vector<BestPath> best = unigram.best_paths(text);
  fmt::print("{}: {} pieces stand in it, {} ways to cut it\n", text, edges.size(),
             path_count(edges, text));
  fmt::print("place   best score   last piece\n");
  for (size_t end = 1; end <= text.size(); ++end)
    if (best[end].id >= 0)
      fmt::print("{:5}   {:10.2f}   {}\n", end, best[end].score, model.pieces[best[end].id].text);
  std::vector<Part> parts = unigram.segment(text);
  fmt::print("backwards from the end:");
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) fmt::print(" {}", part->text);
  fmt::print("\n\n");
  write_file(folder + "/lattice.svg", lattice_svg(model, text, parts));
}

void show_viterbi(const std::string& folder) {
  std::vector<std::string> steps = viterbi_svgs();
  write_file(folder + "/viterbi.svg", steps.back());
  for (size_t i = 0; i < steps.size(); ++i)
    write_file(fmt::format("{}/viterbi-{}.svg", folder, i + 1), steps[i]);
}

void compare(const std::string& serialized, const std::vector<std::string>& texts) {
  sentencepiece::SentencePieceProcessor theirs;
  check(theirs.LoadFromSerializedProto(serialized).ok(), "SentencePiece refuses the vocabulary");
  auto ours = make_sentencepiece_tokenizer(serialized, "demo");
  size_t equal = 0, characters = 0, ids = 0;
  for (const std::string& text : texts) {
    Ids encoded = ours->encode_without_eos(text);
    equal += encoded == theirs.EncodeAsIds(text);
    characters += text.size(), ids += encoded.size();
  }
  fmt::print("ids equal to SentencePiece's: {} of {} sentences\n", equal, texts.size());
  fmt::print("{} bytes became {} ids: {:.1f} bytes an id\n\n", characters, ids,
             static_cast<double>(characters) / static_cast<double>(ids));
}

// The share of rows that are padding when each batch is as wide as its longest sequence.
double padding(const std::vector<int64_t>& lengths, size_t batch) {
  int64_t used = 0, all = 0;
  for (size_t begin = 0; begin < lengths.size(); begin += batch) {
    size_t end = std::min(begin + batch, lengths.size());
    int64_t longest = *std::max_element(&lengths[begin], &lengths[0] + end);
    for (size_t i = begin; i < end; ++i) used += lengths[i], all += longest;
  }
  return 1 - static_cast<double>(used) / static_cast<double>(all);
}

void show_padding(const std::vector<int64_t>& lengths, const std::string& folder) {
  std::vector<int64_t> sorted = lengths, shuffled = lengths;
  std::sort(sorted.begin(), sorted.end());
  Random(1).shuffle(shuffled);
  ChartSeries random{"as they come", {}, ChartSeries::Style::kMarked}, similar = random,
                                                                       none = random;
  similar.name = "sorted by length", none.name = "laid end to end";
  fmt::print("rows that are padding\nbatch   as they come   sorted by length   laid end to end\n");
  for (size_t batch : {1, 2, 4, 8, 16, 32, 64, 128}) {
    double share = 100 * padding(shuffled, batch), share_sorted = 100 * padding(sorted, batch);
    fmt::print("{:5}   {:10.1f} %   {:14.1f} %   {:13} %\n", batch, share, share_sorted, 0);
    auto x = static_cast<double>(batch);
    random.points.push_back({x, share});
    similar.points.push_back({x, share_sorted});
    none.points.push_back({x, 0});
  }
  write_file(folder + "/padding.svg", chart_svg({"What padding costs",
                                                 "sentences in a batch",
                                                 "padding, % of all rows",
                                                 {random, similar, none},
                                                 false,
                                                 true}));
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  std::vector<std::string> texts;
  for (const auto& pair : corpus::make_english_french({.train = 5000}).train)
    texts.push_back(pair.english), texts.push_back(pair.french);
  std::string serialized = train_sentencepiece(texts, {.vocab_size = 400});
  auto tokenizer = make_sentencepiece_tokenizer(serialized, "demo");
  fmt::print("{} sentences, a vocabulary of {} pieces and {} sentinels\n\n", texts.size(),
             tokenizer->vocab_size() - 100, 100);
  show_encodings(*tokenizer);
  show_viterbi(folder);
  show_lattice(serialized, "mangeraient", folder);
  fmt::print("{}\n", em_table());
  compare(serialized, texts);
  std::vector<int64_t> lengths;
  for (const std::string& text : texts) lengths.push_back(std::ssize(tokenizer->encode(text)));
  show_padding(lengths, folder);
} catch (const Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
