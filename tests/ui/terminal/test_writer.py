"""The thread that writes to the terminal: slow ones, gone ones, ones that do not block."""

from __future__ import annotations

import os
import threading
import time

from opsconsole.ui.terminal.driver import TerminalWriter
from tests.support.waiting import DEADLINE


def test_the_writer_is_busy_until_the_terminal_has_taken_all_and_never_blocks_the_caller():
    read_end, write_end = os.pipe()
    writer = TerminalWriter(write_end)
    writer.start()
    writer.write("x" * 1_000_000)
    assert writer.busy
    got = 0
    while got < 1_000_000:
        got += len(os.read(read_end, 65536))
    deadline = time.monotonic() + DEADLINE
    while writer.busy and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    assert not writer.busy
    writer.stop()
    os.close(read_end)
    os.close(write_end)


def test_a_slow_terminal_is_put_in_order_and_not_sent_the_repaints_that_it_has_not_taken():
    read_end, write_end = os.pipe()
    writer = TerminalWriter(write_end)
    writer.start()
    for _ in range(20):
        writer.write("x" * 1_000_000)
    got = os.read(read_end, 100)
    writer.drop()
    writer.write("back in order")
    stopping = threading.Thread(target=writer.stop)
    stopping.start()
    while not got.endswith(b"back in order"):
        got += os.read(read_end, 65536)
    stopping.join()
    assert len(got) < 1_000_000
    assert got.endswith(b"x\x18\x1b\\back in order")
    os.close(read_end)
    os.close(write_end)


def test_a_writer_whose_terminal_is_gone_is_never_busy_again():
    read_end, write_end = os.pipe()
    os.close(read_end)
    writer = TerminalWriter(write_end)
    writer.start()
    writer.write("x")
    deadline = time.monotonic() + DEADLINE
    while writer.busy and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    writer.write("y")
    assert not writer.busy
    writer.stop()
    os.close(write_end)


def test_a_writer_waits_for_a_terminal_that_does_not_block():
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    writer = TerminalWriter(write_end)
    writer.start()
    writer.write("x" * 1_000_000)
    got = 0
    while got < 1_000_000:
        got += len(os.read(read_end, 65536))
    writer.stop()
    os.close(read_end)
    os.close(write_end)


def test_a_writer_tells_once_that_its_terminal_is_gone():
    read_end, write_end = os.pipe()
    os.close(read_end)
    told = []
    writer = TerminalWriter(write_end, lambda: told.append(True))
    writer.start()
    writer.write("x")
    writer.write("y")
    writer.stop()
    os.close(write_end)
    writer.look()
    assert told == [True]
