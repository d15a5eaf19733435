"""Answers calls of the AWS CLI, one after the other: a start of the CLI for each would take most of the time.

Reads a line of JSON for each call, a list of its words, and writes one with `code`, `stdout` and `stderr`.

It makes `--generate-cli-skeleton output` a full check of a call. By itself the CLI leaves it to AWS to refuse a value that an
enumeration does not have: here it is refused at once. And its sample answers break the limits of its own models (empty ARNs, a
memory of 0 MB), so that a later command would not take their values: here they are as long and as large as they must be.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver
from botocore.stub import Stubber
from botocore.utils import ArgumentGenerator
from botocore.validate import ParamValidator

check_string = ParamValidator._validate_string
check_list = ParamValidator._validate_list
sample_of = ArgumentGenerator._generate_skeleton


def check_enumeration(self, param, shape, errors, name):
    check_string(self, param, shape, errors, name)
    if isinstance(param, str) and shape.enum and param not in shape.enum:
        errors.report(name, "unknown field", unknown_param=param, valid_names=shape.enum)


def check_each(self, param, shape, errors, name):
    check_list(self, param, shape, errors, name)
    if isinstance(param, list) and shape.member.type_name == "string":
        for index, item in enumerate(param):
            check_enumeration(self, item, shape.member, errors, f"{name}[{index}]")


def sample_within_limits(self, shape, stack, name=""):
    if shape.type_name == "string" and shape.enum:
        return shape.enum[0]
    sample = sample_of(self, shape, stack, name)
    least = shape.metadata.get("min", 0)
    if shape.type_name == "string":
        return sample.ljust(least, "x")
    if shape.type_name in ("integer", "long", "float", "double"):
        return max(sample, least)
    if shape.type_name == "list":
        return sample * max(1, least)
    if shape.type_name == "timestamp":
        return sample.isoformat()
    if shape.type_name == "map" and shape.key.enum:
        return dict.fromkeys(shape.key.enum[:1], *sample.values())
    return b"" if sample is None else sample


ParamValidator._validate_string = check_enumeration
ParamValidator._validate_list = check_each
ArgumentGenerator._generate_skeleton = sample_within_limits
# Where a structure contains itself, its sample ends too early for the model.
Stubber._validate_operation_response = lambda *_: None


def answer(args):
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            code = create_clidriver().main(args)
        except SystemExit as exit:
            code = exit.code
    return {
        "code": code or 0,
        "stdout": stdout.buffer.getvalue().decode(),
        "stderr": stderr.buffer.getvalue().decode(),
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
