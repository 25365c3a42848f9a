"""Prints one line per check in the form that `cargo conform` reads."""

import sys
import traceback


def check(name, body):
    try:
        body()
        print(f"CHECK\t{name}\tpassed\t", flush=True)
    except BaseException as problem:  # a client library may raise anything
        traceback.print_exc()
        text = f"{type(problem).__name__}: {problem}".replace("\n", " ").replace("\t", " ")
        print(f"CHECK\t{name}\tfailed\t{text}", flush=True)


def not_run(name, reason):
    print(f"CHECK\t{name}\tnot-run\t{reason}", flush=True)


def equal(what, expected, actual):
    if expected != actual:
        raise AssertionError(f"{what}: expected {expected!r}, got {actual!r}")


def that(what, holds):
    if not holds:
        raise AssertionError(what)


def fails(kinds, body):
    try:
        value = body()
    except kinds as problem:
        return problem
    raise AssertionError(f"expected {kinds}, got the value {value!r}")


def done():
    print("DONE", flush=True)
    sys.exit(0)
