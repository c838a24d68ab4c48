"""The inference runtime: the only file that imports ONNX Runtime."""

import os
from pathlib import Path

import onnxruntime


def session(model: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """A session that runs an ONNX graph on the processor, by as many threads as named or as there are cores (four at most)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # one long text would otherwise hold its memory for good
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
