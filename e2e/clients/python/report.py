"""A list of checks, each a function; what came of them is printed as lines of the Test Anything Protocol."""

import sys
import time
import traceback

CHECKS = []


def check(title):
    """Makes a function one of the checks, which run in the order in which they are written."""

    def keep(function):
        CHECKS.append((title, function))
        return function

    return keep


def eventually(what, probe, seconds=60):
    """Waits until `probe` gives something true, and gives that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds} seconds")


def same(found, expected):
    """Fails with both when they differ."""
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def run(*arguments):
    """Runs every check, and ends the process with 1 if one failed."""
    failed = 0
    for title, function in CHECKS:
        try:
            function(*arguments)
            print(f"ok - {title}", flush=True)
        except Exception as error:  # A check may fail in any way; the others go on.
            failed += 1
            traceback.print_exc()
            words = " ".join(str(error).split())
            print(f"not ok - {title}\n# {words[:300]}", flush=True)
    sys.exit(1 if failed else 0)
