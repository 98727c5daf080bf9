"""Nothing passes from one worker to the next; what it wrote is bounded, its own, and then gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import tries
from tests.security.conftest import ISOLATING, Try, opened, tier_named
from zth.host import Died, Nursery, Session

MIB = 1 << 20

# What one worker does to itself, and what the next one must find instead.
CHANGES = {
    "a module's global": (
        "import torch; torch.left = 1",
        "import torch; x = hasattr(torch, 'left')",
    ),
    "a patched function": (
        "import torch; torch.sum = lambda *a, **k: torch.tensor(42.0)",
        "import torch; x = torch.sum(torch.zeros(1)).item() == 42",
    ),
    "a built-in": ("import builtins; builtins.abs = len", "x = abs is len"),
    "a new module": (
        "import sys; sys.modules['left'] = sys",
        "import sys; x = 'left' in sys.modules",
    ),
    "the environment": (
        "import os; os.environ['LEFT'] = '1'",
        "import os; x = 'LEFT' in os.environ",
    ),
    "the folder": ("import os; os.chdir('/usr')", "import os; x = os.getcwd() != '/'"),
    "the random state": (
        "import torch; torch.manual_seed(7)",
        "import torch; x = torch.initial_seed() == 7",
    ),
    "the default dtype": (
        "import torch; torch.set_default_dtype(torch.float64)",
        "import torch; x = torch.get_default_dtype() == torch.float64",
    ),
    "a limit": (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (99, 99))",
        "import resource as r; x = r.getrlimit(r.RLIMIT_NOFILE)[0] == 99",
    ),
    "a signal's handler": (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "import signal; x = signal.getsignal(signal.SIGTERM) == signal.SIG_IGN",
    ),
    "a thread": (
        "import threading, time; threading.Thread(target=time.sleep, args=(9,)).start()",
        "import threading; x = threading.active_count() > 1",
    ),
    "an import hook": (
        "import sys; sys.meta_path.insert(0, type('L', (), {'find_spec': None, 'left': 1}))",
        "import sys; x = any(hasattr(f, 'left') for f in sys.meta_path)",
    ),
    "a hidden module": (
        "import sys; sys.modules['numpy'] = None",
        "import sys; x = sys.modules['numpy'] is None",
    ),
}


@pytest.fixture(scope="module", params=ISOLATING)
def with_torch(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    with Nursery(["torch"], tier_named(request.param)) as nursery:
        yield nursery


@pytest.mark.parametrize("what", CHANGES)
def test_state_never_leaks_from_one_worker_to_the_next(what: str, with_torch: Nursery) -> None:
    change, look = (f"def f():\n    {code}\n    return x" for code in CHANGES[what])
    change = change.replace("return x", "return 'changed'")
    with opened(with_torch) as first:
        assert first.call(tries.run, look, limit=30) == "False"
        assert first.call(tries.run, change, limit=30) == "changed"
        assert first.call(tries.run, look, limit=30) != "False", "the change does nothing"
        with opened(with_torch) as beside:
            assert beside.call(tries.run, look, limit=30) == "False"
    with opened(with_torch) as after:
        assert after.call(tries.run, look, limit=30) == "False"


def test_torch_computes_on_two_threads_in_a_forked_worker(with_torch: Nursery) -> None:
    source = (
        "def f():\n    import torch\n    torch.set_num_threads(2)\n"
        "    a = torch.ones(600, 600)\n    return (a @ a)[0, 0].item()"
    )
    for _ in range(2):
        with opened(with_torch) as session:
            assert session.call(tries.run, source, limit=30) == "600.0"


# --- scratch --------------------------------------------------------------------------------------

SAVE = (
    "import tempfile\ndef f():\n    with tempfile.TemporaryDirectory() as folder:\n"
    "        open(folder + '/model', 'wb').write(b'weights')\n"
    "        return open(folder + '/model', 'rb').read()"
)


def test_without_scratch_nothing_can_be_written(attempt: Try) -> None:
    assert attempt(SAVE) in ("EACCES", "EROFS")


def test_with_scratch_tempfile_works(attempt: Try) -> None:
    assert attempt(SAVE, scratch=MIB) == "b'weights'"


WHERE = "import tempfile\ndef f():\n    return tempfile.gettempdir()"
LEAVE = "import tempfile, os\ndef f():\n    open(os.path.join(tempfile.gettempdir(), 'left'), 'w')"


def test_scratch_is_empty_at_first_and_gone_at_last(nursery: Nursery) -> None:
    with opened(nursery, scratch=MIB) as session:
        session.call(tries.run, LEAVE)
        place = session.call(tries.run, WHERE)
        inside = Path(f"/proc/{session.pid}/root{place}")
        assert [p.name for p in inside.iterdir()] == ["left"]
        with opened(nursery, scratch=MIB) as other:
            assert other.call(tries.run, WHERE) != place
            look = f"import os\ndef f(): return os.listdir({place!r})"
            assert other.call(tries.run, look) == "EACCES"
            nursery_root = Path(f"/proc/{other.pid}/root{place}")
            assert nursery_root.exists()
            session.close()
            assert not nursery_root.exists()


FILLS = {
    "one large file": (
        (
            "import tempfile, os\ndef f():\n"
            "    with open(tempfile.gettempdir() + '/x', 'wb', 0) as x:\n"
            "        for _ in range(64): x.write(bytes(1 << 20))"
        ),
        "EFBIG",
    ),
    "many files": (
        (
            "import tempfile, time\ndef f():\n    for n in range(64):\n"
            "        open(f'{tempfile.gettempdir()}/{n}', 'wb').write(bytes(1 << 20))\n"
            "        time.sleep(0.01)\n"
        ),
        "MiB of files",
    ),
    "many empty files": (
        (
            "import tempfile\ndef f():\n    for n in range(1_000_000):\n"
            "        open(f'{tempfile.gettempdir()}/{n}', 'x').close()\n"
        ),
        "MiB of files",
    ),
    "many folders, one in the other": (
        (
            "import os, tempfile\ndef f():\n    os.chdir(tempfile.gettempdir())\n"
            "    while True: os.mkdir('d', 0o700); os.chdir('d')\n"
        ),
        "MiB of files",
    ),
    "where no path is long enough": (
        (
            "import os, tempfile\ndef f():\n    os.chdir(tempfile.gettempdir())\n"
            "    for _ in range(20): os.mkdir('d' * 250, 0o700); os.chdir('d' * 250)\n"
            "    for n in range(64): open(str(n), 'wb').write(bytes(1 << 20))\n"
        ),
        "cannot be looked at: File name too long",
    ),
}


def outcome(session: Session, source: str) -> str:
    """What the source returned, or what ended the worker."""
    try:
        return session.call(tries.run, source, limit=30)
    except Died as died:
        return died.message


@pytest.mark.parametrize("how", FILLS)
def test_what_is_written_is_bounded_and_goes(how: str, nursery: Nursery) -> None:
    source, words = FILLS[how]
    with opened(nursery, scratch=4 * MIB) as session:
        place = session.call(tries.run, WHERE)
        assert words in outcome(session, source)
        with opened(nursery) as other:
            deadline = time.monotonic() + 30
            session.close()
            inside = Path(f"/proc/{other.pid}/root{place}")
            while inside.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not inside.exists()


def test_a_closed_folder_goes_too(nursery: Nursery) -> None:
    source = (
        "import os, tempfile\ndef f():\n    os.chdir(tempfile.gettempdir())\n"
        "    os.makedirs('a/b/c')\n    os.umask(0o777)\n    os.mkdir('a/b/c/d')\n"
    )
    with opened(nursery, scratch=MIB) as session, opened(nursery) as other:
        place = session.call(tries.run, WHERE)
        said = outcome(session, source)  # root sees what is in it
        assert said in ("None", "what it wrote cannot be looked at: Permission denied")
        session.close()
        assert not Path(f"/proc/{other.pid}/root{place}").exists()


@pytest.mark.parametrize("name", [*ISOLATING, "process"])
def test_the_memory_of_a_worker_with_a_gpu_is_watched(name: str) -> None:
    """Its address space cannot be limited, which CUDA fills as it likes."""
    source = "import time\ndef f():\n    x = bytearray(b'x' * (600 << 20))\n    time.sleep(5)"
    with (
        Nursery(tier=tier_named(name)) as nursery,
        opened(nursery, memory=300 * MIB, gpu=True) as session,
        pytest.raises(Died, match="more than 300 MiB of memory"),
    ):
        session.call(tries.run, source, limit=20)
