"""The table that all dialogs and the command line are made from."""

from __future__ import annotations

import pytest

from nst_core import errors, manifest, schema


@pytest.mark.parametrize("method", schema.METHODS)
def test_defaults_pass_their_own_checks(method):
    assert schema.check(method, schema.method(method).defaults) == schema.method(method).defaults


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("strength", 1.5, "0 to 1"),
        ("strength", "much", "not a number"),
        ("strength", float("nan"), "out of range"),
        ("strength", True, "not a number"),
        ("size", 10.5, "not a whole number"),
        ("size", -1, "0 to"),
        ("model", "vgg", "microast"),
        ("nonsense", 1, "no parameter"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(name, value, words):
    with pytest.raises(errors.UsageError, match=words):
        schema.check("arbitrary", {name: value})


def test_text_of_a_command_line_becomes_numbers():
    checked = schema.check("arbitrary", {"strength": "0.25", "size": "512"})
    assert checked["strength"] == 0.25
    assert checked["size"] == 512
    assert isinstance(checked["size"], int)


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(errors.UsageError, match="arbitrary"):
        schema.check("watercolour", {})


def test_a_model_is_demanded_where_none_may_be_the_default():
    parameters = schema.check("anime", {})
    with pytest.raises(errors.UsageError, match=r"method anime .* choose one of animegan2-hayao, "):
        schema.model_of("anime", parameters)
    assert schema.model_of("anime", schema.check("anime", {"model": "animegan2-paprika"})) == "animegan2-paprika"
    assert schema.method_with("animegan2-paprika").name == "anime"


def test_no_model_is_a_default_that_may_not_be_used_commercially():
    models = manifest.load().models
    for method in schema.METHODS.values():
        default = {**method.defaults}.get("model", method.model)
        assert default == schema.NO_MODEL or models[default].licence.commercial == "yes", method.name


def test_every_choice_of_a_model_is_in_the_manifest():
    for method in schema.METHODS.values():
        for model in method.models:
            assert manifest.load().model(model).method == method.name


def test_every_error_survives_the_wire():
    for kind in errors.KINDS.values():
        back = errors.from_wire(errors.to_wire(kind("the sentence", "the details")))
        assert (type(back), back.message, back.details) == (kind, "the sentence", "the details")
