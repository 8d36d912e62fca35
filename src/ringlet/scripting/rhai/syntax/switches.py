"""The parser for `switch`."""

from __future__ import annotations

from ringlet.scripting.rhai.syntax import nodes, tokens
from ringlet.scripting.rhai.syntax.checks import require_bool
from ringlet.scripting.rhai.syntax.expressions import ExpressionParser
from ringlet.scripting.rhai.syntax.nodes import Arm, Node
from ringlet.scripting.rhai.values.kinds import Range

_SEPARATED_BY_BRACE = (nodes.Block, nodes.If, nodes.While, nodes.For, nodes.Switch)


class SwitchParser(ExpressionParser):
    """Parses `switch`, the one construct with labels."""

    def parse_switch(self) -> Node:
        """`switch value { label | label if guard => …, _ => … }`"""
        depth = self.deepen()
        at = self.advance().at
        subject = self.parse_expression()
        self.expect("{", "to start the cases of this switch")
        arms: list[Arm] = []
        default: Node | None = None
        ranged = False
        while not self.accept("}"):
            if default is not None:
                self.fail("WrongSwitchDefaultCase", "Default switch case must be the last")
            if self.token.kind == "_":
                default = self._parse_default()
            else:
                arms.append(self._parse_arm(ranged))
                ranged = ranged or any(type(label) is Range for label in arms[-1].labels)
        self.rise(depth)
        return nodes.Switch(at, subject, arms, default)

    def _parse_default(self) -> Node:
        self.advance()
        if self.token.kind == "if":
            self.fail("WrongSwitchCaseCondition", "This switch case cannot have a condition")
        return self._parse_result()

    def _parse_arm(self, ranged: bool) -> Arm:
        """One case; numbers may not follow once a case has been `ranged`."""
        at = self.token.at
        labels = [self._parse_label(ranged)]
        while self.accept("|"):
            labels.append(self._parse_label(ranged))
        guard = None
        if self.accept("if"):
            guard = self.parse_expression()
            require_bool(guard)
        return Arm(at, labels, guard, self._parse_result())

    def _parse_result(self) -> Node:
        self.expect("=>", "after the label of this case")
        self.scope.blocks.append({})
        body = self.parse_statement()
        self.scope.blocks.pop()
        if self.token.kind not in ("}", tokens.END) and not self.accept(","):
            if not isinstance(body, _SEPARATED_BY_BRACE):
                self.fail("MissingToken", "Expecting ',' to separate the cases of this switch")
        return body

    def _parse_label(self, ranged: bool) -> object:
        at = self.token.at
        node = self._parse_label_node()
        value = self._constant(node)
        if ranged and type(value) in (int, float):
            message = "Numeric switch case cannot follow a range case"
            self.fail("WrongSwitchIntegerCase", message, at)
        return value

    def _parse_label_node(self) -> Node:
        """An expression without `|`, which separates labels here."""
        left: Node
        if self.token.kind in ("..", "..="):
            left = nodes.Literal(self.token.at, 0)
        else:
            left = self.parse_operand()
        return self.parse_operators(left, tokens.PRECEDENCE["|"])

    def _constant(self, node: Node) -> object:
        """The value of a label, which must be a literal."""
        match node:
            case nodes.Literal():
                return node.value
            case nodes.ArrayLiteral():
                return [self._constant(item) for item in node.items]
            case nodes.MapLiteral():
                return {key: self._constant(item) for key, item in node.entries.items()}
            case nodes.Binary() if node.operator in ("..", "..="):
                start, end = self._constant(node.left), self._constant(node.right)
                if type(start) is int and type(end) is int:
                    return Range(start, end, node.operator == "..=")
        self.fail("ExprExpected", "Expecting a literal expression", node.at)
