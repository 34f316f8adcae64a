"""Texts that are hard on tokenizers: odd white space, sentinels inside words, added tokens next to
punctuation, other scripts, emoji, combining marks."""

import random

NOUNS = "cat dog bird house tree river garden stone".split()

SPACES = [" ", "  ", "\t", "\u00a0", "\u3000", "\u2028", "\u200b", "\u0085", " \u2009 ", "\x0c"]
STRANGE = ["今天", "天气真好", "。", "日本語", "한국어", "각", "😊", "👩‍👩‍👧", "🇫🇷", "e\u0301", "a\u0308\u0301",
           
           "ﬁ\u0301", "Ａ", "½", "①", "é", "İ", "ß", "ﬃ", "ｶﾞ", "\ufeff", "\u200d", "▁", "_", "\x01",
           "\x7f", "Ⅷ", "٣", "߀", "„", "’", "—", "×", "x\u20e3", "한", "\u0f71\u0f80", "1\ufe0f\u20e3"]
WORDS = NOUNS + ["The", "the", "s", "12", "3", "111", "!!!", "...", ".", ",", "?", "'s", "(", "a",
                 "aaa", "été", "schön", "Dog", "CAT"]
ADDED = ["<sep>", "<hl>", "cat", "<extra_id_0>", "<extra_id_3>", "<extra_id_9>", "<extra_id_99>",
         "<extra_id_01>", "<pad>", "<unk>", "</s>", "<s>", "<new>", "[x]", "<one>", "<two>",
         "<three>", "<2fr>", "<cls>", "<", "<s", "<extra_id_", "[EOS]", "＜sep＞"]


def texts(seed, count=500):
    rng = random.Random(seed)
    made = ["", " ", "\t ", "the cat", "  the  cat  "]
    while len(made) < count:
        parts = []
        for _ in range(rng.randint(1, 9)):
            parts.append(rng.choice(rng.choices([WORDS, STRANGE, ADDED, SPACES], [6, 2, 3, 3])[0]))
            if rng.random() < 0.4:
                parts.append(" ")
        made.append("".join(parts))
    return made
