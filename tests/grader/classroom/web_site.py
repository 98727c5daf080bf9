"""The pages of a class that was never taught, and who visits them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from grader.classroom import tokens
from grader.classroom.store import Store
from grader.classroom.web import site as web
from grader.classroom.web.app import create
from tests.grader.classroom.made_up import TOML, Class

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"


class Site(Class):
    """A class with its pages."""

    def __init__(self, root: Path, toml: str = TOML) -> None:
        root.mkdir(parents=True)
        (root / "class.db").write_bytes(_empty())
        super().__init__(root, toml=toml)
        self.site = web.Site(self.room, self.store)
        self.app = create(self.site)

    def visitor(self, **headers: str) -> TestClient:
        """A browser that nobody has signed in with."""
        return TestClient(
            self.app,
            raise_server_exceptions=False,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def token(self, student: str) -> str:
        """A new token of a student's."""
        made = tokens.made()
        self.store.add_token(student, tokens.digest(made))
        return made

    def student(self, id: str) -> TestClient:
        """A student's browser, signed in."""
        client = self.visitor()
        assert client.post("/sign-in", data={"token": self.token(id)}).status_code == 200
        return client

    def program(self, id: str) -> TestClient:
        """A student's script."""
        return self.visitor(authorization=f"Bearer {self.token(id)}")

    def instructor(self, name: str = "prof") -> TestClient:
        """An instructor's browser, signed in."""
        self.store.set_instructor(name, QUICK.hash(PASSWORD))
        client = self.visitor()
        typed = {"name": name, "password": PASSWORD}
        assert client.post("/teach/sign-in", data=typed).status_code == 200
        return client


@cache
def _empty() -> bytes:
    """A store with nothing in it, which takes long to make."""
    with TemporaryDirectory() as folder:
        Store.open(f"sqlite:///{folder}/class.db").close()
        return Path(folder, "class.db").read_bytes()


def mark(client: TestClient, page: str = "/me") -> str:
    """What the forms of a page bring with them."""
    found = re.search(r'name="mark" value="(\w+)"', client.get(page).text)
    assert found, f"{page} has no form"
    return found[1]
