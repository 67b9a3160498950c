"""Looking at a checked expression once, at load, for what its types alone do not tell.

Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from workers.rules import paths
from workers.rules.conditions.patterns import search_for
from workers.rules.expressions.complaints import BadExpr, Known, type_words
from workers.rules.expressions.evaluation import PARTIAL
from workers.rules.expressions.nodes import (
    Call,
    Constant,
    Name,
    Node,
    Select,
    Unsupported,
    begin_of,
    each,
    inside,
    parts_of,
    path_of,
)
from workers.rules.expressions.operations import MOMENT_PARTS, OPERATIONS
from workers.rules.facts import Path
from workers.rules.findings import Flaw
from workers.rules.values import duration_s, moment, quoted

#: functions as authors write them, for messages
FUNCTIONS = (
    *(name for name in OPERATIONS if name.isidentifier()),
    "matches", "has", "exists", "all", "exists_one", "filter", "map",
)  # fmt: skip

_EQUALITY = ("_==_", "_!=_")
_COMPARISONS = (*_EQUALITY, "_<_", "_<=_", "_>_", "_>=_")


def paths_of(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[tuple[Path, Node]]:
    """Every path an expression looks at, with its node.

    bound: the variables of the loops around it; what they look at is part of their list's path.
    """
    path = path_of(node, bound)
    if path is not None:
        yield path, node
        return
    for part in parts_of(node):
        yield from paths_of(part, bound | inside(node, part))


@dataclass(frozen=True)
class Scrutiny:
    """Refuses what cannot work."""

    text: str
    known: Known

    def pass_or_refuse(self, root: Node) -> None:
        """Raises BadExpr with the first mistake."""
        for path, node in paths_of(root):
            self._check_path(path, node)
        for node in each(root):
            self._check(node)
        self._check_answer(root)

    def _check(self, node: Node) -> None:
        match node:
            case Unsupported(offset=offset, what=what):
                raise BadExpr(f"rules do not have {what}", offset)
            case Constant(offset=offset, value=None):
                message = "null counts as absent; ask with has(…), such as !has(task.dueOn)"
                raise BadExpr(message, offset)
            case Call():
                self._check_call(node)

    def _check_call(self, call: Call) -> None:
        name = call.function
        if name not in OPERATIONS and name not in PARTIAL and name != "matches":
            raise BadExpr(self.known.unknown_function(name), self._begin_of(name, call))
        if name in _COMPARISONS:
            self._check_moments(call)
            self._check_duration(call)
        check = _OF_TEXT.get(name)
        if check:
            self._check_text(name, call, check)

    def _check_text(self, name: str, call: Call, check: Callable[[str], object]) -> None:
        *others, last = call.arguments
        if isinstance(last, Constant) and isinstance(last.value, str):
            try:
                check(last.value)
            except ValueError as error:
                raise BadExpr(str(error), last.offset) from None
        elif name in _LITERAL and others:
            what = "its zone" if name in MOMENT_PARTS else "its pattern"
            raise BadExpr(f"{name}(…) takes {what} in quotes, not from the event", last.offset)

    def _check_moments(self, call: Call) -> None:
        kinds = {part.type for part in call.arguments}
        for part in call.arguments:
            is_data = isinstance(part, Select | Name) and part.type == "dyn"
            if is_data and kinds == {"timestamp", "dyn"}:
                written = self._written(part)
                raise BadExpr(
                    f"a moment is compared with {written}, which is text; write"
                    f" timestamp({written})",
                    call.offset,
                )

    def _check_duration(self, call: Call) -> None:
        fields = [part.field for part in call.arguments if isinstance(part, Select)]
        if call.function in _EQUALITY and not any(f.lower().endswith("duration") for f in fields):
            return  # a text that happens to look like a duration
        for part in call.arguments:
            if isinstance(part, Constant) and isinstance(part.value, str) and _is_duration(part):
                message = f"{quoted(part.value)} is text; write duration({quoted(part.value)})"
                raise BadExpr(message, part.offset)

    def _check_path(self, path: Path, node: Node) -> None:
        root = str(path[0])
        if root not in self.known.roots:
            raise BadExpr(self.known.unknown_root(root), begin_of(node))
        if root == "changes" and len(path) > 1:
            try:
                paths.parse(".".join(map(str, path)))
            except Flaw as flaw:
                raise BadExpr(str(flaw), begin_of(node)) from None

    def _check_answer(self, root: Node) -> None:
        if root.type == "dyn":
            example = self._written(root) if isinstance(root, Select) else "task.isPrio"
            raise BadExpr(
                "an expression says true or false, and this one may give anything; compare it,"
                f" such as {example} == true"
            )
        if root.type != "bool":
            raise BadExpr(
                f"an expression says true or false, and this one gives {type_words(root.type)};"
                " compare it"
            )

    def _begin_of(self, name: str, call: Call) -> int:
        begin = self.text.rfind(name, 0, call.offset)
        return call.offset if begin < 0 else begin

    @staticmethod
    def _written(node: Node) -> str:
        names = []
        while isinstance(node, Select):
            names.append(node.field)
            node = node.operand
        names.append(node.name if isinstance(node, Name) else "…")
        return ".".join(reversed(names))


def _is_duration(constant: Constant) -> bool:
    try:
        return duration_s(str(constant.value)) >= 0
    except ValueError:
        return False


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"unknown timezone {quoted(name)}; write an IANA name such as Europe/Berlin"
        raise ValueError(message) from None


#: functions -> what their text must be, where it stands in the expression
_OF_TEXT: Mapping[str, Callable[[str], object]] = {
    "duration": duration_s,
    "timestamp": lambda text: moment(text, "UTC"),
    "matches": lambda text: search_for(text, fold=False),
    **dict.fromkeys(MOMENT_PARTS, _zone),
}
#: those that take it from the expression alone
_LITERAL = ("matches", *MOMENT_PARTS)
