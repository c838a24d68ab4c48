"""The page of an evaluation: one file that needs no network, no script and no other file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

# The drawing area of a plot inside its 360 by 300 units.
LEFT, RIGHT, TOP, BOTTOM = 44, 348, 12, 256

# Heads of the table; under each the figures of the reports that it shows.
HEADS = {
    "right": "right",
    "first_right": "first right",
    "evidence_recall": "evidence recall",
    "citation_precision": "citation precision",
    "retrieved": "retrieved",
    "abstention_recall": "abstention recall",
    "false_abstentions": "false abstentions",
    "recall_at_10": "recall@10",
    "ndcg_at_10": "nDCG@10",
    "reciprocal_rank": "MRR@10",
}
MEANINGS = {
    "right": "all that is needed is quoted, or rightly nothing",
    "first right": "of those answered, the best-scored citation touches needed evidence",
    "evidence recall": "share of the needed evidence that is quoted whole",
    "citation precision": "share of the citations that touch needed evidence",
    "retrieved": "all needed evidence lies in the passages that were read",
    "abstention recall": "of the questions without an answer, those not answered",
    "false abstentions": "of the questions with an answer, those not answered",
    "recall@10, nDCG@10, MRR@10": "how the passages that were read are ranked: by document where the set names the documents that answer, "
    "else by passage, one that holds needed evidence whole being relevant",
    "length": "mean characters of the answers to answerable questions, and of the reference: a person’s answer or else the evidence",
    "ms": "median time per question",
}


def report_page(report: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """The page of a report as `eval` writes it; `before` is the earlier one it was compared with, if any."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # documents and questions are anybody's text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"share": _share, "x": _scale(LEFT, RIGHT), "y": _scale(BOTTOM, TOP), "p": _p}
    all = report["figures"]["types"]["all"]
    earlier = {record["id"]: record for record in before["answers"]} if before else {}
    return environment.get_template("report.html").render(
        report=report,
        all=all,
        heads=HEADS,
        counted=[name for name in HEADS if all[name] is not None],
        before=before,
        earlier=earlier,
        meanings=MEANINGS,
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _scale(start: float, end: float) -> Callable[[float], float]:
    """From 0 to 1 to a place in the plot."""
    return lambda value: round(start + (end - start) * value, 1)
