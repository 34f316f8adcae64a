// The verbs: English base, third person, past, -ing; French infinitive, present (je, il, nous,
// ils), stem of the imparfait, stem of the futur, participle, auxiliary, reflexive or not, limits.
#include "tensor/error.h"
#include "tutorials/corpora/english_french/lexicon.h"

namespace t5::corpus {
namespace {

constexpr Auxiliary kHave = Auxiliary::kAvoir;
constexpr Auxiliary kBe = Auxiliary::kEtre;
constexpr bool kPlain = false;
constexpr bool kSe = true;

// clang-format off
constexpr Verb kVerbs[] = {
    {"eat", "eats", "ate", "eating",
     "manger", {"mange", "mange", "mangeons", "mangent"},
     "mange", "manger", "mangé", kHave, kPlain, kNoLimits},
    {"drink", "drinks", "drank", "drinking",
     "boire", {"bois", "boit", "buvons", "boivent"},
     "buv", "boir", "bu", kHave, kPlain, kNoLimits},
    {"read", "reads", "read", "reading",
     "lire", {"lis", "lit", "lisons", "lisent"},
     "lis", "lir", "lu", kHave, kPlain, kNoLimits},
    {"write", "writes", "wrote", "writing",
     "écrire", {"écris", "écrit", "écrivons", "écrivent"},
     "écriv", "écrir", "écrit", kHave, kPlain, kNoLimits},
    {"see", "sees", "saw", "seeing",
     "voir", {"vois", "voit", "voyons", "voient"},
     "voy", "verr", "vu", kHave, kPlain, kNoProgress},
    {"look at", "looks at", "looked at", "looking at",
     "regarder", {"regarde", "regarde", "regardons", "regardent"},
     "regard", "regarder", "regardé", kHave, kPlain, kNoLimits},
    {"look for", "looks for", "looked for", "looking for",
     "chercher", {"cherche", "cherche", "cherchons", "cherchent"},
     "cherch", "chercher", "cherché", kHave, kPlain, kNoLimits},
    {"buy", "buys", "bought", "buying",
     "acheter", {"achète", "achète", "achetons", "achètent"},
     "achet", "achèter", "acheté", kHave, kPlain, kNoLimits},
    {"sell", "sells", "sold", "selling",
     "vendre", {"vends", "vend", "vendons", "vendent"},
     "vend", "vendr", "vendu", kHave, kPlain, kNoLimits},
    {"wear", "wears", "wore", "wearing",
     "porter", {"porte", "porte", "portons", "portent"},
     "port", "porter", "porté", kHave, kPlain, kNoLimits},
    {"open", "opens", "opened", "opening",
     "ouvrir", {"ouvre", "ouvre", "ouvrons", "ouvrent"},
     "ouvr", "ouvrir", "ouvert", kHave, kPlain, kNoLimits},
    {"close", "closes", "closed", "closing",
     "fermer", {"ferme", "ferme", "fermons", "ferment"},
     "ferm", "fermer", "fermé", kHave, kPlain, kNoLimits},
    {"love", "loves", "loved", "loving",
     "adorer", {"adore", "adore", "adorons", "adorent"},
     "ador", "adorer", "adoré", kHave, kPlain, kNoProgress | kNoModal | kState},
    {"have", "has", "had", "having",
     "avoir", {"ai", "a", "avons", "ont"},
     "av", "aur", "eu", kHave, kPlain, kNoProgress | kNoModal | kState},
    {"give", "gives", "gave", "giving",
     "donner", {"donne", "donne", "donnons", "donnent"},
     "donn", "donner", "donné", kHave, kPlain, kNoLimits},
    {"show", "shows", "showed", "showing",
     "montrer", {"montre", "montre", "montrons", "montrent"},
     "montr", "montrer", "montré", kHave, kPlain, kNoLimits},
    {"put", "puts", "put", "putting",
     "mettre", {"mets", "met", "mettons", "mettent"},
     "mett", "mettr", "mis", kHave, kPlain, kNoLimits},
    {"sleep", "sleeps", "slept", "sleeping",
     "dormir", {"dors", "dort", "dormons", "dorment"},
     "dorm", "dormir", "dormi", kHave, kPlain, kNoLimits},
    {"play", "plays", "played", "playing",
     "jouer", {"joue", "joue", "jouons", "jouent"},
     "jou", "jouer", "joué", kHave, kPlain, kNoLimits},
    {"work", "works", "worked", "working",
     "travailler", {"travaille", "travaille", "travaillons", "travaillent"},
     "travaill", "travailler", "travaillé", kHave, kPlain, kNoLimits},
    {"sing", "sings", "sang", "singing",
     "chanter", {"chante", "chante", "chantons", "chantent"},
     "chant", "chanter", "chanté", kHave, kPlain, kNoLimits},
    {"go", "goes", "went", "going",
     "aller", {"vais", "va", "allons", "vont"},
     "all", "ir", "allé", kBe, kPlain, kNoLimits},
    {"arrive", "arrives", "arrived", "arriving",
     "arriver", {"arrive", "arrive", "arrivons", "arrivent"},
     "arriv", "arriver", "arrivé", kBe, kPlain, kNoProgress},
    {"fall", "falls", "fell", "falling",
     "tomber", {"tombe", "tombe", "tombons", "tombent"},
     "tomb", "tomber", "tombé", kBe, kPlain, kNoProgress | kNoModal},
    {"come back", "comes back", "came back", "coming back",
     "revenir", {"reviens", "revient", "revenons", "reviennent"},
     "reven", "reviendr", "revenu", kBe, kPlain, kNoLimits},
    {"stay", "stays", "stayed", "staying",
     "rester", {"reste", "reste", "restons", "restent"},
     "rest", "rester", "resté", kBe, kPlain, kNoProgress},
    {"walk", "walks", "walked", "walking",
     "promener", {"promène", "promène", "promenons", "promènent"},
     "promen", "promèner", "promené", kBe, kSe, kNoLimits},
    {"sit", "sits", "sat", "sitting",
     "asseoir", {"assieds", "assied", "asseyons", "asseyent"},
     "assey", "assiér", "assis", kBe, kSe, kNoProgress},
    // used by the grammar itself
    {"be", "is", "was", "being",
     "être", {"suis", "est", "sommes", "sont"},
     "ét", "ser", "été", kHave, kPlain, kNoProgress | kNoModal | kState},
    {"want", "wants", "wanted", "wanting",
     "vouloir", {"veux", "veut", "voulons", "veulent"},
     "voul", "voudr", "voulu", kHave, kPlain, kNoProgress | kNoModal | kState},
    {"can", "can", "could", "",
     "pouvoir", {"peux", "peut", "pouvons", "peuvent"},
     "pouv", "pourr", "pu", kHave, kPlain, kNoProgress | kNoModal | kState},
    {"must", "must", "", "",
     "devoir", {"dois", "doit", "devons", "doivent"},
     "dev", "devr", "dû", kHave, kPlain, kNoProgress | kNoModal | kState},
    {"think", "thinks", "thought", "thinking",
     "penser", {"pense", "pense", "pensons", "pensent"},
     "pens", "penser", "pensé", kHave, kPlain, kNoModal},
    {"say", "says", "said", "saying",
     "dire", {"dis", "dit", "disons", "disent"},
     "dis", "dir", "dit", kHave, kPlain, kNoModal},
    {"know", "knows", "knew", "knowing",
     "savoir", {"sais", "sait", "savons", "savent"},
     "sav", "saur", "su", kHave, kPlain, kNoModal},
};
// clang-format on

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb& verb(std::string_view base) {
  for (const Verb& v : kVerbs)
    if (v.base == base) return v;
  fail("lexicon: no verb '{}'", base);
}

}  // namespace t5::corpus
