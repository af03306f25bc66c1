#!/usr/bin/env python3
"""Makes small models with word lists, and what transformers reads and computes from texts.

    python3 make_texts.py

Versions: Python 3.11, torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.

Writes beside this script one folder for each of bert, distilbert, roberta, sentence, clip: model and settings as
`save_pretrained` writes them, the word list as `tokenizer.json` and in the files of older models, and `expected.json`:
numbers and masks of `TEXTS` in batches, the same under other settings, and logits or features.

The folder unigram holds a `tokenizer.json` of the kind that XLM-R has, and its numbers; it is read with the network of
roberta.

The numbers come from transformers twice, from `tokenizer.json` alone and from the older files alone; where a form of the
rules exists that shares no code with these (transformers' old class for BERT; the few lines of `pairs` below for the
other two, after the papers), it has to agree as well.
"""

import collections
import json
import pathlib
import shutil
import struct
import sys
import tempfile
import unicodedata

import regex
import tokenizers
import torch
import transformers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
    BertTokenizerLegacy,
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    DistilBertTokenizer,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaTokenizer,
)

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "golden"))
from make_golden import widen  # noqa: E402

SIZES = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
LONGEST = 20

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "Café naïve façade, déjà vu; ÀÉÎÕÜ ß İstanbul",
    "Cafe\u0301 with a combining accent, e\u0327\u0301 twice",
    "我爱北京天安门 and 東京タワー, 한국어 too",
    "🙂 👩‍🚀 emoji — “quotes” … and ½ €5.00",
    "",
    "   \t\n leading and   trailing \u00a0 spaces \u3000 ",
    "I'll don't we've SHE'S it's O'Neill's 'tis",
    "1234567890 3.14 x2 a1b2",
    "word" * 30,
    "a long text about a red fox and a brown dog that does not end where a model would like it to end " * 3,
    "[CLS] a [SEP]b[MASK] <s>c</s> <mask> d <|endoftext|>e <|startoftext|>f <|StartOfText|>",
    "zero\u0000width\u200bjoin\ufeff\u00adsoft\ufffd control\u0007",
    "ПРИВЕТ мир, Ελληνικά ΣΑΣ, עברית हिन्दी",
    "ﬁne ﬂour Ⅷ ①, Å and Å",
    " ",
]
# Every batch has short and long ones.
BATCHES = [list(range(at, len(TEXTS), 4)) for at in range(4)]

CORPUS = [
    "the quick brown fox jumps over the lazy dog and the red dog barks",
    "a photo of a tabby cat, a photo of a fire engine, a small picture of a green apple",
    "café naïve façade déjà vu istanbul we've it's don't I'll she's",
    "a long text about a red fox that does not end where a model would like it to end",
    "我 爱 北 京 東 タワー мир привет 12 34 5.00 ( ) “ ” …",
    "words with letters and numbers, spaces and signs, leading and trailing",
]

MAPPED = {**{byte: chr(byte) for byte in [*range(33, 127), *range(161, 173), *range(174, 256)]}}
MAPPED |= {byte: chr(256 + at) for at, byte in enumerate(byte for byte in range(256) if byte not in MAPPED)}


def pairs(words: list[str], merges: list[tuple[str, str]], end: str) -> list[str]:
    """Byte-pair encoding as Sennrich et al. 2016 describe it: the earliest learnt pair first, everywhere in the word."""
    ranks = {pair: at for at, pair in enumerate(merges)}
    found = []
    for word in words:
        parts = [MAPPED[byte] for byte in word.encode()]
        parts[-1] += end
        while True:
            known = [pair for pair in zip(parts, parts[1:]) if pair in ranks]
            if not known:
                break
            first, second = min(known, key=ranks.get)
            joined, at = [], 0
            while at < len(parts):
                fits = parts[at : at + 2] == [first, second]
                joined.append(first + second if fits else parts[at])
                at += 2 if fits else 1
            parts = joined
        found += parts
    return found


def gpt2(text: str, merges) -> list[str]:
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    return pairs(regex.findall(pattern, text), merges, "")


def clip_pairs(text: str, merges) -> list[str]:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    # Letter by letter, as the library does it: a capital sigma at the end of a word has a small letter of its own.
    text = "".join(letter.lower() for letter in text)
    return pairs(regex.findall(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", text), merges, "</w>")


def word_pieces() -> dict:
    """Letters, beginnings and endings of words, and every other word as a whole."""
    text = "".join(letter for letter in unicodedata.normalize("NFD", " ".join(CORPUS).lower()) if unicodedata.category(letter) != "Mn")
    words = sorted(set(regex.findall(r"\p{L}+|\p{N}+|[^\s\p{L}\p{N}]", text)))
    letters = sorted(set("".join(words)))
    parts = {word[:3] for word in words} | {"##" + word[3:6] for word in words if len(word) > 3} | set(words[::2])
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    listed = special + letters + ["##" + letter for letter in letters if letter.isalnum()] + sorted(parts)
    return {token: at for at, token in enumerate(dict.fromkeys(listed))}


def learnt(words: list[str], count: int, end: str) -> list[tuple[str, str]]:
    """The pairs that stand most often side by side, one after the other; of equals the first by its letters."""
    merges = []
    while len(merges) < count:
        cut = [pairs([word], merges, end) for word in words]
        seen = collections.Counter(pair for parts in cut for pair in zip(parts, parts[1:]))
        merges.append(min(seen, key=lambda pair: (-seen[pair], pair)))
    return merges


def trained(kind: str) -> tuple[dict, list]:
    """A small word list and its merges, in the order that each family has."""
    if kind == "bert":
        return word_pieces(), []
    pattern = r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+" if kind == "clip" else r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
    end = "</w>" if kind == "clip" else ""
    words = [word for line in CORPUS for word in regex.findall(pattern, line.lower() if kind == "clip" else line)]
    merges = learnt(words, 60, end)
    letters = [MAPPED[byte] for byte in sorted(MAPPED)]
    listed = letters + [letter + end for letter in letters if end] + ["".join(pair) for pair in merges]
    before = ["<s>", "<pad>", "</s>", "<unk>"] if kind == "roberta" else []
    after = ["<mask>"] if kind == "roberta" else ["<|startoftext|>", "<|endoftext|>"]
    return {token: at for at, token in enumerate(dict.fromkeys(before + listed + after))}, merges


def write_old(folder: pathlib.Path, vocabulary: dict, merges: list) -> None:
    ordered = sorted(vocabulary, key=vocabulary.get)
    if not merges:
        (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in ordered))
        return
    (folder / "vocab.json").write_text(json.dumps({token: vocabulary[token] for token in ordered}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))


def loaded(kind, folder: pathlib.Path, names: list[str], **settings):
    """A tokenizer of these files alone, under these settings."""
    with tempfile.TemporaryDirectory() as alone:
        for name in names:
            shutil.copy(folder / name, alone)
        told = json.loads((folder / "tokenizer_config.json").read_text()) | settings
        pathlib.Path(alone, "tokenizer_config.json").write_text(json.dumps(told))
        return kind.from_pretrained(alone)


def batch(tokenizer, items: list[int], longest: int, **more):
    return tokenizer([TEXTS[item] for item in items], padding=True, truncation=True, max_length=longest, **more)


def read(tokenizer, longest: int) -> list:
    """The numbers of every text, which have to be the same in every batch; no text is a pair."""
    found = {}
    for items in BATCHES + [[item] for item in range(len(TEXTS))]:
        out = batch(tokenizer, items, longest, return_token_type_ids=True)
        assert not sum(map(sum, out["token_type_ids"]))
        for item, ids, mask in zip(items, out["input_ids"], out["attention_mask"]):
            ids = [id for id, there in zip(ids, mask) if there]
            assert found.setdefault(item, ids) == ids, TEXTS[item]
    return [found[item] for item in range(len(TEXTS))]


def check_independently(family: str, folder: pathlib.Path, vocabulary: dict, merges: list, tokenizer) -> int:
    """How many texts the independent form of the rules reads alike; special tokens within a text are not its business."""
    plain = [text for text in TEXTS if "[CLS]" not in text]
    if family == "bert":
        old = BertTokenizerLegacy(folder / "vocab.txt")
        told = [old.convert_tokens_to_ids(old.tokenize(text)) for text in plain]
    else:
        cut = clip_pairs if family == "clip" else gpt2
        told = [[vocabulary[token] for token in cut(text, merges)] for text in plain]
    for text, ids in zip(plain, told):
        assert tokenizer(text, add_special_tokens=False)["input_ids"] == ids, (family, text)
    return len(plain)


VARIANTS = {
    "bert": [
        {"do_lower_case": False},
        {"tokenize_chinese_chars": False},
        {"strip_accents": False},
        {"do_lower_case": False, "strip_accents": True},
        {"truncation_side": "left"},
    ],
    "roberta": [{"add_prefix_space": True}, {"truncation_side": "left"}],
    "clip": [{"truncation_side": "left"}],
}
KINDS = {"bert": BertTokenizer, "roberta": RobertaTokenizer, "clip": CLIPTokenizer, "distilbert": DistilBertTokenizer, "sentence": BertTokenizer}


def word_list(name: str, longest: int) -> tuple:
    """Writes the word list of a model in both forms; what it reads, and the tokenizer."""
    family = {"distilbert": "bert", "sentence": "bert"}.get(name, name)
    kind, folder = KINDS[name], HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    vocabulary, merges = trained(family)
    write_old(folder, vocabulary, merges)
    settings = {"tokenizer_class": kind.__name__, "model_max_length": 77}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    old = ["vocab.json", "merges.txt"] if merges else ["vocab.txt"]
    tokenizer = loaded(kind, folder, old)
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    if name == "sentence":
        # As models of sentence embeddings have it; whoever asks for texts side by side overrides both.
        backend["truncation"] = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
        backend["padding"] = {"strategy": {"Fixed": 24}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
        (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": longest, "do_lower_case": False}))
    (folder / "tokenizer.json").write_text(json.dumps(backend, ensure_ascii=False, separators=(",", ":")))
    new = loaded(kind, folder, ["tokenizer.json"])
    ids = read(tokenizer, longest)
    assert ids == read(new, longest), name
    assert max(map(len, ids)) == longest
    print(name, len(vocabulary), "tokens;", check_independently(family, folder, vocabulary, merges, tokenizer), "texts checked independently")
    variants = []
    for settings in VARIANTS.get(name, []):
        found = read(loaded(kind, folder, old, **settings), longest)
        assert found != ids, settings
        variants.append({"settings": settings, "ids": found})
    return {"longest": longest, "texts": TEXTS, "batches": BATCHES, "ids": ids, "variants": variants}, tokenizer, vocabulary


def write(name: str, model, expected: dict) -> None:
    model.save_pretrained(HERE / name)
    versions = {module.__name__: module.__version__ for module in (torch, transformers, tokenizers)}
    expected = {"versions": versions, **expected}
    (HERE / name / "expected.json").write_text(json.dumps(expected, ensure_ascii=False))
    print(name, "written with", versions)


def numbers(tensor: torch.Tensor) -> list:
    return [[float(f"{value:.9g}") for value in row] for row in tensor.tolist()]


def classifier(name: str, kind, config, rows: int) -> None:
    expected, tokenizer, vocabulary = word_list(name, LONGEST)
    model = widen(kind(config(vocab_size=len(vocabulary), max_position_embeddings=rows, num_labels=4)), len(name))
    logits = []
    for items in BATCHES:
        given = batch(tokenizer, items, LONGEST, return_tensors="pt")
        logits.append(numbers(model(**given).logits))
    spread = torch.tensor(sum(logits, [])).std()
    assert spread >= 1, (name, spread)
    write(name, model, {**expected, "logits": logits})


def sentence_embedding() -> None:
    expected, tokenizer, vocabulary = word_list("sentence", 12)
    config = BertConfig(**SIZES, vocab_size=len(vocabulary), max_position_embeddings=24)
    model = widen(BertModel(config, add_pooling_layer=False), 70)
    features = []
    for items in BATCHES:
        given = batch(tokenizer, items, 12, return_tensors="pt")
        hidden, mask = model(**given).last_hidden_state, given["attention_mask"][..., None]
        features.append(numbers(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))))
    write("sentence", model, {**expected, "features": features})


CLASSES = ["tabby_cat", "fire-engine", "Green__Apple", "Café", "T-Shirt"]
TEMPLATES = ["a photo of a {}.", "a small picture of a {}", "{}"]
OTHERS = ["the red {}", "{} and {}", "a long text about a {} that does not end"]


def clip() -> None:
    expected, tokenizer, vocabulary = word_list("clip", LONGEST)
    end = vocabulary["<|endoftext|>"]
    words = dict(**SIZES, vocab_size=len(vocabulary), max_position_embeddings=LONGEST, bos_token_id=end - 1, eos_token_id=end, pad_token_id=1)
    vision = dict(**SIZES, image_size=8, patch_size=4)
    config = CLIPConfig(text_config=words, vision_config=vision, projection_dim=10, logit_scale_init_value=2.2)
    model = widen(CLIPModel(config), 30)
    pixels = torch.randint(-128, 129, (3, 3, 8, 8), generator=torch.Generator().manual_seed(31)) / 64
    names = [" ".join(name.replace("_", " ").replace("-", " ").split()) for name in CLASSES]

    def features(texts: list[str]) -> torch.Tensor:
        given = tokenizer(texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        return model(**given, pixel_values=pixels).text_embeds

    def rows(templates: list[str]) -> torch.Tensor:
        each = torch.stack([features([template.replace("{}", name) for name in names]) for template in templates])
        return torch.nn.functional.normalize(each.mean(0), dim=-1)

    images = model(**tokenizer(["a"], return_tensors="pt"), pixel_values=pixels).image_embeds
    logits = {key: model.logit_scale.exp() * images @ rows(told).T for key, told in (("logits", TEMPLATES), ("others", OTHERS))}
    assert logits["logits"].std() >= 1, logits
    zero_shot = {"pixels": pixels.flatten().tolist(), "classes": CLASSES, "templates": TEMPLATES, "other_templates": OTHERS}
    zero_shot |= {key: numbers(value) for key, value in logits.items()}
    texts = [numbers(features([TEXTS[item] for item in items])) for items in BATCHES]
    write("clip", model, {**expected, "features": texts, "zero_shot": zero_shot})


def letters_replaced(old: str, new: str) -> bytes:
    """SentencePiece's table of replacements with one row: a trie in an array, and the new texts behind it."""
    units, at, leaf = [0] * 256, ord(old), 200
    units[at] = at | 1 << 8 | (at ^ leaf) << 10
    table = struct.pack("<257I", 4 * 256, *units)
    return table + new.encode() + b"\0"


def unigram() -> None:
    """The likeliest pieces by their scores, spaces as a sign of their own, as SentencePiece cuts texts (Kudo 2018)."""
    letters = sorted(set("".join(TEXTS[0] + TEXTS[1] + TEXTS[10] + TEXTS[13])) - {" "})
    words = ["\u2581the", "\u2581a", "\u2581dog", "\u2581red", "own", "ing", "ould", "zh", "\u2581zhe", "\u2581"]
    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    scored = [(token, -2.0 - at / 7) for at, token in enumerate(words)] + [(letter, -5.0 - at / 11) for at, letter in enumerate(letters)]
    small = Tokenizer(models.Unigram(special + scored, unk_id=3))
    small.normalizer = normalizers.Sequence([normalizers.Precompiled(letters_replaced("T", "z")), normalizers.Replace(Regex(" {2,}"), " ")])
    small.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    small.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=small, pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>")
    folder = HERE / "unigram"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str())
    (folder / "expected.json").write_text(json.dumps({"ids": read(tokenizer, LONGEST)}))


@torch.no_grad()
def main() -> None:
    classifier("bert", BertForSequenceClassification, lambda **more: BertConfig(**SIZES, **more), LONGEST)
    short = dict(dim=12, n_layers=2, n_heads=2, hidden_dim=16)
    classifier("distilbert", DistilBertForSequenceClassification, lambda **more: DistilBertConfig(**short, **more), LONGEST)
    # The first two rows of RoBERTa's positions stand for none.
    classifier("roberta", RobertaForSequenceClassification, lambda **more: RobertaConfig(**SIZES, type_vocab_size=1, **more), LONGEST + 2)
    sentence_embedding()
    clip()
    unigram()


if __name__ == "__main__":
    main()
