"""Which network a scheduler listens on, from a made-up kernel's point of view."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from pathlib import Path

import pytest
from distributed import Security

from emout_lab.errors import SpecError, StartFailed
from emout_lab.paths import Runtime
from emout_lab.sessions.backends import load_backend
from emout_lab.sessions.backends.base import ClusterPlan
from emout_lab.sessions.network import (
    Interface,
    candidate_ports,
    choose_address,
    free_ports,
    is_port_taken,
    list_interfaces,
)
from emout_lab.sessions.spec import SessionSpec
from emout_lab.sessions.tls import make_certificates


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """A ``/sys/class/net`` of a login node, with names that tell nothing."""
    kinds = {"lo": 772, "enp1": 1, "docker0": 1, "fast": 32, "tun0": 65534}
    for name, kind in kinds.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "type").write_text(f"{kind}\n")
    for name in ("enp1", "fast"):
        (tmp_path / name / "device").mkdir()
    return tmp_path


ADDRESSES = {
    "lo": "127.0.0.1",
    "docker0": "172.17.0.1",
    "enp1": "192.0.2.7",
    "fast": "10.10.0.7",
    "tun0": "10.8.0.2",
}


def chosen(kernel: Path, *names: str) -> str:
    addresses = {name: ADDRESSES[name] for name in names}
    return choose_address(None, list_interfaces(kernel, addresses, kernel / "no-route-table"))


def test_infiniband_is_chosen_by_its_type_not_its_name(kernel: Path) -> None:
    assert chosen(kernel, *ADDRESSES) == "10.10.0.7"


def test_ethernet_comes_next_and_hardware_before_bridges(kernel: Path) -> None:
    assert chosen(kernel, "lo", "docker0", "enp1", "tun0") == "192.0.2.7"


def test_loopback_is_the_last_resort(kernel: Path) -> None:
    assert chosen(kernel, "tun0", "lo") == "127.0.0.1"
    assert choose_address(None, []) == "127.0.0.1"


def test_default_route_decides_between_equals(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text("Iface\tDestination\nnet1\t0000000A\nnet2\t00000000\n")
    interfaces = list_interfaces(tmp_path, {"net1": "10.0.0.1", "net2": "10.0.0.2"}, table)
    assert choose_address(None, interfaces) == "10.0.0.2"


def test_address_that_the_machine_has_not_is_refused() -> None:
    interfaces = [Interface("eth0", "192.0.2.7", 1, True, True)]
    assert choose_address("192.0.2.7", interfaces) == "192.0.2.7"
    with pytest.raises(SpecError, match=r"'192\.0\.2\.8' is no address of this machine"):
        choose_address("192.0.2.8", interfaces)


def test_ports_follow_the_user_id() -> None:
    assert candidate_ports(None, user_id=36_001) == range(46_001, 46_021)
    assert candidate_ports(None, user_id=60_000) == range(20_000, 20_020)


def test_taken_port_is_skipped_and_no_port_is_explained() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert next(free_ports("127.0.0.1", range(port, port + 20))) > port
        with pytest.raises(StartFailed, match="EMOUT_DASK_SCHED_PORT"):
            next(free_ports("127.0.0.1", range(port, port + 1)))


def test_port_that_is_taken_after_the_probe_is_recognised_in_what_dask_raises(
    tmp_path: Path,
) -> None:
    paths = Runtime(tmp_path).session("raced")
    certificates = make_certificates(paths.certs, "raced", "127.0.0.1")
    security = Security(**certificates.security_fields())
    spec = SessionSpec("raced", backend="local", memory="1G", cores=1, walltime="00:10:00")

    async def build(port: int) -> None:
        plan = ClusterPlan(spec, paths, "127.0.0.1", port, certificates, security)
        async with load_backend("local").build(plan):
            pass

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        try:
            asyncio.run(build(taken.getsockname()[1]))
        except RuntimeError as failure:
            recognised = is_port_taken(failure)
    # tornado leaves the socket that it could not bind to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert recognised
    assert not is_port_taken(OSError(13, "Permission denied"))
