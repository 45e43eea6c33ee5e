"""How a verdict looks: a word and a shape, never a colour alone."""

import re

__all__ = ["VERDICTS", "badge", "with_badges"]

VERDICTS = {
    "reproduced": "●",
    "direction only": "◐",
    "inconclusive": "○",
    "contradicted": "✕",
    "not testable here": "–",
    "too few seeds": "…",
    "no record yet": "·",
}
_CLAIM_CELL = re.compile(r'<th scope="row">\w+\.\w+</th>')
_VERDICT_CELL = re.compile(f"<td>({'|'.join(VERDICTS)})</td>")


def badge(verdict: str) -> str:
    """Show a verdict as HTML: a shape, its word, and a colour on top."""
    name = verdict.replace(" ", "-")
    return (
        f'<span class="verdict verdict-{name}"><span aria-hidden="true">'
        f"{VERDICTS[verdict]}</span> {verdict}</span>"
    )


def with_badges(html: str) -> str:
    """Show the verdicts in a lesson's claims table as on the ledger's page.

    Args:
        html: a table that a lesson displayed.

    Returns:
        The table; other HTML is returned as it is.
    """
    if 'class="claims"' not in html:
        return html
    html = _CLAIM_CELL.sub(lambda cell: cell[0].replace("_", "_<wbr>"), html)
    return _VERDICT_CELL.sub(lambda cell: f"<td>{badge(cell[1])}</td>", html)
