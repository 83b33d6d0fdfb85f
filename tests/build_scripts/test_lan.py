"""`lessons serve --lan`: who may come, and what the trainer reads."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from build_scripts import lan

LESSONS = Path(sys.executable).with_name("lessons")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A repository with a built site."""
    (tmp_path / "content").mkdir()
    page = tmp_path / "_build/site/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html><title>Accueil</title>", "utf-8")
    return tmp_path


def test_without_being_asked_only_this_machine_is_served() -> None:
    assert lan.hosts(None, lan=False) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_addresses_of_this_machine_need_no_invitation(host: str) -> None:
    assert lan.hosts(host, lan=False) == [host]


@pytest.mark.parametrize("host", [lan.EVERYWHERE, "::", "192.168.1.20", "classroom.example"])
def test_an_address_that_lets_others_in_needs_one(host: str, built: Path) -> None:
    done = subprocess.run(
        [LESSONS, "serve", "--no-build", "--port", "0", "--host", host],
        cwd=built,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"ERROR  Other machines could reach {host}. Only `--lan` lets them in." in done.stderr
    assert "TIP    lessons serve --lan" in done.stderr


def test_the_room_is_served_at_its_own_addresses_only(monkeypatch: pytest.MonkeyPatch) -> None:
    loopback, wired, rented, alone = (
        SimpleNamespace(family=socket.AF_INET, address=address)
        for address in ("127.0.0.1", "192.168.1.20", "8.8.8.8", "169.254.3.4")
    )
    interfaces = {"lo": [loopback], "eth0": [wired, rented], "eth1": [alone]}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: interfaces)
    for host in (None, lan.EVERYWHERE):
        assert lan.hosts(host, lan=True) == ["127.0.0.1", "192.168.1.20"]
    interfaces["eth0"] = [rented]
    with pytest.raises(lan.NoNetwork, match="in no local network"):
        lan.hosts(None, lan=True)


def test_addresses_of_this_machine_are_private() -> None:
    for address in lan.addresses():
        known = ipaddress.ip_address(address)
        assert known.is_private
        assert not known.is_loopback


def test_the_trainer_reads_what_to_type_and_what_it_means(built: Path) -> None:
    command = [LESSONS, "serve", "--lan", "--no-build", "--port", "0", "--host", "127.0.0.1"]
    with subprocess.Popen(command, cwd=built, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr
        told = ""
        while "guests apart" not in told:
            line = serving.stderr.readline()
            assert line, told
            told += line
        serving.terminate()  # whoever starts the tests in the background ignores Ctrl+C
        serving.wait(20)
    assert "type into a phone or another computer:\n    http://127.0.0.1:" in told
    assert "is not encrypted" in told
