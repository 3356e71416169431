"""The limit: the least Python code that does what a benchmark measures, in the shape of a target.

No checks, no feeder, no finalizers, nothing for other platforms: what no implementation of the whole contract can
beat by much. It serves benchmarks only; those that it cannot serve say so (`Case.limited`).
Runs in the interpreter that is measured: stdlib only.
"""

from conformance.bench.limit.context import get_context

__all__ = ["get_context"]
