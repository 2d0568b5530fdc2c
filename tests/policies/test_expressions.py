"""Terraform's templates are read as Terraform reads them, and what is not understood is unknown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.stack import synthesized
from policies.stack.expressions import evaluate_template
from policies.stack.values import Encoded, NotKnownError, Reference, Unknown, parse_json

KEY = Reference("aws_kms_key.k", "arn")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$${not} %%{a} directive", "${not} %{a} directive"),
        ('${"quoted \\"text\\""}', 'quoted "text"'),
        ("${true}", True),
        ("${-1.5}", -1.5),
        ("${null}", None),
        ('${[1, "a", [true]]}', [1, "a", [True]]),
        ('${{"a" = 1, b : "c"}}', {"a": 1, "b": "c"}),
        ('${join(",", ["a", "b"])}', "a,b"),
        ('${concat(["a"], ["b"])}', ["a", "b"]),
        ('${merge({"a" = 1}, {"a" = 2})}', {"a": 2}),
        ("a ${local.region} b", "a us-east-2 b"),
        ('${jsonencode({"a" = local.region})}', Encoded({"a": "us-east-2"})),
    ],
)
def test_template_when_all_of_it_is_known_then_is_its_value(text: str, value: Any) -> None:
    assert evaluate_template(text, {"local.region": "us-east-2"}) == value


@pytest.mark.parametrize(
    "text",
    ["${aws_kms_key.k.arn}", "${lookup(aws_kms_key.k.arn, 1)}", "${a ? aws_kms_key.k.arn : 2}",
     "${1 + aws_kms_key.k.arn}",
     "${[for x in y : aws_kms_key.k.arn]}", "${aws_kms_key.k[0].arn}", "%{ if a }${aws_kms_key.k.arn}%{ endif }",
     "${jsonencode({\"s\" = \"{\"broken\": aws_kms_key.k.arn}\"})}", "${unclosed aws_kms_key.k.arn",
     "${" + "[" * 5000 + "aws_kms_key.k.arn"],
)  # fmt: skip
def test_template_when_not_known_then_is_unknown_and_keeps_what_it_mentions(text: str) -> None:
    value = evaluate_template(text, {})
    assert isinstance(value, Unknown)
    assert KEY in value.references


def test_template_when_partly_known_then_keeps_its_literal_parts() -> None:
    value = evaluate_template("${aws_kms_key.k.arn}:*", {})
    assert isinstance(value, Unknown)
    assert value.literal == ":*"
    assert value.text == "${aws_kms_key.k.arn}:*"


def test_json_when_tokens_stand_in_its_strings_then_is_read_around_them() -> None:
    text = json.dumps({"arn": "${aws_kms_key.k.arn}", "all": ["${aws_kms_key.k.arn}/*", "$${kept}"], "n": 1})
    value = parse_json(evaluate_template(text, {}), "policy")
    assert value["arn"] == Unknown("${aws_kms_key.k.arn}", (KEY,))
    assert (value["all"][0].literal, value["all"][1], value["n"]) == ("/*", "${kept}", 1)


def test_json_when_a_token_stands_in_its_structure_then_is_not_known() -> None:
    with pytest.raises(NotKnownError, match="policy"):
        parse_json(evaluate_template('{"a": ${aws_kms_key.k.arn}}', {}), "policy")


def test_stack_when_a_reference_is_to_a_written_value_then_is_that_value(
    write_stack: Callable[..., Path],
) -> None:
    resources = {
        "aws_ecs_cluster": {"c": {"name": "${local.name}-cluster"}},
        "aws_ecs_service": {
            "s": {"name": "${aws_ecs_cluster.c.name}/s", "cluster": "${aws_ecs_cluster.c.arn}"}
        },
    }
    file = write_stack({"resource": resources, "locals": {"name": "${local.base}-eu", "base": "pictory"}})
    service = synthesized.load(file).resources["aws_ecs_service.s"]
    assert service.get("name") == "pictory-eu-cluster/s"
    assert isinstance(service.get("cluster"), Unknown)


def test_stack_when_references_go_round_then_stays_unknown(write_stack: Callable[..., Path]) -> None:
    resources = {"aws_x": {"a": {"name": "${aws_x.b.name}"}, "b": {"name": "${aws_x.a.name}"}}}
    assert isinstance(
        synthesized.load(write_stack({"resource": resources})).resources["aws_x.a"].get("name"), Unknown
    )
