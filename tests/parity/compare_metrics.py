"""Compares t5 metrics with the packages that the metrics are known by.

    build/oracle/bin/python tests/parity/compare_metrics.py build/t5 [--freeze] [--cases N]

sacreBLEU (BLEU, chrF, TER, confidence, both paired tests), rouge_score, NLTK's stemmer, the
definitions of SQuAD's two scripts, scikit-learn, SciPy, seqeval: 500 cases each, odd texts among
them. The paired tests are given our random numbers, and
sum in float64. `--freeze` writes a few cases of each kind to
tests/fixtures/metrics instead.

Left out: a capital sigma at the end of a word, whose small form Python chooses by its place, and
characters newer than Unicode 14, our table's.
"""

import argparse
import collections
import json
import math
import os
import random
import re
import string
import subprocess
import tempfile
import warnings

import numpy as np
import sacrebleu.significance
import scipy.stats
import seqeval.metrics
import sklearn.metrics
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

warnings.filterwarnings("ignore")
TOLERANCE = 1e-6
WORDS = """the a an cat cats sat on mat dog runs running ran quickly The A Cat. (hello) it's don't
relational happily flies dying skies news 1,000 3.14 5. 7, 2-3 10-fold x-ray e.g. U.S. "quoted" 'tis
... !? -- & &amp; &lt;b&gt; &quot; <skipped> a/b a_b $5 50% #1 @home ~ ^ [x] {y} \\ | ` = + * € £5
₂ ½ ² Ⅷ ① Ⓐ naïve Éclair ﬁn œuvre straße İstanbul ΑΩ Привет мир 今天 天气 真好 今天天气真好。 「引用」
、 ， 。 ！ かな カタカナ 한국어 ไทย हिन्दी مرحبا ، 😊 👩‍👩‍👧 a\u0301 \u200b \u00ad ‘the’ “an” – — … the.a
A-b THE!THE k K K Å""".split()
SPACES = [" "] * 12 + ["  ", "\t", "\u00a0", "\u3000", "\u2009", "\x1f", "\x85", "\u2028"]


def text(rng, words=WORDS, most=14):
    length = rng.choice([0, 1, 2, 3, 5, 8, most, most, most])
    few = rng.sample(words, min(len(words), rng.choice([3, 8, len(words)])))
    out = "".join(rng.choice(few) + rng.choice(SPACES) for _ in range(length))
    return out if rng.random() < 0.1 else out.strip()


def damaged(rng, line):
    """A text near another: words dropped, doubled, changed, moved as a run."""
    words = line.split()
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        if not words:
            break
        at, kind = rng.randrange(len(words)), rng.randrange(4)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            words[at] = rng.choice(WORDS)
        else:
            run = words[at:at + rng.randint(1, 4)]
            del words[at:at + len(run)]
            to = rng.randint(0, len(words))
            words[to:to] = run
    return " ".join(words)


def corpus(rng, references=None, most=14):
    """Predictions, and for each the same number of references."""
    count = references or rng.choice([1, 1, 2, 3])
    right, predictions = [], []
    for _ in range(rng.choice([1, 2, 5, 9])):
        first = text(rng, most=most)
        right.append([first] + [rng.choice([damaged(rng, first), text(rng)])
                                for _ in range(count - 1)])
        predictions.append(rng.choice([damaged(rng, first), damaged(rng, first), text(rng), ""]))
    return predictions, right


def streams(references):
    return [list(stream) for stream in zip(*references)]


def flags(options):
    out = []
    for name, value in options.items():
        out.append("--" + name.replace("_", "-"))
        if value is not True:
            out.append(str(value))
    return out


def bleu_case(rng, number):
    options = {"tokenize": ["13a", "intl", "char", "none"][number % 4],
               "smooth_method": rng.choice(["exp", "exp", "floor", "add-k", "none"])}
    if options["smooth_method"] in ("floor", "add-k") and rng.random() < 0.5:
        options["smooth_value"] = rng.choice([0.5, 0.01, 2.0])
    if rng.random() < 0.3:
        options["lowercase"] = True
    predictions, references = corpus(rng)
    score = BLEU(**options).corpus_score(predictions, streams(references)).score
    return options, predictions, references, {"bleu": score}


def chrf_case(rng, number):
    options = [{}, {"chrf_word_order": 2}, {"lowercase": True},
               {"chrf_word_order": 1, "chrf_char_order": 4, "chrf_beta": 1}][number % 4]
    predictions, references = corpus(rng)
    metric = CHRF(**{name.removeprefix("chrf_"): value for name, value in options.items()})
    return options, predictions, references, {
        "chrf": metric.corpus_score(predictions, streams(references)).score}


def shuffled(rng, words):
    """Runs of up to 14 words moved, and a few words changed: what TER's limits and ties are about."""
    words = list(words)
    for _ in range(rng.choice([1, 2, 4])):
        at, length = rng.randrange(len(words)), rng.randint(1, 14)
        run, words[at:at + length] = words[at:at + length], []
        to = rng.randint(0, len(words))
        words[to:to] = run
        words[rng.randrange(len(words))] = rng.choice(words)
    return words


def ter_case(rng, number):
    predictions, references = corpus(rng, most=rng.choice([14, 14, 90]))
    if number % 2:  # few different words, often: many moves to choose from
        names = [chr(ord("a") + k) for k in range(rng.choice([2, 4, 12, 26]))]
        right = [[rng.choice(names) for _ in range(rng.choice([6, 12, 30, 45]))] for _ in range(3)]
        references = [[" ".join(words)] for words in right]
        predictions = [" ".join(shuffled(rng, words)) for words in right]
    return {}, predictions, references, {
        "ter": TER().corpus_score(predictions, streams(references)).score}


def rouge_case(rng, number):
    """Through the program, whose texts are lines, rougeLsum sees one sentence; frozen, several."""
    options = {"stemmer": True} if number % 2 else {}
    kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    predictions, references = corpus(rng)
    if FREEZE:
        break_up = lambda line: "".join(rng.choice([" ", " ", "\n"]) if c == " " else c for c in line)
        predictions = [break_up(line) for line in predictions]
        references = [[break_up(line) for line in lines] for lines in references]
    scorer = RougeScorer(kinds, use_stemmer=bool(options))
    scores = [scorer.score_multi(right, said) for said, right in zip(predictions, references)]
    return options, predictions, references, {
        kind: float(np.mean([score[kind].fmeasure for score in scores])) for kind in kinds}


def normal(answer):
    letters = "".join(c for c in answer.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", letters).split()


def squad_f1(said, right):
    said, right = normal(said), normal(right)
    if not said or not right:
        return float(said == right)
    same = sum((collections.Counter(said) & collections.Counter(right)).values())
    precision, recall = same / len(said), same / len(right)
    return 2 * precision * recall / (precision + recall) if same else 0.0


def squad_case(rng, number):
    predictions, references = corpus(rng, most=5)
    em, f1, exact = [], [], []
    for said, right in zip(predictions, references):
        exact.append(any(said.split() == r.split() for r in right))
        right = [answer for answer in right if normal(answer)] or [""]
        em.append(max(normal(said) == normal(answer) for answer in right))
        f1.append(max(squad_f1(said, answer) for answer in right))
    return {}, predictions, references, {"squad_em": float(np.mean(em)),
                                         "squad_f1": float(np.mean(f1)),
                                         "exact_match": float(np.mean(exact))}


LABELS = ["positive", "negative", "not a label", "neutral", "今天", "É", "2", "10", "a" * 20]


def labels_case(rng, number):
    labels = rng.sample(LABELS, rng.choice([1, 2, 2, 3, 5]))
    count = rng.choice([1, 2, 10, 60])
    right = [rng.choice(labels[:rng.randint(1, len(labels))]) for _ in range(count)]
    said = [r if rng.random() < 0.6 else rng.choice(labels) for r in right]
    expected = {"accuracy": sklearn.metrics.accuracy_score(right, said),
                "matthews": sklearn.metrics.matthews_corrcoef(right, said)}
    for average in ("macro", "micro", "weighted"):
        expected["f1_" + average] = sklearn.metrics.f1_score(right, said, average=average)
    expected["f1"] = sklearn.metrics.f1_score(right, said, labels=labels[:1], average=None)[0]
    return {"report": True, "pos_label": labels[0]}, said, [[r] for r in right], {
        name: float(value) for name, value in expected.items()}


def numbers_case(rng, number):
    count = rng.choice([2, 3, 10, 40])
    draw = [lambda: rng.gauss(0, 1), lambda: rng.randint(0, 5) * 0.2, lambda: 3.0,
            lambda: rng.gauss(1e6, 1e-3)][rng.choice([0, 0, 1, 1, 2, 3])]
    right = [draw() for _ in range(count)]
    said = [r + rng.choice([0, 0.2, -0.4, rng.gauss(0, 1)]) for r in right]
    if rng.random() < 0.1:
        said = [5.0] * count
    expected = {"pearson": scipy.stats.pearsonr(right, said).statistic,
                "spearman": scipy.stats.spearmanr(right, said).statistic}
    return {}, [repr(s) for s in said], [[repr(r)] for r in right], {
        name: None if math.isnan(value) else float(value) for name, value in expected.items()}


TAGS = ["O", "O"] + [kind + "-" + name for kind in "BIES" for name in ("PER", "LOC", "A-B")] + ["B", "I"]


def entities_case(rng, number):
    right, said = [], []
    for _ in range(rng.choice([1, 3, 8])):
        kinds = rng.sample(TAGS, rng.choice([3, 6, len(TAGS)]))
        right.append([rng.choice(kinds) for _ in range(rng.choice([1, 4, 9]))])
        said.append([r if rng.random() < 0.7 else rng.choice(TAGS) for r in right[-1]])
    return {}, [" ".join(s) for s in said], [[" ".join(r)] for r in right], {
        "entity_f1": float(seqeval.metrics.f1_score(right, said))}


KINDS = {"BLEU": bleu_case, "chrF": chrf_case, "TER": ter_case, "ROUGE": rouge_case,
         "SQuAD": squad_case, "labels": labels_case, "numbers": numbers_case,
         "entities": entities_case}


def run(folder, program, predictions, references, names, options):
    """What t5 metrics says of one case: its JSON, or its text when the report is asked for."""
    files = {"said": predictions, **{f"right{k}": s for k, s in enumerate(streams(references))}}
    for name, lines in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.writelines(line + "\n" for line in lines)
    command = [program, "metrics", "--predictions", "said", "--metrics", ",".join(names),
               "--references", *list(files)[1:], *flags(options)]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, (command, predictions, references, done.stderr)
    return done.stdout


def gap(got, expected):
    if got is None or expected is None:
        return 0.0 if got is expected else math.inf
    return abs(got - expected)


def compare_kind(name, make, program, folder, cases):
    worst = 0.0
    for number in range(cases):
        rng = random.Random(f"{name} {number}")
        options, predictions, references, expected = make(rng, number)
        answer = json.loads(run(folder, program, predictions, references, expected,
                                {"json": True, **options}))
        for metric, value in expected.items():
            error = gap(answer[metric], value)
            if not error <= TOLERANCE:
                print(f"{name} {number} {options}: {metric} {answer[metric]} instead of {value}: "
                      f"{predictions} {references}"[:1500])
            worst = max(worst, error)
        if "report" in options:
            worst = max(worst, compare_report(program, folder, predictions, references, answer))
    print(f"{name:10} {cases} cases, largest difference {worst:.1e}")
    return worst


def compare_report(program, folder, predictions, references, answer):
    """The report letter for letter, and the confusion matrix. Where nothing at all is right,
    scikit-learn writes its counts as 1.0, and we as 1."""
    right = [r[0] for r in references]
    report = sklearn.metrics.classification_report(right, predictions)
    report = re.sub(r"  (\d+)\.0$", r"    \1", report, flags=re.M)
    said = run(folder, program, predictions, references, ["accuracy"], {"report": True})
    matrix = sklearn.metrics.confusion_matrix(right, predictions, labels=answer["labels"]).tolist()
    same = report + "\n" in said and matrix == answer["confusion_matrix"]
    if not same:
        print(f"report: {said}instead of\n{report}")
    return 0.0 if same else math.inf


MASK = (1 << 64) - 1


def mixed(z):
    """tensor/random.h, on arrays."""
    z = np.asarray(z, dtype=np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class InDoubles:
    """numpy, without the rounding to float32 that sacreBLEU sums its counts in."""

    def __getattr__(self, name):
        return getattr(np, name)

    def array(self, values, dtype=None):
        return np.array(values, dtype=np.float64 if dtype == "float32" else dtype)


class OurNumbers:
    """numpy's generator as sacreBLEU uses it, with the draws of t5/metrics/bootstrap.cpp."""

    def __init__(self, seed):
        self.key = int(mixed(seed))

    def draws(self, below, rows, columns):
        golden = 0x9E3779B97F4A7C15
        out = np.empty((rows, columns), dtype=np.int64)
        for k in range(rows):
            seed = int(mixed(((~self.key & MASK) + (k + 1) * golden) & MASK))
            key = np.uint64(int(mixed(seed)))
            with np.errstate(over="ignore"):
                steps = np.arange(1, columns + 1, dtype=np.uint64) * np.uint64(golden)
                out[k] = mixed(key + steps) % np.uint64(below)
        return out

    def choice(self, n, size, replace):
        return self.draws(n, *size)

    def integers(self, below, size, dtype):
        return self.draws(below, *size).astype(dtype)


def compare_tests(program, folder, cases):
    """Confidence and the two paired tests, of BLEU, chrF and TER."""
    sacrebleu.significance.np = InDoubles()
    np.random.default_rng = OurNumbers
    worst = 0.0
    for number in range(cases):
        rng = random.Random(f"tests {number}")
        count = rng.choice([5, 20, 60])
        right = [text(rng, WORDS[:40]) or "x" for _ in range(count)]
        first, second = ([damaged(rng, r) for r in right] for _ in range(2))
        test = ["bs", "ar"][number % 2]
        metrics = {"bleu": BLEU(), "chrf": CHRF(), "ter": TER()}
        paired = sacrebleu.significance.PairedTest(
            [("baseline", second), ("system", first)], metrics, [right], test_type=test,
            n_samples=50, n_ar_confidence=50)
        with open(os.path.join(folder, "second"), "w", encoding="utf-8", newline="") as file:
            file.writelines(line + "\n" for line in second)
        answer = json.loads(run(folder, program, first, [[r] for r in right], list(metrics), {
            "json": True, "confidence": True, "confidence_n": 50, "baseline": "second",
            "paired_test": test, "paired_n": 50}))
        for (_, results), name in zip(list(paired()[1].items())[1:], metrics):
            for key, value in (("", results[1].score), ("_baseline", results[0].score),
                               ("_p_value", results[1].p_value), ("_mean", results[1].mean),
                               ("_confidence", results[1].ci)):
                error = gap(answer[name + key], float(value)) / max(1, abs(float(value)))
                if not error <= TOLERANCE:
                    print(f"tests {number} {test}: {name + key} {answer[name + key]} instead of {value}")
                worst = max(worst, error)
    print(f"{'tests':10} {cases} cases, largest relative difference {worst:.1e}")
    return worst


def compare_stems(program, folder):
    """Every stem of a long list: ROUGE of a word and its stem is 1 when ours is the same."""
    rng = random.Random("stems")
    ends = """s es ies ied eed ed ing ational tional enci anci izer bli abli alli entli eli ousli
        ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative
        alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent sion tion ion ou
        ism ate iti ous ive ize e ll y ly""".split()
    words = {"".join(rng.choice("bcdfghlmnprstvwxyzaeiou") for _ in range(rng.randint(1, 6))) +
             "".join(rng.sample(ends, rng.choice([0, 1, 1, 2]))) for _ in range(30000)}
    words |= set("skies sky dying lying tying news innings inning outings outing cannings canning howe "
                 "proceed exceed succeed theology geology happy enjoy yyyy syzygy".split())
    words |= {word for path in ("/usr/share/dict/words", "README.md", "docs/architecture.md")
              if os.path.exists(path) for word in open(path, encoding="utf-8").read().lower().split()
              if word.isascii() and word.isalpha()}
    words = sorted(word for word in words if len(word) > 3)
    stemmer = PorterStemmer()
    stems = [stemmer.stem(word) for word in words]
    # A word that ROUGE leaves alone stands for the stem: its letters beside the word's own stem.
    told = subprocess.run([program, "metrics", "--help"], capture_output=True, encoding="utf-8")
    assert "--stemmer" in told.stdout
    wrong = 0
    for begin in range(0, len(words), 2000):
        some, theirs = words[begin:begin + 2000], stems[begin:begin + 2000]
        fixed = [stem if len(stem) <= 3 or stemmer.stem(stem) == stem else None for stem in theirs]
        pairs = [(word, stem) for word, stem in zip(some, fixed) if stem]
        score = json.loads(run(folder, program, [p[0] for p in pairs], [[p[1]] for p in pairs],
                               ["rouge1"], {"json": True, "stemmer": True}))["rouge1"]
        if score != 1:
            for word, stem in pairs:
                one = json.loads(run(folder, program, [word], [[stem]], ["rouge1"],
                                     {"json": True, "stemmer": True}))["rouge1"]
                if one != 1:
                    wrong += 1
                    print(f"stems: {word}: not {stem}")
    print(f"{'stems':10} {len(words)} words, {wrong} different")
    return math.inf if wrong else 0.0


# Of each kind the first 40 cases are frozen; of TER also those that a wrong beam or a wrong move shows.
FROZEN = {"TER": [*range(34), 64, 65, 107, 173, 191, 211]}


def freeze():
    folder = "tests/fixtures/metrics"
    os.makedirs(folder, exist_ok=True)
    cases = []
    for name, make in KINDS.items():
        for number in FROZEN.get(name, range(40)):
            options, predictions, references, expected = make(random.Random(f"{name} {number}"), number)
            options.pop("report", None)
            cases.append({"options": options, "predictions": predictions, "references": references,
                          "expected": expected})
    with open(os.path.join(folder, "cases.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases")


parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--freeze", action="store_true")
parser.add_argument("--cases", type=int, default=500)
parser.add_argument("--only", default="")
arguments = parser.parse_args()
FREEZE = arguments.freeze
if FREEZE:
    freeze()
    raise SystemExit
program = os.path.abspath(arguments.program)
with tempfile.TemporaryDirectory() as folder:
    worst = [compare_kind(name, make, program, folder, arguments.cases)
             for name, make in KINDS.items() if arguments.only in name]
    if arguments.only in "tests":
        worst.append(compare_tests(program, folder, arguments.cases))
    if arguments.only in "stems":
        worst.append(compare_stems(program, folder))
print(f"metrics: {len(worst)} kinds, largest difference {max(worst):.1e}")
raise SystemExit(not max(worst) <= TOLERANCE)
