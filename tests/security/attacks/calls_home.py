"""Opens sockets of every kind."""

import socket

ISOLATING = True
SAYS = "not implemented"
KINDS = ("AF_INET", "AF_INET6", "AF_UNIX", "AF_VSOCK", "AF_NETLINK", "AF_PACKET")


def strike(*_):
    for family in KINDS:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            try:
                socket.socket(getattr(socket, family), kind)
            except OSError:
                continue
            raise RuntimeError(f"zth-attack: got a socket {family}")
    try:
        socket.getaddrinfo("example.org", 80)
    except OSError:
        raise NotImplementedError from None
    raise RuntimeError("zth-attack: got a name resolved")
