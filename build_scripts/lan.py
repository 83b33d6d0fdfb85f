"""Where `lessons serve` listens: on this machine alone, or in the room's network when that is asked for."""

from __future__ import annotations

import ipaddress
import socket

import psutil

from build_scripts.errors import Fault

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 (recognised, never listened on)
ELSEWHERE = "192.0.2.1"
"""An address of nobody, to see which way this machine would go. Source: RFC 5737."""


class NotInvited(Fault):
    """An address that other machines reach was asked for, but not that they shall come."""

    status = 2


class NoNetwork(Fault):
    """This machine has no address in a local network."""


def hosts(host: str | None, *, lan: bool) -> list[str]:
    """Return the addresses to listen on; the one for this machine comes first.

    Args:
        host: what was asked for; None leaves it to us, and so does `0.0.0.0`, which would reach beyond the room too.
        lan: whether other machines of the room shall come.

    Raises:
        NotInvited: the host lets others in, and `lan` was not asked for.
        NoNetwork: there is no local network.
    """
    if host is not None:
        if not lan and not _is_loopback(host):
            raise NotInvited(f"Other machines could reach {host}. Only `--lan` lets them in.", "lessons serve --lan")
        if host != EVERYWHERE:
            return [host]
    if not lan:
        return [LOOPBACK]
    found = addresses()
    if not found:
        raise NoNetwork(
            "This computer is in no local network.", "Connect it to the room's Wi-Fi, then: lessons serve --lan"
        )
    return [LOOPBACK, *found]


def addresses() -> list[str]:
    """Return this machine's IPv4 addresses in private networks: first the one by which it reaches others."""
    found = [
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family == socket.AF_INET and _is_of_a_room(address.address)
    ]
    way_out = _way_out()
    return sorted(dict.fromkeys(found), key=lambda address: address != way_out)


def _way_out() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE, 9))  # a datagram socket sends nothing by connecting
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _is_of_a_room(address: str) -> bool:
    known = ipaddress.ip_address(address)
    return known.is_private and not known.is_loopback and not known.is_link_local


def _is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host.

    >>> _is_loopback("localhost"), _is_loopback("127.0.0.2"), _is_loopback("::1"), _is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
