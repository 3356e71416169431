"""The declaration that ties a spec to the requirement which it checks.

Specs import this inside the interpreter under test: stdlib only, syntax of Python 3.8, and no look
at the catalogue (`catalogue` joins the two, in the controller).
"""

from __future__ import annotations

# `typing` itself is not imported: every spawned child would pay for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Sequence, Tuple, TypeVar

    Spec = TypeVar("Spec", bound=Callable[..., None])

DEADLINE = 20.0
"""Seconds after which a cell is taken for hung, on an idle machine; isolation stretches it under load."""


class Declaration:
    """What a spec says about itself.

    id: the requirement's id in the catalogue.
    needs: capabilities without which the spec has nothing to say; a target that declares to lack
        one gets UNSUPPORTED. Names of the API: "Process.kill", "parent_process", "Barrier".
    methods: start methods to which the spec is limited beyond what the catalogue says; None: no further limit.
    platforms: "posix", "linux", "windows": as `methods`, for what the spec itself makes use of, as alarms are.
    fresh: run in a freshly executed interpreter instead of a fork of a warm one.
    deadline: seconds.
    """

    def __init__(
        self,
        id: str,
        needs: Tuple[str, ...],
        methods: Optional[Tuple[str, ...]],
        platforms: Optional[Tuple[str, ...]],
        fresh: bool,
        deadline: float,
    ) -> None:
        self.id = id
        self.needs = needs
        self.methods = methods
        self.platforms = platforms
        self.fresh = fresh
        self.deadline = deadline


def requirement(
    id: str,
    *,
    needs: Sequence[str] = (),
    methods: Optional[Sequence[str]] = None,
    platforms: Optional[Sequence[str]] = None,
    fresh: bool = False,
    deadline: float = DEADLINE,
) -> Callable[[Spec], Spec]:
    """Declare that the decorated spec checks the requirement `id`; see `Declaration`."""

    def declare(spec: Spec) -> Spec:
        where, how = (None if limit is None else tuple(limit) for limit in (platforms, methods))
        marked: Any = spec
        marked.requirement = Declaration(id, tuple(needs), how, where, fresh, deadline)
        return spec

    return declare
