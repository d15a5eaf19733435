"""Answers calls of the AWS CLI, one after the other: a start of the CLI for each would take most of the time.

Reads a line of JSON for each call, a list of its words, and writes one with `code`, `stdout` and `stderr`.

It makes `--generate-cli-skeleton output` a full check of a call. By itself the CLI leaves it to AWS to refuse a value that an
enumeration does not have: here it is refused at once. And its sample answers break the limits of its own models (empty ARNs, a
memory of 0 MB), so that a later command would not take their values: here they are as long and as large as they must be.

A sample has one page. What would go wrong with several is refused, too.
"""

import contextlib
import io
import json
import re
import sys

import botocore.session
from awscli.clidriver import create_clidriver
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
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


models = botocore.session.get_session().get_component("data_loader")


def pagination_of(args):
    """How the CLI follows the pages of a call, or None if the call has none."""
    service = {"s3api": "s3", "deploy": "codedeploy"}.get(args[0], args[0])
    try:
        pagination = models.load_service_model(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        return None
    return next((each for name, each in pagination.items() if xform_name(name, "-") == args[1]), None)


def page_fault(args, pagination):
    """What a call gets wrong about pages: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html"""
    limit = f"--{xform_name(pagination.get('limit_key', 'none'), '-')}"
    if limit in args and limit != "--max-items":
        return f"{limit} reads one page, which may be empty with more behind it: use --max-items."
    options = dict(zip(args, args[1:]))
    query = options.get("--query")
    if query is None or options.get("--output") != "text":
        return None
    if "--max-items" in args:
        return "With --max-items, --output text and a query, the CLI may print another line: use --output json or table."
    # An index or a slice of the whole list, a function or a pipe.
    if re.match(r"\w+(\[-?\d*:?-?\d+\]|\[-?\d+:\]|\()", query) or "|" in query:
        return "With --output text, the query selects from each page of the list: use --output json."
    return None


def answer(args):
    pagination = pagination_of(args)
    fault = pagination and page_fault(args, pagination)
    if fault:
        return {"code": 1, "stdout": "", "stderr": fault}
    if pagination and "--max-items" in args:
        # An option of the CLI alone, which is none of a sample's.
        index = args.index("--max-items")
        args = args[:index] + args[index + 2 :]
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
