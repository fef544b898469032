"""Write the embedding model as ONNX, whole and in int8; run once, in a process of its own."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from knowledge_base.embed import OnnxEmbedder
from knowledge_base.forms import Forms, sha256
from knowledge_base.model_folder import read_plan

# The packaged model's int8 form keeps 0.98 at least; with one scale a matrix instead of one a
# column it fell to 0.88, and every fifth question found another page first.
LEAST_COSINE = 0.97
SAMPLES = (
    "bins",
    "my bin wasnt emptied who do i tell",
    "When is my recycling collected?",
    "How much is a residents' parking permit for a second car?",
    "Pryd mae fy miniau'n cael eu casglu?",
    "I have lost my job and cannot pay my council tax this month. What can I do?",
    "Opening hours\nMonday to Friday: 9am to 5pm\nSaturday: 10am to 1pm\nClosed on bank holidays",
    "Apply for a school place by 31 October for secondary and 15 January for primary schools.",
    "| Permit | Price |\n|---|---|\n| First car | £45 |\n| Second car | £90 |",
    "You can get Council Tax Reduction if you are on a low income or claim benefits. What you get "
    "depends on where you live, your circumstances, your household income and your savings.",
    "We collect bulky waste such as beds, sofas, fridges and washing machines. Put the items at "
    "the edge of your property by 6am on the day. We do not collect building waste, car parts, "
    "gas bottles or anything that two people cannot lift safely.",
    "You need planning permission to build something new, to make a major change to your building "
    "or to change its use. " * 8,
)


def export(folder: str, cache: str, model: str) -> None:
    """Write both forms of a transformer into `cache`, and then the record of their digests."""
    forms = Forms(Path(cache), model)
    # Each exporter writes into a folder of its own. Of two at a time the last one's files stay:
    # they are the same to the byte, and where they are not, the record says so at the next start.
    with tempfile.TemporaryDirectory(dir=cache, prefix=f"{model}-", suffix=".part") as part:
        whole, int8, record = (Path(part) / name for name in ("whole", "int8", "record"))
        write_whole(folder, whole)
        write_int8(whole, int8)
        cosine = least_cosine(Path(folder), whole, int8)
        fits = cosine >= LEAST_COSINE
        digests = {"whole": sha256(whole), "int8": sha256(int8) if fits else None}
        record.write_text(json.dumps({**digests, "cosine": round(cosine, 4)}))
        whole.replace(forms.whole)
        if fits:
            int8.replace(forms.int8)
        record.replace(forms.record)


def write_whole(folder: str, target: Path) -> None:
    """Write a transformer's token embeddings as an ONNX graph with free batch and length."""
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    wants_types = "token_type_ids" in model.forward.__code__.co_varnames
    names = ["input_ids", "attention_mask"] + (["token_type_ids"] if wants_types else [])

    class Tokens(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            tokens: torch.Tensor = self.model(**dict(zip(names, inputs, strict=True)))[0]
            return tokens

    example = torch.ones((2, 8), dtype=torch.int64)
    torch.onnx.export(
        Tokens(),
        tuple(example for _ in names),
        str(target),
        input_names=names,
        output_names=["tokens"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "tokens"]},
        opset_version=17,
        # The newer exporter needs two more packages and takes four times as long.
        dynamo=False,
    )


def write_int8(whole: Path, target: Path) -> None:
    """Write the graph with its weights in 8 bits, one scale a column."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        whole,
        target,
        # Gather is the table of words: left out, the file is 59 MB instead of 23 and no nearer.
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


def least_cosine(folder: Path, whole: Path, int8: Path) -> float:
    """Compare the two forms over the samples: the cosine of the pair that is furthest apart."""
    plan = read_plan(folder)
    assert plan is not None
    one = OnnxEmbedder("", folder, whole, plan, 1).embed_passages(SAMPLES)
    other = OnnxEmbedder("", folder, int8, plan, 1, alone=True).embed_passages(SAMPLES)
    return float(np.min((one * other).sum(axis=1)))
