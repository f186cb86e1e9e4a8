import json
from dataclasses import dataclass
from typing import Any

import pytest

from chocolate_factory.cli import main


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


@pytest.fixture
def cf(capsys, monkeypatch):
    """Runs a command line in this process."""

    def run(*args: object) -> Ended:
        words = ["chocolate-factory", *map(str, args)]
        monkeypatch.setattr("sys.argv", words)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        text = capsys.readouterr()
        return Ended(int(ended.value.code or 0), text.out, text.err)

    return run
