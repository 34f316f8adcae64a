"""Tokenizers as they are found: directories in the forms that transformers has written since its
version 3, with vocabularies of a few hundred pieces trained here.

Each is a dictionary of file names and contents, under a name that tells what is special.
"""

import base64
import functools
import io
import itertools
import json
import tempfile

import sentencepiece
from transformers.convert_slow_tokenizer import import_protobuf

from wild_texts import NOUNS

CORPUS = [f"The {a} sees the {b}, and {c} {n} times!" for n, (a, b, c) in
          enumerate(itertools.product(NOUNS, repeat=3))] + [
    "Le chat s'est assis; où est l'été?", "Das Haus ist alt und schön.", "今天 天气 真 好。",
    "1/2 of 12 is 6 (or 7?)", "it's n't 111 222 ... !!! aaa aaaa"] * 5
RULES = [("ﬁ", "fi"), ("½", "1/2"), ("\u00a0", " "), ("\u3000", " "), ("\t", " "), ("Ａ", "A"),
         ("e\u0301", "é"), ("a\u0308", "ä"), ("\u200b", " "), ("①", "1")]


RULE = "nmt_nfkc"  # T5's


@functools.cache
def trained(size=150, rule=None, **options):
    """A SentencePiece model with T5's ids; rule "few": a small character map of our own."""
    rule = rule or RULE
    model = io.BytesIO()
    settings = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", num_threads=1)
    settings.update(options)
    if rule == "few":
        file = tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8")
        for source, target in RULES:
            file.write(" ".join(f"{ord(c):X}" for c in source) + "\t"
                       + " ".join(f"{ord(c):X}" for c in target) + "\n")
        file.flush()
        settings["normalization_rule_tsv"] = file.name
    else:
        settings["normalization_rule_name"] = rule
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=size, minloglevel=2,
        hard_vocab_limit=False, character_coverage=0.9999, **settings)
    proto = proto_of(model.getvalue())
    for spec in (proto.normalizer_spec, proto.denormalizer_spec):
        spec.ClearField("normalization_rule_tsv")  # a file that is gone
    return proto.SerializeToString()


def proto_of(model):
    proto = import_protobuf().ModelProto()
    proto.ParseFromString(model)
    return proto


def pieces_of(model, sentinels=0):
    pieces = [[piece.piece, piece.score] for piece in proto_of(model).pieces]
    return pieces + [[f"<extra_id_{k}>", 0.0] for k in reversed(range(sentinels))]


def token(text, **flags):
    plain = dict(content=text, single_word=False, lstrip=False, rstrip=False, normalized=False,
                 special=False)
    return plain | flags


def special(text, **flags):
    return token(text, special=True, **flags)


NAMES = dict(eos_token="</s>", unk_token="<unk>", pad_token="<pad>")
SENTINELS = [f"<extra_id_{k}>" for k in range(10)]


def table(size, added=(), sentinels=SENTINELS):
    """added_tokens_decoder: the names, sentinels in falling order after `size` pieces, more."""
    tokens = {str(k): special(text) for k, text in enumerate(["<pad>", "</s>", "<unk>"])}
    tokens |= {str(size + len(sentinels) - 1 - k): special(text)
               for k, text in enumerate(sentinels)}
    return tokens | {str(size + len(sentinels) + k): one for k, one in enumerate(added)}


# --- spiece.model, with JSON files beside it -----------------------------------------------------

def config(**more):
    return dict(tokenizer_class="T5Tokenizer", extra_ids=10, legacy=True, **NAMES) | more


def spiece_directories():
    model = trained()
    n = len(pieces_of(model))
    listed = dict(additional_special_tokens=SENTINELS)
    yield "spiece, names only", {"spiece.model": model, "tokenizer_config.json": config()}
    yield "spiece, no sentinels", {"spiece.model": model,
                                   "tokenizer_config.json": config(extra_ids=0)}
    yield "spiece, 100 sentinels by default", {
        "spiece.model": model, "tokenizer_config.json": dict(tokenizer_class="T5Tokenizer",
                                                             legacy=True)}
    yield "spiece of transformers 3", {
        "spiece.model": model, "tokenizer_config.json": config(**listed),
        "special_tokens_map.json": NAMES | listed,
        "added_tokens.json": {"<sep>": n + 10, "<hl>": n + 11}}
    yield "spiece of transformers 3, an added special token", {
        "spiece.model": model,
        "tokenizer_config.json": config(additional_special_tokens=SENTINELS + ["<hl>"]),
        "special_tokens_map.json": NAMES, "added_tokens.json": {"<hl>": n + 10, "<sep>": n + 11}}
    yield "spiece of transformers 4.30, names as objects", {
        "spiece.model": model, "tokenizer_config.json": config(**listed),
        "special_tokens_map.json": {
            name: {key: value for key, value in special(text).items() if key != "special"}
            for name, text in NAMES.items()},
        "added_tokens.json": {"<sep>": n + 10} | {
            text: n + 9 - k for k, text in enumerate(SENTINELS)}}
    flags = {"plain": {}, "lstrip": dict(lstrip=True), "rstrip": dict(rstrip=True),
             "single_word": dict(single_word=True), "normalized": dict(normalized=True),
             "special": dict(special=True),
             "all": dict(lstrip=True, rstrip=True, single_word=True, normalized=True)}
    for name, given in flags.items():
        added = [token("<sep>", **given), token("cat", **given)]
        yield f"spiece of transformers 4.40, added {name}", {
            "spiece.model": model,
            "tokenizer_config.json": config(**listed,
                                            added_tokens_decoder=table(n, added))}
    yield "spiece of transformers 5, more tokens", {
        "spiece.model": model, "tokenizer_config.json": config(
            extra_special_tokens=SENTINELS + ["<new>", "[x]"], cls_token="<cls>")}
    yield "spiece, a token that is a piece", {
        "spiece.model": model, "tokenizer_config.json": config(
            **listed, added_tokens_decoder=table(n) | {"9": token(pieces_of(model)[9][0])})}
    yield "spiece, files disagree", {
        "spiece.model": model,
        "tokenizer_config.json": config(**listed, clean_up_tokenization_spaces=True,
                                        added_tokens_decoder=table(n, [special("<one>")])),
        "special_tokens_map.json": NAMES | {"additional_special_tokens": ["<two>"]},
        "added_tokens.json": {"<three>": n + 10}}
    for rule in ("identity", "nmt_nfkc_cf", "few"):
        yield f"spiece, {rule}", {"spiece.model": trained(rule=rule),
                                  "tokenizer_config.json": config()}
    mt5 = trained(user_defined_symbols=",".join(f"▁<extra_id_{k}>" for k in reversed(range(4))))
    yield "spiece of mT5, sentinels among the pieces", {
        "spiece.model": mt5, "tokenizer_config.json": config(extra_ids=0)}
    umt5 = trained(control_symbols=",".join(SENTINELS[:4]))
    yield "spiece of UMT5, sentinels that rise", {
        "spiece.model": umt5, "tokenizer_config.json": config(
            extra_ids=0, extra_special_tokens=[f"<extra_id_{k}>" for k in range(4)])}
    yield "spiece, control pieces", {
        "spiece.model": trained(control_symbols="<s>,<2fr>"),
        "tokenizer_config.json": config()}


# --- tokenizer.json ------------------------------------------------------------------------------

def charsmap(model):
    return {"type": "Precompiled", "precompiled_charsmap":
            base64.b64encode(proto_of(model).normalizer_spec.precompiled_charsmap).decode()}


def metaspace(**more):
    return {"type": "Metaspace", "replacement": "▁"} | more


def sequence(*steps, key="pretokenizers"):
    return {"type": "Sequence", key: list(steps)}


def template(text="</s>", index=1):
    return {"type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": text, "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {text: {"id": text, "ids": [index], "tokens": [text]}}}


def tokenizer_json(vocab, added=(), **parts):
    """Parts: normalizer, pre_tokenizer, post_processor, decoder. Named tokens are added tokens."""
    numbered = [dict(id=k) | special(text) for k, (text, _) in enumerate(vocab)
                if text in ("<pad>", "</s>", "<unk>", "<s>") or text.startswith("<extra_id_")]
    numbered += [dict(id=len(vocab) + k) | one for k, one in enumerate(added)]
    unknown = [text for text, _ in vocab].index("<unk>")
    return dict(version="1.0", truncation=None, padding=None, added_tokens=numbered,
                normalizer=None, pre_tokenizer=metaspace(prepend_scheme="always", split=True),
                post_processor=template(), decoder=metaspace(prepend_scheme="always", split=True),
                model=dict(type="Unigram", unk_id=unknown, vocab=vocab,
                           byte_fallback=False)) | parts


def regex(pattern, content):
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def string(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


FAST = dict(tokenizer_class="PreTrainedTokenizerFast", **NAMES)
LATE = dict(tokenizer_class="T5TokenizerFast", extra_ids=10, **NAMES,
            additional_special_tokens=SENTINELS)


def age_directories():
    """T5's own tokenizer.json, of each age, as transformers' T5Tokenizer reads it."""
    model = trained()
    vocab = pieces_of(model, 10)
    early = tokenizer_json(
        vocab, normalizer=charsmap(model),
        pre_tokenizer=sequence({"type": "WhitespaceSplit"}, metaspace(add_prefix_space=True)),
        decoder=metaspace(add_prefix_space=True))
    untyped = early | dict(model=dict(unk_id=2, vocab=vocab))
    late = tokenizer_json(vocab, normalizer=sequence(
        charsmap(model), {"type": "Strip", "strip_left": False, "strip_right": True},
        regex(" {2,}", "▁"), key="normalizers"))
    five = tokenizer_json(vocab, normalizer=charsmap(model), pre_tokenizer=sequence(
        {"type": "WhitespaceSplit"}, metaspace(prepend_scheme="always", split=True)))
    bare = tokenizer_json(vocab, pre_tokenizer=None, post_processor=None, decoder=None)
    for name, content in {"2020, untyped": untyped, "2021": early, "2023": late, "2026": five,
                          "with nothing": bare}.items():
        yield f"tokenizer.json of {name}", {"tokenizer.json": content,
                                            "tokenizer_config.json": LATE | dict(legacy=True)}
        if name != "with nothing":
            yield f"tokenizer.json of {name}, beside another spiece.model", {
                "tokenizer.json": content, "tokenizer_config.json": LATE,
                "spiece.model": trained(size=120)}
    added = [token("<sep>", lstrip=True), token("Dog", single_word=True, normalized=True)]
    yield "tokenizer.json, added tokens of its own", {
        "tokenizer.json": five | dict(added_tokens=tokenizer_json(vocab, added)["added_tokens"]),
        "tokenizer_config.json": LATE}
    yield "tokenizer.json, added tokens of tokenizer_config.json", {
        "tokenizer.json": five, "tokenizer_config.json": LATE | dict(
            added_tokens_decoder=table(len(vocab) - 10, added))}
    yield "tokenizer.json, added tokens of added_tokens.json", {
        "tokenizer.json": five, "tokenizer_config.json": LATE,
        "added_tokens.json": {"<sep>": len(vocab), "<hl>": len(vocab) + 1}}


def step_directories():
    """Single steps, in a file that the tokenizers library itself reads."""
    model = trained()
    vocab = pieces_of(model, 4)
    normalizers = {
        "Precompiled": charsmap(model), "few": charsmap(trained(rule="few")),
        "NFC": {"type": "NFC"}, "NFD": {"type": "NFD"}, "NFKC": {"type": "NFKC"},
        "NFKD": {"type": "NFKD"}, "Nmt": {"type": "Nmt"}, "Lowercase": {"type": "Lowercase"},
        "NFD, StripAccents": sequence({"type": "NFD"}, {"type": "StripAccents"},
                                      key="normalizers"),
        "Strip": {"type": "Strip", "strip_left": True, "strip_right": True},
        "Strip left": {"type": "Strip", "strip_left": True, "strip_right": False},
        "Prepend": {"type": "Prepend", "prepend": "▁"}, "Replace String": string("the", "a"),
        "Replace space": regex(r"\s+", " "), "Replace runs": regex("!{2,}", "?"),
        "of Flax examples": sequence({"type": "Nmt"}, {"type": "NFKC"}, regex(" {2,}", " "),
                                     {"type": "Lowercase"}, key="normalizers")}
    for name, normalizer in normalizers.items():
        yield f"normalizer {name}", {"tokenizer.json": tokenizer_json(vocab, normalizer=normalizer),
                                     "tokenizer_config.json": FAST}
    splits = {
        "WhitespaceSplit": {"type": "WhitespaceSplit"},
        "Metaspace first": metaspace(prepend_scheme="first", split=True),
        "Metaspace never": metaspace(prepend_scheme="never", split=True),
        "Metaspace, not split": metaspace(prepend_scheme="always", split=False),
        "Metaspace, no prefix": metaspace(add_prefix_space=False, prepend_scheme="never"),
        "Metaspace _": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always"},
        "of Flax examples": sequence(metaspace(add_prefix_space=True),
                                     {"type": "Digits", "individual_digits": True},
                                     {"type": "Punctuation"}),
        "Digits, together": sequence({"type": "Digits", "individual_digits": False}, metaspace())}
    for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        splits[f"Punctuation {behavior}"] = sequence(
            {"type": "Punctuation", "behavior": behavior}, metaspace())
        splits[f"Split {behavior}"] = sequence(
            {"type": "Split", "pattern": {"Regex": r"\s+"}, "behavior": behavior, "invert": False},
            metaspace())
    for name, split in splits.items():
        yield f"pre_tokenizer {name}", {
            "tokenizer.json": tokenizer_json(vocab, pre_tokenizer=split),
            "tokenizer_config.json": FAST}
    decoders = {
        "Metaspace never": metaspace(prepend_scheme="never"),
        "Replace, Fuse": sequence(string("▁", " "), {"type": "Fuse"}, key="decoders"),
        "Replace, Fuse, Strip": sequence(
            string("▁", " "), {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}, key="decoders")}
    for name, decoder in decoders.items():
        yield f"decoder {name}", {"tokenizer.json": tokenizer_json(vocab, decoder=decoder),
                                  "tokenizer_config.json": FAST}
    for flags in itertools.product([False, True], repeat=5):
        given = dict(zip(["lstrip", "rstrip", "single_word", "normalized", "special"], flags))
        if sum(flags) in (1, 2, 5):
            added = [token("<sep>", **given), token("cat", **given), token("<s", **given)]
            name = ", ".join(key for key, value in given.items() if value)
            yield f"added tokens, {name}", {
                "tokenizer.json": tokenizer_json(vocab, added, normalizer=charsmap(model)),
                "tokenizer_config.json": FAST}
    madlad = trained(unk_id=0, bos_id=1, eos_id=2, pad_id=-1)
    yield "vocabulary of MADLAD, pad is <s>", {
        "tokenizer.json": tokenizer_json(pieces_of(madlad), post_processor=template(index=2)),
        "tokenizer_config.json": FAST | dict(pad_token="<s>", bos_token="<s>")}
    byte_pieces = trained(size=420, byte_fallback=True)
    yield "byte fallback", {
        "tokenizer.json": tokenizer_json(
            pieces_of(byte_pieces), decoder=sequence(
                {"type": "ByteFallback"}, metaspace(), key="decoders"),
            model=dict(type="Unigram", unk_id=2, vocab=pieces_of(byte_pieces), byte_fallback=True)),
        "tokenizer_config.json": FAST}
    renamed = [["[PAD]", 0.0], ["[EOS]", 0.0], ["<unk>", 0.0]] + vocab[3:]
    yield "other names", {
        "tokenizer.json": tokenizer_json(renamed, post_processor=template("[EOS]")),
        "tokenizer_config.json": FAST | dict(pad_token="[PAD]", eos_token="[EOS]")}


# --- ByT5 ----------------------------------------------------------------------------------------

def byte_directories():
    base = dict(tokenizer_class="ByT5Tokenizer", **NAMES)
    names = {str(k): special(text) for k, text in enumerate(["<pad>", "</s>", "<unk>"])}
    sentinels = {str(259 + k): special(text) for k, text in enumerate(SENTINELS)}
    listed = dict(extra_ids=10, additional_special_tokens=SENTINELS)
    yield "ByT5, names only", {"tokenizer_config.json": base}
    yield "ByT5, 10 sentinels", {"tokenizer_config.json": base | listed}
    yield "ByT5, no sentinels", {"tokenizer_config.json": base | dict(extra_ids=0)}
    yield "ByT5, names as objects", {
        "tokenizer_config.json": base | listed,
        "special_tokens_map.json": {name: {"content": text, "lstrip": False, "rstrip": False}
                                    for name, text in NAMES.items()}}
    for name, flags in {"plain": {}, "lstrip": dict(lstrip=True), "rstrip": dict(rstrip=True),
                        "special": dict(special=True)}.items():
        added = {"269": token("<sep>", **flags), "270": token("cat", **flags)}
        yield f"ByT5, added {name}", {"tokenizer_config.json": base | listed | dict(
            added_tokens_decoder=names | sentinels | added)}


def directories():
    for make in (spiece_directories, age_directories, step_directories, byte_directories):
        yield from make()


def write(directory, files):
    for name, content in files.items():
        with open(f"{directory}/{name}", "wb") as file:
            file.write(content if isinstance(content, bytes)
                       else json.dumps(content, ensure_ascii=False).encode())
