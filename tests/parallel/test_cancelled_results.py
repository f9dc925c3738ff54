"""Results that are cancelled or aborted, and many that stand in line."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import time

import pytest
from waiting import wait_until

from emout_lab.parallel import CompositeError


def test_a_cancelled_result_is_no_noise(client, caplog, capsys):
    for view in (client[:], client.load_balanced_view()):
        result = view.map_async(time.sleep, [30] * 6)
        assert result.cancel() and result.cancelled()
        with pytest.raises(concurrent.futures.CancelledError):
            result.get(timeout=5)
    assert client[:].apply_async(int).get() == [0, 0]
    wait_until(lambda: not client.outstanding)
    assert capsys.readouterr() == ("", "") and not caplog.text


def test_an_asyncio_program_that_stops_waiting_hears_nothing_more(client, caplog, capsys):
    async def program():
        result = client[0].apply_async(time.sleep, 30)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(result), 0.2)
        return result.cancelled()

    assert asyncio.run(program())
    assert client[0].apply_async(int).get() == 0
    assert capsys.readouterr() == ("", "") and not caplog.text


def test_an_error_names_no_engine_where_none_had_the_requests(client):
    result = client.load_balanced_view().map_async(time.sleep, [30] * 6)
    result.abort()
    with pytest.raises(CompositeError) as caught:
        result.get(timeout=5)
    assert "None" not in str(caught.value)


def test_requests_in_line_do_not_crowd_the_session(client):
    told = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())
    logging.getLogger("distributed.core").addHandler(handler)
    try:
        busy = client[0].apply_async(time.sleep, 3)
        results = [client[0].apply_async(abs, -number) for number in range(1200)]
        assert [each.get() for each in results] == list(range(1200))
        assert busy.get() is None
    finally:
        logging.getLogger("distributed.core").removeHandler(handler)
    assert not [each for each in told if "unused comms" in each]
