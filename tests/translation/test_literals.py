"""No text that a user can read is left unmarked in the plug-ins' sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import literals, template

SAMPLE = '''
"""A module that says things."""
import x

LABEL = "Style picture"
MARKED = _("Style picture")
NAME = "style-transfer"


def f(count, _unused):
    """Says how many."""
    raise errors.UsageError(f"{count} layers are active: choose one")


def g():
    label, _, text = x.parts()
    button.set_label("_Paint")
    raise ValueError("nobody reads this one")
    return _("a b"), ngettext("{count} layer", "{count} layers", 2)
'''


@pytest.mark.parametrize("path", template.sources(), ids=lambda path: path.relative_to(template.PLUGIN).as_posix())
def test_every_text_is_marked(path: Path):
    assert not list(literals.unmarked(path)), "put it into _(…), or into NO_TEXTS when nobody reads it"


@pytest.mark.parametrize("path", template.sources(), ids=lambda path: path.relative_to(template.PLUGIN).as_posix())
def test_nothing_else_is_called_like_the_function_that_translates(path: Path):
    assert not list(literals.shadowed(path))


def test_unmarked_texts_are_found(tmp_path: Path):
    module = tmp_path / "module.py"
    module.write_text(SAMPLE)
    found = [text for _line, text in literals.unmarked(module)]
    assert found == ["Style picture", "{} layers are active: choose one", "_Paint"]
    assert list(literals.shadowed(module)) == [15]
