"""Runs the AWS CLI commands that come as JSON lines {"args": [...]} on stdin and answers each with a JSON line."""
import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


def run(args):
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            # A driver of its own for each command, as the `aws` program has.
            status = create_clidriver().main(args)
        except SystemExit as end:
            status = end.code
    return {"status": status, "stdout": stdout.getvalue(), "stderr": stderr.getvalue()}


for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
