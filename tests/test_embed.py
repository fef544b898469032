"""The embedding model: the same meaning in both forms, token by token, and files that are whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.embed import DEFAULT_MODEL, Embedder, OnnxEmbedder, TorchEmbedder, load_embedder
from knowledge_base.forms import Forms, is_fast_at_int8, sha256
from knowledge_base.model_folder import Plan, read_plan
from tests.conftest import MODELS, ROOT

QUESTIONS = (
    "when is my bin collected",
    "How much is a parking permit?",
    "can i get help with council tax, i lost my job",
    "Sut mae gwneud cais am le mewn ysgol?",
    "report a pothole",
)
PASSAGES = (
    "Bin collections\nPut your bin out by 7am on the day of your collection.",
    "Parking > Permits\nA residents' permit costs £45 a year, a second one £90.",
    "Council Tax Reduction\nYou can get a lower bill if you are on a low income or lose your job.",
    "Lleoedd ysgol\nGwnewch gais am le mewn ysgol uwchradd erbyn 31 Hydref.",
    "Roads\nTell us about a pothole and we will look at it within 5 working days. " * 12,
)


@pytest.fixture(scope="module")
def whole(embedder: Embedder) -> Embedder:
    return load_embedder(DEFAULT_MODEL, MODELS, int8=False)


@pytest.fixture(scope="module")
def int8(embedder: Embedder) -> Embedder:
    return load_embedder(DEFAULT_MODEL, MODELS, int8=True)


@pytest.fixture
def copied(embedder: Embedder, tmp_path: Path) -> Forms:
    """Both forms in a folder of their own, to be spoilt."""
    shutil.copytree(MODELS, tmp_path / "models")
    return Forms(tmp_path / "models", embedder.model)


# Two forms of one model


def test_int8_means_the_same(whole: Embedder, int8: Embedder) -> None:
    assert whole.model == int8.model
    for texts in (QUESTIONS, PASSAGES):
        one, other = whole.embed_passages(texts), int8.embed_passages(texts)
        assert (one * other).sum(axis=1).min() > 0.97


def test_an_index_of_one_form_serves_questions_of_the_other(
    whole: Embedder, int8: Embedder
) -> None:
    """Cosines of a question and a passage differ by 0.07 at most; 0.05 was seen over 60 x 634."""
    same = whole.embed_questions(QUESTIONS) @ whole.embed_passages(PASSAGES).T
    for asked, kept in ((whole, int8), (int8, whole)):
        mixed = asked.embed_questions(QUESTIONS) @ kept.embed_passages(PASSAGES).T
        assert np.abs(mixed - same).max() < 0.07
        assert (mixed.argmax(axis=1) == same.argmax(axis=1)).all()


@pytest.mark.parametrize("form", ["whole", "int8"])
def test_a_text_means_the_same_alone_and_among_others(
    form: str, request: pytest.FixtureRequest
) -> None:
    embedder: Embedder = request.getfixturevalue(form)
    texts = [*QUESTIONS, *PASSAGES, "", "word " * 500]
    for text, row in zip(texts, embedder.embed_passages(texts), strict=True):
        assert embedder.embed_passages([text])[0] == pytest.approx(row, abs=1e-5)


@pytest.mark.parametrize(
    ("cpu_info", "fast"),
    [
        ("processor: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\n", True),
        ("flags : fpu avx2 avx_vnni\n", True),
        ("flags : fpu avx2 avx512f\n", False),
        ("Features : fp asimd asimddp i8mm\n", False),
        ("", False),
    ],
)
def test_int8_runs_where_the_processor_is_made_for_it(
    tmp_path: Path, cpu_info: str, fast: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(cpu_info)
    assert is_fast_at_int8(tmp_path / "cpuinfo") is fast
    assert not is_fast_at_int8(tmp_path / "none")


# Token by token


@pytest.mark.parametrize("form", ["whole", "int8"])
def test_tokens_come_with_the_vector_and_their_places(
    form: str, request: pytest.FixtureRequest
) -> None:
    embedder: Embedder = request.getfixturevalue(form)
    texts = ["When is my bin emptied?", "", "café, Llanfairpwll", "word " * 500]
    embedded = embedder.embed_tokens(texts)
    vectors = np.stack([one.vector for one in embedded])
    assert np.allclose(vectors, embedder.embed_passages(texts), atol=1e-6)
    for text, one in zip(texts, embedded, strict=True):
        assert one.tokens is not None
        assert one.spans is not None
        assert one.tokens.shape == (len(one.spans), 384)
        assert np.allclose(np.linalg.norm(one.tokens, axis=1), 1, atol=1e-4)
        assert all(text[start:end].strip() for start, end in one.spans)
    first, empty, _, long = embedded
    assert first.spans is not None
    assert [texts[0][start:end] for start, end in first.spans][:3] == ["When", "is", "my"]
    assert empty.spans is not None
    assert empty.spans.shape == (0, 2)
    assert long.spans is not None
    assert len(long.spans) == 254


def test_no_texts_are_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_tokens([]) == []
    assert embedder.embed_passages([]).shape == (0, 0)


def test_tokens_that_weigh_more_are_meant_more(whole: Embedder) -> None:
    text = "my parking permit and my bin collection"
    (asked,) = whole.embed_tokens([text], questions=True)
    assert asked.tokens is not None
    assert asked.spans is not None
    parking = (asked.spans[:, 0] < text.index("and")).astype(np.float32)
    about = whole.embed_passages(["Parking permits", "Bin collections"])
    first, second = about @ asked.pooled(parking), about @ asked.pooled(1 - parking)
    assert first[0] - first[1] > second[0] - second[1]
    alone = np.eye(len(asked.tokens), dtype=np.float32)[2]
    assert asked.pooled(alone) == pytest.approx(asked.tokens[2], abs=1e-5)
    assert float(asked.pooled(np.ones_like(alone)) @ asked.vector) > 0.95


def test_where_nothing_weighs_the_whole_text_is_meant(whole: Embedder) -> None:
    asked, empty = whole.embed_tokens(["my bin", ""])
    assert asked.pooled(np.zeros(2, dtype=np.float32)) is asked.vector
    assert empty.pooled(np.ones(0, dtype=np.float32)) is empty.vector


# The files


def test_a_form_is_found_by_its_digest(copied: Forms) -> None:
    assert copied.find(int8=True) == copied.int8
    assert copied.find(int8=False) == copied.whole
    with copied.int8.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"spoilt")
    assert copied.find(int8=True) is None
    copied.whole.unlink()
    assert copied.find(int8=False) is None


@pytest.mark.parametrize("record", [None, "", "{", "[]", "{}", '{"whole": null}'])
def test_a_form_without_a_digest_is_not_used(copied: Forms, record: str | None) -> None:
    copied.record.unlink()
    if record is not None:
        copied.record.write_text(record)
    assert copied.find(int8=True) is None
    assert copied.find(int8=False) is None


def test_a_model_that_int8_does_not_suit_runs_whole(copied: Forms) -> None:
    record = {**copied.read_record(), "int8": None}
    copied.record.write_text(json.dumps(record))
    assert copied.find(int8=True) == copied.whole


@pytest.mark.slow
def test_a_spoilt_file_is_made_again_by_two_at_once(copied: Forms) -> None:
    copied.int8.write_bytes(b"half")
    copied.record.write_text("{")
    script = (
        "import sys; from pathlib import Path; "
        "from knowledge_base.embed import DEFAULT_MODEL, load_embedder; "
        "e = load_embedder(DEFAULT_MODEL, Path(sys.argv[1]), int8=True); "
        "print(e.exported.name, e.embed_questions(['bin']).shape)"
    )
    command = [sys.executable, "-c", script, str(copied.folder)]
    builders = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    for builder in builders:
        said, _ = builder.communicate(timeout=120)
        assert said.decode().strip() == f"{copied.int8.name} (1, 384)"
    assert copied.find(int8=True) == copied.int8
    assert copied.find(int8=False) == copied.whole
    assert sha256(copied.whole) == sha256(Forms(MODELS, copied.model).whole)
    assert not list(copied.folder.glob("*.part"))


def test_a_question_is_embedded_without_the_libraries_that_exported(embedder: Embedder) -> None:
    script = (
        "import sys; from pathlib import Path; "
        "from knowledge_base.embed import DEFAULT_MODEL, load_embedder; "
        "load_embedder(DEFAULT_MODEL, Path(sys.argv[1])).embed_tokens(['bin'], questions=True); "
        "heavy = ('torch', 'transformers', 'sentence_transformers', 'onnx', 'huggingface_hub'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(MODELS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# Models that only sentence-transformers can run


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_with_prompts_gives_tokens_of_the_text_alone(
    whole: Embedder, tmp_path: Path
) -> None:
    assert isinstance(whole, OnnxEmbedder)
    folder = tmp_path / "prompted"
    shutil.copytree(whole.folder, folder)
    settings = folder / "config_sentence_transformers.json"
    prompts = {"query": "search for: ", "document": ""}
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "prompts": prompts}))
    prompted = load_embedder(str(folder), tmp_path / "models")
    assert isinstance(prompted, TorchEmbedder)

    texts = ["When is my bin emptied?", "", "word " * 500]
    for ours, theirs in zip(whole.embed_tokens(texts), prompted.embed_tokens(texts), strict=True):
        assert np.allclose(ours.vector, theirs.vector, atol=1e-5)
        assert ours.tokens is not None
        assert theirs.tokens is not None
        assert np.allclose(ours.tokens, theirs.tokens, atol=1e-4)
        assert np.array_equal(ours.spans, theirs.spans)  # type: ignore[arg-type]
    (asked,) = prompted.embed_tokens(texts[:1], questions=True)
    assert asked.spans is not None
    assert [texts[0][start:end] for start, end in asked.spans][:3] == ["When", "is", "my"]
    assert np.allclose(asked.vector, prompted.embed_questions(texts[:1])[0], atol=1e-5)
    bare = TorchEmbedder(prompted.model, folder, None).embed_tokens(texts[:1])[0]
    assert bare.tokens is None
    assert bare.pooled(np.ones(5, dtype=np.float32)) is bare.vector


# What a model's folder says


@pytest.mark.parametrize(
    ("pooling", "plan"),
    [
        ({"pooling_mode_mean_tokens": True}, Plan("mean", 128, False)),
        (
            {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
            Plan("cls", 128, False),
        ),
        ({"pooling_mode": "mean", "include_prompt": True}, Plan("mean", 128, False)),
        ({"pooling_mode": "cls"}, Plan("cls", 128, False)),
        ({"pooling_mode": "max"}, None),
        ({"pooling_mode": ["mean", "max"]}, None),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, None),
    ],
)
def test_a_model_is_run_alike_whichever_release_saved_it(
    tmp_path: Path, pooling: dict[str, object], plan: Plan | None
) -> None:
    kinds = ("models.Transformer", "sentence_transformer.modules.pooling.Pooling")
    modules = [{"path": path, "type": kind} for path, kind in zip(("", "1"), kinds, strict=True)]
    (tmp_path / "1").mkdir()
    for name, said in {
        "modules.json": modules,
        "tokenizer.json": {},
        "1/config.json": pooling,
        "config.json": {"max_position_embeddings": 130},
        "tokenizer_config.json": {"model_max_length": 128},
        "sentence_bert_config.json": {"transformer_task": "feature-extraction"},
    }.items():
        (tmp_path / name).write_text(json.dumps(said))
    assert read_plan(tmp_path) == plan
