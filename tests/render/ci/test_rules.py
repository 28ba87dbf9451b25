"""Every rule that is shipped has its words."""

from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.render.ci.rules import RULES, rule_text


def test_every_shipped_rule_has_words_and_no_other() -> None:
    assert set(RULES) == set(SHIPPED_RULES)


def test_an_unknown_rule_is_named() -> None:
    assert "own.rule" in rule_text("own.rule").asks
