"""A seccomp filter for one process: which calls to the kernel a worker may not make.

A deny list, since PyTorch and its allocators make many calls and new ones with each release; what
is newer than this list is answered "not there". Numbers are those of Linux's <asm/unistd.h>.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_… of <linux/audit.h>
NEWEST = 469  # the highest number that this file knows (file_setattr, Linux 6.17)

# The call: its number on x86_64 and on aarch64; None where the architecture has no such call.
_Call = tuple[int | None, int | None]
_SOCKETS = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242), "sendmsg": (46, 211),
    "sendmmsg": (307, 269), "recvmsg": (47, 212), "recvmmsg": (299, 243),
}  # fmt: skip
_PROCESSES = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "setsid": (112, 157), "setpgid": (109, 154), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
}  # fmt: skip
# Landlock governs what is opened, made, linked and removed, but not these.
_FILES = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "removexattrat": (466, 466), "file_setattr": (469, 469),
    "truncate": (76, 45), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "fanotify_init": (300, 262), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443),
}  # fmt: skip
# Memory that no limit of the process counts, or that outlives it.
_MEMORY = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semctl": (66, 191),
    "semop": (65, 193), "semtimedop": (220, 192), "msgget": (68, 186), "msgctl": (71, 187),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip
_SYSTEM = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "open_tree_attr": (467, 467), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "adjtimex": (159, 171), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, None), "ioperm": (173, None), "acct": (163, 89), "syslog": (103, 116),
    "vhangup": (153, 58), "lookup_dcookie": (212, 18), "personality": (135, 92),
}  # fmt: skip
DENIED: dict[str, _Call] = {
    **_SOCKETS, **_PROCESSES, **_FILES, **_MEMORY, **_SYSTEM,
}  # fmt: skip
_NOT_THERE = {"clone3": (435, 435), "openat2": (437, 437)}  # callers then try clone and openat

# Of classic BPF: what an instruction does.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_THREAD = 0x00010000  # CLONE_THREAD
_PDEATHSIG, _DUMPABLE = 1, 4  # to outlive its parent; to be out of the host's sight
_OWNERS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: have the kernel signal another process
# FIOSETOWN and SIOCSPGRP do the same; then TIOCSTI, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR
_CONTROLS = (0x8901, 0x8902, 0x5412, 0x40086602, 0x401C5820)
_ACCESS, _WRITES, _TRUNCATE = 3, (1, 2), 0o1000
_UNIX, _PACKETS = 1, 5 | 0o2000000  # AF_UNIX; SOCK_SEQPACKET | SOCK_CLOEXEC

_Instruction = tuple[int, int, int, int]
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2


def why_not() -> str:
    """Why there can be no filter here, in a line; empty where there can be one."""
    if sys.platform != "linux":
        return "seccomp is a feature of Linux"
    if platform.machine() not in _ARCHITECTURES:
        return f"there is no seccomp filter for {platform.machine()} here"
    return ""


def forbid_gains() -> None:
    """Makes sure that nothing which this process runs later gets more rights than it has."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def restrict(pid: int, *, gpu: bool = False) -> None:
    """Puts this process, whose id is `pid`, under the filter for good, and its later threads.

    With `gpu` it may do what the driver of one needs. Gains must be forbidden before. Raises
    OSError where the kernel refuses.
    """
    steps = _program(pid, platform.machine(), gpu)
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    program = ctypes.create_string_buffer(head, len(head))
    _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program))


def _prctl(option: int, *values: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *map(ctypes.c_ulong, (*values, 0, 0, 0)[:4])):
        raise OSError(ctypes.get_errno(), f"the kernel refuses prctl {option}")


def _program(pid: int, machine: str, gpu: bool) -> list[_Instruction]:
    """The filter for this architecture, as BPF."""
    column = list(_ARCHITECTURES).index(machine)

    def on(call: _Call, block: list[_Instruction]) -> list[_Instruction]:
        number = call[column]
        return [] if number is None else [(_EQUAL, 0, len(block), number), *block]

    steps: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, NEWEST + 1),  # x32's numbers, too
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
    ]
    needed = _of_a_driver() if gpu else {}
    for name, call in DENIED.items():
        steps += on(call, needed.get(name, [_deny()]))
    for call in _NOT_THERE.values():
        steps += on(call, [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)])
    for call, block in _conditional(pid):
        steps += on(call, block)
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _of_a_driver() -> dict[str, list[_Instruction]]:
    """What CUDA cannot start without, though denied to others: a socket that listens.

    Nobody is heard on it, for `accept` and whatever else would send or receive stays denied.
    """
    allow = (_RETURN, 0, 0, _ALLOW)
    kind = [_argument(0), (_EQUAL, 0, 3, _UNIX), _argument(1), (_EQUAL, 0, 1, _PACKETS)]
    return {"socket": [*kind, allow, _deny()], "bind": [allow], "listen": [allow]}


def _conditional(pid: int) -> list[tuple[_Call, list[_Instruction]]]:
    """Calls that depend on what they are given: of processes, only the own one."""
    thread = [_argument(0), (_ANY_BIT, 0, 1, _THREAD), (_RETURN, 0, 0, _ALLOW), _deny()]
    own, first, second = (0, pid), _argument(0), _argument(1)
    unaddressed = [_argument(4), (_EQUAL, 0, 3, 0), _argument(4, high=True), (_EQUAL, 0, 1, 0)]
    return [
        ((56, 220), thread),  # clone
        ((62, 129), [first, *_only((pid,))]),  # kill
        ((234, 131), [first, *_only((pid,))]),  # tgkill
        ((302, 261), [first, *_only(own)]),  # prlimit64
        ((203, 122), [first, *_only(own)]),  # sched_setaffinity
        ((144, 119), [first, *_only(own)]),  # sched_setscheduler
        ((142, 118), [first, *_only(own)]),  # sched_setparam
        ((314, 274), [first, *_only(own)]),  # sched_setattr
        ((141, 140), [second, *_only(own)]),  # setpriority
        ((251, 30), [second, *_only(own)]),  # ioprio_set
        ((44, 206), [*unaddressed, (_RETURN, 0, 0, _ALLOW), _deny()]),  # sendto
        ((157, 167), [first, *_but((_PDEATHSIG, _DUMPABLE))]),  # prctl
        ((72, 25), [second, *_but(_OWNERS)]),  # fcntl
        ((16, 29), [second, *_but(_CONTROLS)]),  # ioctl
        ((2, None), _opens(1)),  # open
        ((257, 56), _opens(2)),  # openat
    ]


def _opens(flags: int) -> list[_Instruction]:
    """Truncates only what it opens for writing; else older kernels' Landlock would let it pass."""
    writing = _only(_WRITES)
    return [
        _argument(flags),
        (_ANY_BIT, 0, 1 + len(writing), _TRUNCATE),
        (_AND, 0, 0, _ACCESS),
        *writing,
        (_RETURN, 0, 0, _ALLOW),
    ]


def _argument(number: int, high: bool = False) -> _Instruction:
    """Loads the lower half of a call's argument (of 64 bits), or the higher one."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * number + 4 * high)


def _only(values: tuple[int, ...]) -> list[_Instruction]:
    """Allows the call if what is loaded is one of the values."""
    steps: list[_Instruction] = []
    for value in values:
        steps += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*steps, _deny()]


def _but(values: tuple[int, ...]) -> list[_Instruction]:
    """Denies the call if what is loaded is one of the values."""
    steps: list[_Instruction] = []
    for value in values:
        steps += [(_EQUAL, 0, 1, value), _deny()]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _deny() -> _Instruction:
    return (_RETURN, 0, 0, _ERRNO | errno.EPERM)
