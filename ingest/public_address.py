"""Tell addresses that anyone may ask from those inside somebody's network."""

from __future__ import annotations

import ipaddress
from typing import Literal

Reach = Literal["public", "private", "never"]
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def reach(address: str) -> Reach:
    """Judge one resolved IP address, however it is wrapped.

    "private" may be asked where an operator lists the host; "never" is not, whoever lists it:
    metadata services, link-local, multicast, unspecified, and what has no meaning on the web.
    """
    try:
        return _reach(ipaddress.ip_address(address))
    except ValueError:
        return "never"


def _reach(ip: IPAddress) -> Reach:
    if isinstance(ip, ipaddress.IPv6Address):
        return _reach_of_six(ip)
    return _listed(ip)


def _reach_of_six(ip: ipaddress.IPv6Address) -> Reach:
    if ip.scope_id:
        return "never"
    if ip.ipv4_mapped:
        return _listed(ip.ipv4_mapped)
    if ip in _NAT64:
        # A network with DNS64 answers every name so; what counts is the IPv4 address inside.
        inner = _listed(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
        return "public" if inner == "public" else "never"
    return _listed(ip)


def _listed(ip: IPAddress) -> Reach:
    if ip == _LOOPBACK_SIX:
        return "private"
    if any(ip in network for network in _NEVER):
        return "never"
    if any(ip in network for network in _PRIVATE):
        return "private"
    # The lists above do not rest on is_global, whose answers changed between Python releases.
    return "public" if ip.is_global and (ip.version == 4 or ip in _GLOBAL_UNICAST) else "never"


_LOOPBACK_SIX = ipaddress.IPv6Address("::1")
# All that is in use on the web (RFC 4291, IANA); outside it are mapped, translated, link-local
# and other addresses that lead somewhere else than they say.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "fc00::/7",
        ),
    )
)

# IANA's special-purpose registries (RFC 6890 and later), and the clouds' metadata services.
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "100.100.100.200/32",  # Alibaba metadata
            "168.63.129.16/32",  # Azure's host; a public range, but answered inside
            "169.254.0.0/16",
            "192.0.0.0/24",  # with Oracle's metadata
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "2001::/23",  # Teredo, ORCHID, benchmarks
            "2001:db8::/32",
            "2002::/16",  # 6to4: leads to an IPv4 address of the writer's choice
            "3fff::/20",
            "fd00:ec2::254/128",  # AWS metadata
            "fd20:ce::254/128",  # Google metadata
        ),
    )
)
