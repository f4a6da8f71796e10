"""Write docs/reference/settings.md from the settings: python -m tests.settings_page"""

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path

from ledger.settings import PREFIX, Settings

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"
HEAD = """# Settings

Every setting is an environment variable, read once as a process begins. A setting that nothing
reads is refused. `answerable config check` names every bad one at once. This page is written by
`make docs`; a test fails where it is out of date. How they go together: [running it](../run.md).
A secret may be in a file: a setting with † is also read from the file that its name with `_FILE`
names, such as `ANSWERABLE_SECRET_KEY_FILE`.

| setting | unless given | what it is |
|---|---|---|
"""


def settings_page() -> str:
    """Return the whole page."""
    says = _docstrings()
    rows = [
        f"| `{PREFIX}{one.name.upper()}`{'' if one.repr else ' †'} | {_default(one.default)}"
        f" | {says[one.name]} |"
        for one in fields(Settings)
    ]
    return HEAD + "\n".join(rows) + "\n"


def _default(value: object) -> str:
    return "" if value is None or value == "" else f"`{value}`"


def _docstrings() -> dict[str, str]:
    """Return the sentence below each field of the class."""
    (declared,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(declared, ast.ClassDef)
    names = frozenset(one.name for one in fields(Settings))
    found = {}
    for field, said in zip(declared.body, declared.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(said, ast.Expr), field.target.id
            assert isinstance(said.value, ast.Constant), field.target.id
            found[field.target.id] = _as_page(str(said.value.value), names)
    return found


def _as_page(said: str, names: frozenset[str]) -> str:
    text = " ".join(inspect.cleandoc(said).split())
    text = re.sub(
        r"`(\w+)`",
        lambda word: f"`{PREFIX}{word[1].upper()}`" if word[1] in names else word[0],
        text,
    )
    return re.sub(r"docs/(\w+\.md)", r"[\1](../\1)", text)


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
