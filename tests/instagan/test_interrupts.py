"""Signals to real processes whose main thread is at Python code, at a lock, or in a call of C."""

import re
import signal
import subprocess
import sys
import time

import pytest

_BEGINNING = """
import hashlib, os, signal, sys, threading
from instagan.cli.interrupts import Interrupted, catch_interrupts, handlers_kept

def say(*words):
    print(*words, flush=True)

def compute():
    say("ready")
    hashlib.pbkdf2_hmac("sha256", b"", b"", 1 << 31 - 1)  # without the interpreter, for minutes
"""
_IN_C = """
with catch_interrupts(is_prompt=True) as interrupts:
    interrupts.has_begun = {has_begun}
    compute()
"""


def end_of(code: str, *signals: tuple[int, float]) -> tuple[int, float, str, str]:
    """Run code until it is ready, and send it signals, each after a pause in seconds.

    Returns:
        Exit code, seconds since the last signal, stdout and stderr.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _BEGINNING + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number, pause in ((0, 0.1), *signals):
            time.sleep(pause)
            if number:
                process.send_signal(number)
        began = time.monotonic()
        try:
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    return process.returncode, time.monotonic() - began, out, err


@pytest.mark.parametrize("has_begun", [True, False])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_one_signal_ends_a_long_call_of_c(number: int, code: int, has_begun: bool) -> None:
    found, seconds, _, err = end_of(_IN_C.format(has_begun=has_begun), (number, 0))
    assert (found, err.count("\n")) == (code, 1)
    assert "as after a kill" in err
    assert 2 < seconds < 6  # 2.5, but where others want the processor


@pytest.mark.parametrize(
    ("first", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "term"]
)
def test_a_second_signal_ends_a_long_call_of_c_at_once(first: int, code: int) -> None:
    found, seconds, _, err = end_of(_IN_C.format(has_begun=True), (first, 0), (signal.SIGINT, 0.05))
    assert (found, err.count("\n")) == (code, 1)
    assert 0.2 < seconds < 2


def test_two_signals_during_one_call_of_c_are_not_taken_for_one() -> None:
    code = """
with catch_interrupts(is_prompt=True) as interrupts:
    interrupts.has_begun = True
    say("ready")
    hashlib.pbkdf2_hmac("sha256", b"", b"", ROUNDS)
    try:
        interrupts.stop.wait()
        threading.Event().wait()
    except Interrupted as stopped:
        say("stopped", stopped.exit_code)
""".replace("ROUNDS", str(_rounds(0.3)))
    found, seconds, out, err = end_of(code, (signal.SIGINT, 0), (signal.SIGINT, 0.02))
    assert (found, out, err) == (0, "stopped 130\n", "")
    assert seconds < 1.2  # before what is in flight would be given up


def _rounds(seconds: float) -> int:
    """Return how many rounds of a hash take so long."""
    import hashlib

    began = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 100_000)
    return int(100_000 * seconds / (time.perf_counter() - began))


def test_what_is_in_flight_is_given_up_where_the_main_thread_waits_for_a_lock() -> None:
    code = """
with catch_interrupts(is_prompt=True) as interrupts:
    interrupts.has_begun = True
    try:
        say("ready")
        threading.Event().wait()
    except Interrupted as stopped:
        say("stopped", stopped.exit_code)
"""
    found, seconds, out, err = end_of(code, (signal.SIGTERM, 0))
    assert (found, out, err) == (0, "stopped 143\n", "")
    assert 1 < seconds < 2.4


def test_a_step_that_may_be_finished_is() -> None:
    code = """
with catch_interrupts() as interrupts:
    interrupts.has_begun = True
    say("ready")
    interrupts.stop.wait()
    threading.Event().wait(3.5)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 1000)
say("finished", interrupts.exit_code)
"""
    assert end_of(code, (signal.SIGINT, 0))[::2] == (0, "finished 130\n")


def test_signals_go_on_to_the_blocks_around_and_to_whoever_goes_on() -> None:
    code = """
before = signal.getsignal(signal.SIGINT)
with handlers_kept():
    with catch_interrupts() as outer:
        outer.has_begun = True
        with handlers_kept(), catch_interrupts(is_prompt=True) as inner:
            inner.has_begun = True
            say("ready")
            inner.stop.wait()
        say(outer.stop.is_set(), outer.exit_code)
        try:
            with catch_interrupts():
                say("not reached")
        except Interrupted as stopped:
            say(stopped.exit_code)
    say(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
say(signal.getsignal(signal.SIGINT) is before, signal.set_wakeup_fd(-1))
"""
    found, _, out, err = end_of(code, (signal.SIGTERM, 0))
    assert (found, err) == (0, "")
    assert re.findall(r"\S+", out) == ["True", "143", "143", "True", "True", "-1"]
