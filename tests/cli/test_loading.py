"""A command loads what it needs and no more: counted in modules, as times differ by machine."""

import json
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

from fastapi.testclient import TestClient

from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.root import now
from chocolate_factory.jobs import alone
from chocolate_factory.settings import load_settings
from chocolate_factory.web.pages import TEMPLATES

PLANT = files("chocolate_factory").joinpath("data/reference_plant.yaml")
LEARNING = {"fontTools", "joblib", "lightgbm", "openpyxl", "pandas", "scipy", "sklearn"}
"""What takes a second or more to load together, and no start of anything needs."""

STARTS = """
import json, sys
from chocolate_factory.__main__ import main
from chocolate_factory.cli.root import loaded

def after(*words):
    sys.argv = ["chocolate-factory", *words]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, words
    return sorted({name.split(".")[0] for name in sys.modules})

held = [after("version"), after("--help"), after("plant", "check", sys.argv[1])]
loaded("serve")
held.append(sorted({name.split(".")[0] for name in sys.modules}))
print(json.dumps(held))
"""


def test_a_start_loads_no_library_that_it_does_not_use() -> None:
    asked = [sys.executable, "-c", STARTS, str(PLANT)]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    version, listed, plant, serve = map(set, json.loads(said.splitlines()[-1]))
    assert not (version | listed) & {"numpy", "pydantic_settings", *LEARNING}
    assert not plant & {"fastapi", "highspy", "sqlalchemy", *LEARNING}
    assert "fastapi" in serve
    assert not serve & LEARNING


def test_a_server_compiles_its_pages_before_anybody_asks_for_one(tmp_path: Path) -> None:
    assert TEMPLATES.cache is not None
    TEMPLATES.cache.clear()
    with open_factory(load_settings(data_dir=tmp_path)) as factory:
        web, until = build_web(alone(factory), now, catch_up=False), time.monotonic() + 60
        with TestClient(web):
            while len(TEMPLATES.cache) < len(TEMPLATES.list_templates()):
                assert time.monotonic() < until
                time.sleep(0.05)
