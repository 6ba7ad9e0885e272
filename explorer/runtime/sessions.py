"""ONNX Runtime sessions on the CPU or on CUDA.

``onnxruntime`` is imported inside the functions: what only lists cards or draws a trace never pays for it.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import BundleError, ProviderError
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, SessionOptions

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
PROVIDERS = ("auto", "cpu", "cuda")
_ERRORS, _FATAL = 3, 4
_ADVICE = "install the GPU libraries with `pip install 'attn-explore[cuda]'` and NVIDIA's driver, or use --provider cpu"


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """Where the graphs run.

    Attributes:
        name: ``cpu`` or ``cuda``.
        reason: Why, as a phrase for people.
    """

    name: str
    reason: str

    @property
    def label(self) -> str:
        """What a status line shows: ``CPU`` or ``CUDA``."""
        return self.name.upper()


def open_sessions(graphs: dict[str, bytes], provider: str) -> tuple[dict[str, InferenceSession], ProviderChoice]:
    """Open one session for each graph, all on the same provider.

    Args:
        graphs: ONNX files as bytes, by name. From bytes no external data can be resolved.
        provider: ``auto`` (CUDA where a session can really be made on it, else the CPU), ``cpu`` or ``cuda``.

    Raises:
        ProviderError: CUDA was asked for and cannot be used, or `provider` is none of the three.
        BundleError: ONNX Runtime refuses a graph.
    """
    if provider not in PROVIDERS:
        raise ProviderError(f"provider {printable(provider)!r} is not known; choose one of {', '.join(PROVIDERS)}")
    load_runtime().set_default_logger_severity(_ERRORS)
    if provider == "cpu":
        return _open_all(graphs, CPU), ProviderChoice("cpu", "asked for")
    problem = cuda_problem()
    if problem is None:
        sessions, problem = _try_cuda(graphs)
        if sessions is not None:
            return sessions, ProviderChoice("cuda", "an NVIDIA GPU was found" if provider == "auto" else "asked for")
    if provider == "cuda":
        raise ProviderError(f"CUDA cannot be used here: {problem}; {_ADVICE}")
    return _open_all(graphs, CPU), ProviderChoice("cpu", problem)


def cuda_problem() -> str | None:
    """Return why CUDA is not worth trying, None where it is; loading its libraries would cost a cold start 0.1 s."""
    if CUDA not in load_runtime().get_available_providers():
        return "the installed onnxruntime is built without CUDA"
    return None if _nvidia_device_present() else "no NVIDIA GPU was found"


def _nvidia_device_present() -> bool:
    devices = ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg")  # the last is Windows' GPU inside WSL
    if any(Path(device).exists() for device in devices):
        return True
    return sys.platform == "win32" and shutil.which("nvidia-smi") is not None


def _try_cuda(graphs: dict[str, bytes]) -> tuple[dict[str, InferenceSession] | None, str]:
    """Return sessions that run on CUDA, or None and why there are none."""
    with _silenced() as said:
        load_runtime().preload_dlls()  # finds the libraries that the extra `cuda` installs as Python packages
        try:
            sessions = _open_all(graphs, CUDA)
        except BundleError as error:  # a driver too old for the libraries, for example; the CPU judges the graphs
            return None, str(error)
    if all(CUDA in session.get_providers() for session in sessions.values()):
        return sessions, ""
    lines = [line for line in said.getvalue().splitlines() if line.startswith("Failed")]
    return None, printable(lines[0][:200]) if lines else "CUDA 13 or cuDNN 9 could not be loaded"


@contextlib.contextmanager
def _silenced() -> Iterator[io.StringIO]:
    """Keep what ONNX Runtime prints about missing libraries off the screen, and return it."""
    onnxruntime = load_runtime()
    onnxruntime.set_default_logger_severity(_FATAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            yield said
    finally:
        onnxruntime.set_default_logger_severity(_ERRORS)


def load_runtime() -> Any:
    """Import and return ``onnxruntime``."""
    import onnxruntime

    return onnxruntime


def _open_all(graphs: dict[str, bytes], provider: str) -> dict[str, InferenceSession]:
    # One after the other: side by side they take 10 ms less and 20 MB more, which the allocator then keeps.
    return {name: _open_one(name, data, provider) for name, data in graphs.items()}


def _open_one(name: str, data: bytes, provider: str) -> InferenceSession:
    onnxruntime = load_runtime()
    providers = [CPU] if provider == CPU else [provider, CPU]
    try:
        session: InferenceSession = onnxruntime.InferenceSession(
            data, _options(), providers=providers, enable_fallback=0
        )
    except Exception as error:  # its exceptions share no base class of their own
        lines = printable(str(error).split("\n")[0])
        raise BundleError(f"{name}: ONNX Runtime cannot load it ({lines[:300]})") from error
    return session


def _options() -> SessionOptions:
    """Return options for small steps.

    Measured on two cores at batch 1 (0.3 ms a step): a second thread gains nothing while it spins, which would also
    burn a core while the interface waits for a key, and costs 15 ms a step to wake where it may not spin.
    """
    onnxruntime = load_runtime()
    options: SessionOptions = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _ERRORS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
