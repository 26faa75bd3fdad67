"""PyPI fhirkit-rs, kept warm: on each line of the input a name, a tab and a resource; JSON verdicts on the output."""

import json
import sys
import time

import fhirkit

for line in sys.stdin:
    name, _, body = line.rstrip("\n").partition("\t")
    started = time.perf_counter()
    try:
        issues = [
            {"severity": issue.severity, "path": issue.path, "text": issue.message} for issue in fhirkit.validate(body)
        ]
        verdict = {"id": name, "issues": issues}
    except ValueError as failure:
        verdict = {"id": name, "issues": [{"severity": "error", "path": "", "text": str(failure)}]}
    verdict["micros"] = round((time.perf_counter() - started) * 1e6)
    print(json.dumps(verdict), flush=True)
