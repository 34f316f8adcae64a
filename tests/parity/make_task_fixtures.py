"""Writes tests/fixtures/tasks/formats.json: what the published preprocessors (the packages t5 and
seqio) make of records of our own, and mixing rates.

Needs an environment of its own, since t5 wants TensorFlow:
    python3 -m venv build/seqio
    build/seqio/bin/pip install --no-deps seqio==0.0.20 t5==0.9.4
    build/seqio/bin/pip install tensorflow-cpu tensorflow-datasets tensorflow-text absl-py \
        editdistance rouge-score sacrebleu scikit-learn scipy nltk pandas babel gin-config \
        packaging jax[cpu] clu pyglove sentencepiece
    build/seqio/bin/python tests/parity/make_task_fixtures.py
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import seqio  # noqa: E402
import t5.data.preprocessors as preprocessors  # noqa: E402
import tensorflow as tf  # noqa: E402

GLUE_LABELS = {
    "cola": ["unacceptable", "acceptable"],
    "sst2": ["negative", "positive"],
    "mrpc": ["not_equivalent", "equivalent"],
    "qqp": ["not_duplicate", "duplicate"],
    "mnli": ["entailment", "neutral", "contradiction"],
    "qnli": ["entailment", "not_entailment"],
    "rte": ["entailment", "not_entailment"],
    "boolq": ["False", "True"],
    "cb": ["entailment", "contradiction", "neutral"],
    "copa": ["choice1", "choice2"],
    "wic": ["False", "True"],
    "multirc": ["False", "True"],
}
# In the order of t5.data.glue_utils, where that is not the alphabet's.
FEATURES = {"multirc": ("question", "answer", "paragraph"), "wic": ("sentence1", "sentence2", "word")}

RECORDS = {
    "cola": [{"sentence": "The mill was sold by.", "label": 0},
             {"sentence": "Who sold the mill?", "label": 1}],
    "sst2": [{"sentence": "a warm , wise film", "label": 1}, {"sentence": "dull", "label": 0}],
    "mrpc": [{"sentence1": "Ann sold it.", "sentence2": "It was sold by Ann.", "label": 1}],
    "stsb": [{"sentence1": "A man sings.", "sentence2": "A man is singing.", "label": score}
             for score in (0.0, 0.1, 0.3, 0.5, 1.1, 2.5, 2.57, 3.29999, 4.9, 5.0, 4.7, 3.5)],
    "qqp": [{"question1": "Why rain?", "question2": "Why does it rain?", "label": 1}],
    "mnli": [{"premise": "All slept.", "hypothesis": "Ann slept.", "label": label}
             for label in (0, 1, 2)],
    "qnli": [{"question": "Who slept?", "sentence": "Ann slept.", "label": 0}],
    "rte": [{"sentence1": "Ann slept.", "sentence2": "Ann ran.", "label": 1}],
    "boolq": [{"question": "is it old", "passage": "The mill is old.", "label": 1}],
    "cb": [{"premise": "I hope she came.", "hypothesis": "she came", "label": label}
           for label in (0, 1, 2)],
    "copa": [{"premise": "It rained.", "choice1": "The road was wet.", "choice2": "Ann sang.",
              "question": "effect", "label": 0}],
    "wic": [{"sentence1": "A bank of a river.", "sentence2": "The bank is closed.",
             "word": "bank", "label": 0}],
    "multirc": [{"paragraph": "<b>Sent 1: </b>The mill is old.<br><b>Sent 2: </b>Ann sold it.<br>",
                 "question": "Who sold <b>it</b>?", "answer": "Ann", "label": 1}],
    "record": [{"passage": "It is cold.\n@highlight\nThe mill froze\n@highlight\nAnn left!\n"
                           "@highlight\nBen stayed",
                "query": "@placeholder stayed.", "entities": ["Ann", "Ben"],
                "answers": ["Ben", "Benjamin"]},
               {"passage": "No one.", "query": "@placeholder ran.", "entities": ["Ann"],
                "answers": []}],
    "wsc": [{"text": "Ann told Ben that she would sell the mill .", "span1_text": "Ann",
             "span1_index": 0, "span2_text": "she", "span2_index": 4, "label": 1},
            {"text": "Ann told Ben that she would sell the mill .", "span1_text": "Ben",
             "span1_index": 2, "span2_text": "she", "span2_index": 4, "label": 0}],
    "squad": [{"id": "1", "question": "Who's there?", "context": "Ann's  mill (old), said \"Ben\".",
               "answers": {"text": ["Ann's mill", "mill"]}}],
    "cnn_dailymail": [{"article": "A long story.", "highlights": "Short."}],
    "wmt_en_de": [{"en": "The mill.", "de": "Die Mühle."}],
}


def tensors(record):
    """A record as TFDS gives it."""
    out = {k: tensors(v) if isinstance(v, dict) else
           tf.constant(v, tf.string) if v == [] else tf.constant(v) for k, v in record.items()}
    return out


def texts(example):
    return [example["inputs"].numpy().decode(), example["targets"].numpy().decode()]


def made(task, record):
    x = tensors(record)
    x["idx"] = tf.constant(0)
    if task == "multirc":
        x["idx"] = {part: tf.constant(0) for part in ("paragraph", "question", "answer")}
    if task in GLUE_LABELS:
        return [texts(one(preprocessors.glue, x, benchmark_name=task,
                          label_names=GLUE_LABELS[task], feature_names=FEATURES.get(task)))]
    if task == "record":
        x["idx"] = {"passage": tf.constant(0), "query": tf.constant(0)}
        data = tf.data.Dataset.from_tensors(x)
        return [texts(e) for e in preprocessors.record(data)]
    if task == "wsc":
        data = tf.data.Dataset.from_tensors(x)
        return [texts(e) for e in preprocessors.wsc_simple(data, correct_referent_only=True)]
    if task == "stsb":
        return [texts(one(preprocessors.stsb, x))]
    if task == "squad":
        return [texts(one(preprocessors.squad, x))]
    if task == "cnn_dailymail":
        return [texts(one(preprocessors.summarize, x, article_key="article",
                          summary_key="highlights"))]
    return [texts(one(preprocessors.translate, x, source_language="en", target_language="de"))]


def one(function, x, **arguments):
    """The only example that a preprocessor of data sets makes of one."""
    examples = list(function(tf.data.Dataset.from_tensors(x), **arguments))
    assert len(examples) == 1
    return examples[0]


class Sized:
    """As much of a task as seqio.mixing_rate_num_examples asks for."""

    def __init__(self, size):
        self.size = size
        self.cache_dir = "yes"

    def get_cached_stats(self, split="train"):
        return {"examples": self.size}


def rates():
    cases = []
    for sizes in ([40000, 12000, 4000, 1200, 400], [1, 1], [7], [3, 1000000]):
        for limit in (0, 1, 500, 5000):
            for temperature in (1.0, 2.0, 4.0, 0.5):
                raw = [seqio.mixing_rate_num_examples(Sized(n), maximum=limit or None,
                                                      temperature=temperature) for n in sizes]
                cases.append({"sizes": sizes, "limit": limit, "temperature": temperature,
                              "rates": [r / sum(raw) for r in raw]})
    return cases


def main():
    formats = [{"task": task, "record": record, "examples": made(task, record)}
               for task, records in RECORDS.items() for record in records]
    path = pathlib.Path(__file__).parents[1] / "fixtures/tasks/formats.json"
    path.write_text(json.dumps({"versions": {"t5": "0.9.4", "seqio": "0.0.20",
                                             "tensorflow": tf.__version__},
                                "formats": formats, "rates": rates()}, indent=0,
                               ensure_ascii=False) + "\n")
    print(path, len(formats), "records")


main()
