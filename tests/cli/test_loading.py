"""A command loads what it needs and no more: counted in modules, as times differ by machine."""

import json
import subprocess
import sys
from importlib.resources import files

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
