"""The images and their composition: what can be held without an engine to run them."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deploy.conftest import DEPLOY, ROOT, free_port, until
from ruamel.yaml import YAML

from chocolate_factory.cli.access_findings import port_finding
from chocolate_factory.settings import PREFIX, Settings

DOCKERFILES = (DEPLOY / "Dockerfile", DEPLOY / "remote/Dockerfile")
SETTLED = {"data_dir", "models_dir", "log_dir", "secrets_dir", "host", "port", "store_url"}
"""What compose.yaml settles itself."""

Instruction = tuple[str, str]


def instructions(dockerfile: Path) -> list[Instruction]:
    """Every instruction with its argument on one line."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(name, " ".join(rest.split())) for name, _, rest in (
        line.partition(" ") for line in lines if line.strip()
    )]  # fmt: skip


def arguments(dockerfile: Path, name: str) -> list[str]:
    return [rest for found, rest in instructions(dockerfile) if found == name]


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    return YAML(typ="safe").load(DEPLOY / "compose.yaml")


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """Every variable of .env.example, whether the line is commented or not."""
    lines = (DEPLOY / ".env.example").read_text().splitlines()
    found = [re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line) for line in lines]
    pairs = [match.groups() for match in found if match]
    assert len(pairs) == len(dict(pairs)), "a variable stands there twice"
    return dict(pairs)


def test_the_example_names_every_setting_and_no_other(example: dict[str, str]):
    named = {name for name in example if name.startswith(PREFIX)}
    assert named == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def test_the_example_shows_the_defaults(example: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    plain = Settings()
    for name, text in example.items():
        if name.startswith(PREFIX) and text:
            monkeypatch.setenv(name, text)
    assert Settings() == plain
    empty = {name for name in Settings.model_fields if not example[f"{PREFIX}{name.upper()}"]}
    assert empty == {
        name for name in Settings.model_fields
        if str(getattr(plain, name)) in {"None", "()", ""}
    }  # fmt: skip


def test_the_example_holds_every_variable_of_the_composition_with_its_default(
    example: dict[str, str],
):
    asked = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (DEPLOY / "compose.yaml").read_text()))
    own = {name: text for name, text in example.items() if not name.startswith(PREFIX)}
    assert own == {**asked, "COMPOSE_PROFILES": "default"}


def test_each_profile_starts_its_services(composed: dict[str, Any]):
    by_profile: dict[str, set[str]] = {}
    for name, service in composed["services"].items():
        for profile in service["profiles"]:
            by_profile.setdefault(profile, set()).add(name)
    assert by_profile == {
        "default": {"app", "influxdb"}, "local": {"app-local"}, "remote": {"remote"},
        "fleet": {"app-fleet", "fleet-plan", "dask-scheduler", "dask-worker", "postgresql"},
    }  # fmt: skip


def test_every_container_is_held_without_rights(composed: dict[str, Any]):
    for name, service in composed["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["init"] is True, name
        assert service["restart"] == "unless-stopped", name
        assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & set(service), name
        user = re.sub(r"\$\{\w+:-(\d+)\}", r"\1", service["user"])
        assert not user.startswith(("0:", "root")), name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name


def test_the_only_port_is_on_loopback(composed: dict[str, Any]):
    ports = {name: service.get("ports", []) for name, service in composed["services"].items()}
    published = {name for name, told in ports.items() if told}
    assert published == {"app", "app-local", "app-fleet"}
    assert all(ports[name] == ["127.0.0.1:${PUBLISHED_PORT:-8000}:8000"] for name in published)


def test_the_network_is_the_isolated_one(composed: dict[str, Any]):
    network = composed["networks"]["plant"]
    assert network["driver_opts"] == {"com.docker.network.driver.mtu": "1280"}
    (config,) = network["ipam"]["config"]
    subnet = ipaddress.ip_network(config["subnet"])
    assert str(subnet) == "192.168.100.0/24"
    outside = {"fleet-plan", "dask-scheduler", "dask-worker", "postgresql"}
    for name in composed["services"].keys() - outside:
        attached = composed["services"][name]["networks"]["plant"]
        assert ipaddress.ip_address(attached["ipv4_address"]) in subnet, name
    app = composed["services"]["app"]["networks"]["plant"]["ipv4_address"]
    for other in ("app-local", "app-fleet"):
        assert composed["services"][other]["networks"]["plant"]["ipv4_address"] == app
    assert composed["services"]["remote"]["environment"]["REMOTE_UPSTREAM"] == f"{app}:8000"


def test_who_works_for_the_fleet_has_no_way_out_and_only_the_application_is_in_both_networks(
    composed: dict[str, Any],
):
    assert composed["networks"]["fleet"] == {"driver": "bridge", "internal": True}
    within = {
        name for name, service in composed["services"].items() if "fleet" in service["networks"]
    }
    workers = {"fleet-plan", "dask-scheduler", "dask-worker", "postgresql"}
    assert within == workers | {"app-fleet"}
    assert all(composed["services"][name]["networks"] == ["fleet"] for name in workers)


def test_all_that_read_the_settings_of_a_plant_read_the_same_ones(composed: dict[str, Any]):
    told = {name: service.get("env_file") for name, service in composed["services"].items()}
    readers = {"app", "app-local", "app-fleet", "fleet-plan"}
    assert {name for name, files in told.items() if files} == readers
    assert all(told[name] == [{"path": ".env", "required": True}] for name in readers)


def test_workers_know_the_store_by_a_file_and_no_other_key(composed: dict[str, Any]):
    for name in ("fleet-plan", "dask-worker"):
        service = composed["services"][name]
        assert service["secrets"] == ["chocolate_factory_store_url"], name
        assert service["environment"][f"{PREFIX}SECRETS_DIR"] == "/run/secrets"
        mounts = service.get("volumes", [])
        written = {mount["target"] for mount in mounts if not mount.get("read_only")}
        assert written == ({"/logs"} if name == "fleet-plan" else set()), name
    kept = Path(composed["secrets"]["chocolate_factory_store_url"]["file"])
    assert kept.name == f"{PREFIX}STORE_URL".lower()
    assert f"./{kept.parent}" == composed["services"]["app-fleet"]["volumes"][3]["source"]
    urls = {
        composed["services"][name]["environment"][f"{PREFIX}CLUSTER_URL"]
        for name in ("app-fleet", "fleet-plan")
    }
    assert urls == {composed["services"]["dask-worker"]["entrypoint"][2]}


def test_whoever_is_told_where_the_audit_log_is_may_write_there(composed: dict[str, Any]):
    told = {
        name: service["environment"][f"{PREFIX}LOG_DIR"]
        for name, service in composed["services"].items()
        if f"{PREFIX}LOG_DIR" in service["environment"]
    }
    assert told.keys() == {"app", "app-local", "app-fleet", "fleet-plan"}
    for name, folder in told.items():
        (mount,) = (m for m in composed["services"][name]["volumes"] if m["target"] == folder)
        assert (mount["source"], mount.get("read_only", False)) == ("./logs", False), name


@pytest.mark.parametrize("names", [("app", "influxdb", "remote"), ("app-local", "remote")])
def test_together_they_fit_two_cores_and_two_gigabytes(
    composed: dict[str, Any], names: tuple[str, ...]
):
    limits = [composed["services"][name]["deploy"]["resources"]["limits"] for name in names]
    assert sum(float(one["cpus"]) for one in limits) <= 2
    assert sum(int(one["memory"].removesuffix("M")) for one in limits) <= 2048 - 128
    assert all(one["pids"] <= 256 for one in limits)


def test_no_secret_stands_in_the_composition(composed: dict[str, Any]):
    for secret in composed["secrets"].values():
        assert set(secret) == {"file"}
    for name, service in composed["services"].items():
        for variable, value in service["environment"].items():
            if re.search("TOKEN|KEY|PASSWORD|SECRET", variable):
                assert variable.endswith(("_FILE", "_DIR")), (name, variable)
                assert str(value).startswith("/run/"), (name, variable)


def test_the_store_and_the_application_read_one_and_the_same_token(composed: dict[str, Any]):
    keys = composed["services"]["app"]["volumes"][3]
    token = Path(composed["secrets"]["influxdb_token"]["file"])
    assert (str(token.parent), keys["target"]) == (keys["source"].removeprefix("./"), "/run/keys")
    assert token.name == f"{PREFIX}STORE_TOKEN".lower()
    influx = composed["services"]["influxdb"]
    assert influx["environment"]["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE"] == (
        "/run/secrets/influxdb_token"  # noqa: S105
    )
    assert "influxdb_token" in influx["secrets"]


def test_every_container_says_whether_it_is_well(composed: dict[str, Any]):
    assert "healthcheck" in composed["services"]["influxdb"]
    for dockerfile in DOCKERFILES:
        ((check),) = arguments(dockerfile, "HEALTHCHECK")
        assert json.loads(check.partition(" CMD ")[2])


def test_the_image_runs_the_python_that_everything_was_run_on():
    told = (ROOT / "pyproject.toml").read_text()
    (least,) = re.findall(r'^requires-python = ">=(\d+\.\d+)"$', told, re.MULTILINE)
    assert arguments(DEPLOY / "Dockerfile", "ARG") == [f"PYTHON={least}-slim-bookworm"]


def test_what_the_containers_write_is_not_checked_in(composed: dict[str, Any]):
    ignored = (DEPLOY / ".gitignore").read_text().splitlines()
    mounts = [m for service in composed["services"].values() for m in service.get("volumes", [])]
    assert {f"/{Path(mount['source']).parts[0]}/" for mount in mounts} <= set(ignored)


def test_compose_itself_takes_it_in_every_profile(tmp_path: Path):
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("needs docker-compose")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(DEPLOY / ".env.example", tmp_path / "deploy/.env")
    for profiles in ("default", "local", "fleet", "default,remote", "local,remote", "fleet,remote"):
        subprocess.run(
            [program, "config", "--quiet"], cwd=tmp_path / "deploy", check=True,
            env={**os.environ, "COMPOSE_PROFILES": profiles},
        )  # fmt: skip


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_follows_the_rules(dockerfile: Path):
    found = instructions(dockerfile)
    names = [name for name, _ in found]
    assert "ADD" not in names
    assert "MAINTAINER" not in names
    users = arguments(dockerfile, "USER")
    assert re.fullmatch(r"1000[12]:1000[12]", users[-1])
    assert names.index("USER") < names.index("ENTRYPOINT")
    for base in arguments(dockerfile, "FROM"):
        assert ":" in base
        assert "latest" not in base
    for shell in arguments(dockerfile, "RUN"):
        assert not re.search(r"\b(sudo|curl|wget|cd|chmod 777)\b", shell)
        if "apt-get install" in shell:
            assert shell.startswith(
                "apt-get update && apt-get install --yes --no-install-recommends"
            )
            assert "rm -rf /var/lib/apt/lists/*" in shell
    for name in ("ENTRYPOINT", "CMD"):
        for argument in arguments(dockerfile, name):
            assert isinstance(json.loads(argument), list)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_goes_into_an_image_is_named_and_there(dockerfile: Path):
    ignore = dockerfile.with_name("Dockerfile.dockerignore").read_text().splitlines()
    assert next(line for line in ignore if not line.startswith("#")) == "*"
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    copied = {
        source
        for argument in arguments(dockerfile, "COPY") if "--from" not in argument
        for source in argument.split()[:-1]
    }  # fmt: skip
    assert copied == let_in
    for source in copied:
        assert (ROOT / source).exists(), source
    for script in (DEPLOY / "remote").glob("*.sh"):
        assert script.stat().st_mode & 0o111 == 0o111, script.name


def test_the_application_is_installed_from_what_the_lock_names_and_nothing_else():
    downloads, installs = [
        part
        for shell in arguments(DEPLOY / "Dockerfile", "RUN")
        for part in shell.split(" && ")
        if "pip download" in part
    ], [
        part
        for shell in arguments(DEPLOY / "Dockerfile", "RUN")
        for part in shell.split(" && ")
        if re.search(r"pip (install|wheel)", part)
    ]  # fmt: skip
    (download,) = downloads
    assert "--require-hashes" in download
    assert "-r requirements.lock" in download
    assert len(installs) == 3
    assert all("--no-index" in install for install in installs)


@dataclass
class Serving:
    """The entry point at work on the image's files, as in a container."""

    process: subprocess.Popen[bytes]
    port: int
    environment: dict[str, str]
    tree: Path
    places: dict[str, Path]
    said: Path
    before: dict[str, int]

    def healthy(self) -> bool:
        asked = [sys.executable, "-I", str(self.tree / "health.py")]
        ended = subprocess.run(asked, env=self.environment, capture_output=True, check=False)
        return ended.returncode == 0

    def command(self, *words: str) -> str:
        """What a command says in the same container."""
        asked = [sys.executable, "-m", "chocolate_factory", *words]
        return subprocess.run(
            asked, env=self.environment, cwd=self.places["data"], check=True,
            capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip

    def ask(self, request: bytes) -> bytes:
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                received += chunk
        return received

    def post(self, path: str, *headers: str) -> bytes:
        head = [f"POST {path} HTTP/1.1", "Host: plant.example", "Connection: close", *headers]
        return self.ask("\r\n".join([*head, "Content-Length: 0", "", ""]).encode())

    def audited(self, name: str) -> list[dict[str, str]]:
        lines = (self.places["logs"] / f"{name}.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def contents(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the image holds, in a plain folder that nobody may write."""
    image = tmp_path_factory.mktemp("image")
    shutil.copytree(
        ROOT / "src/chocolate_factory", image / "lib/chocolate_factory",
        ignore=shutil.ignore_patterns("__pycache__"),
    )  # fmt: skip
    shutil.copy(DEPLOY / "health.py", image / "health.py")
    folders = [image, *(path for path in image.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield image
    for folder in folders:
        folder.chmod(0o755)


@pytest.fixture(scope="module")
def serving(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The image's entry point with the image's variables, and folders in the place of mounts."""
    by_image = dict(
        word.split("=", 1)
        for argument in arguments(DEPLOY / "Dockerfile", "ENV")[1:]
        for word in shlex.split(argument)
    )
    assert by_image.pop("PATH").startswith("/opt/venv/bin:")
    mounts = tmp_path_factory.mktemp("mounts")
    places = {name: mounts / name for name in ("data", "models", "logs", "keys")}
    for place in places.values():
        place.mkdir()
    (places["keys"] / f"{PREFIX}AEMET_KEY".lower()).write_text("a-key\n")
    port = free_port()
    sources = [name for name in Settings.model_fields if name.endswith("_url")]
    environment = {
        **by_image,
        **{
            f"{PREFIX}{name.upper()}": "http://127.0.0.1:9"
            for name in sources if name not in {"store_url", "cluster_url"}
        },
        f"{PREFIX}DATA_DIR": str(places["data"]),
        f"{PREFIX}MODELS_DIR": str(places["models"]),
        f"{PREFIX}LOG_DIR": str(places["logs"]),
        f"{PREFIX}SECRETS_DIR": str(places["keys"]),
        f"{PREFIX}HOST": "127.0.0.1",
        f"{PREFIX}PORT": str(port),
        f"{PREFIX}SERVER_NAMES": "plant.example",
        "PYTHONPATH": str(image / "lib"),
    }  # fmt: skip
    (entry,) = arguments(DEPLOY / "Dockerfile", "ENTRYPOINT")
    (command,) = arguments(DEPLOY / "Dockerfile", "CMD")
    assert json.loads(entry) == ["chocolate-factory"]
    said, before = mounts / "said", contents(image)
    with said.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "chocolate_factory", *json.loads(command)],
            env=environment, cwd=places["data"], stdout=file, stderr=file,
        )  # fmt: skip
    serving = Serving(process, port, environment, image, places, said, before)
    try:
        assert not serving.healthy()
        until(lambda: process.poll() is not None or serving.healthy(), within_s=120, every_s=0.5)
        assert process.poll() is None, said.read_text()
        yield serving
    finally:
        process.kill()
        process.wait()


def test_a_port_where_the_service_answers_is_well(serving: Serving):
    found = port_finding("port", "127.0.0.1", serving.port)
    assert (found.state, found.detail.partition(" on ")[0]) == ("ok", "the service answers")


def test_a_token_made_in_the_container_is_all_that_changes_something(serving: Serving):
    token = serving.command("token", "create", "ops", "--role", "admin")
    bearer = f"Authorization: Bearer {token}"
    answers = {
        "with it": serving.post("/ingest-now", bearer),
        "without": serving.post("/ingest-now"),
        "through a proxy": serving.post("/ingest-now", bearer, "X-Forwarded-For: 127.0.0.1"),
    }
    serving.command("token", "revoke", "ops")
    answers["revoked"] = serving.post("/ingest-now", bearer)
    assert {how: answer.split(b" ", 2)[1] for how, answer in answers.items()} == {
        "with it": b"202", "without": b"403", "through a proxy": b"403", "revoked": b"401",
    }  # fmt: skip
    assert [(line["who"].split(":")[0], line["outcome"]) for line in serving.audited("audit")] == [
        ("command line", "begun"), ("command line", "done"),
        ("token", "begun"), ("token", "202"),
        ("command line", "begun"), ("command line", "done"),
    ]  # fmt: skip
    assert [line["outcome"] for line in serving.audited("refused")] == ["403", "403", "401"]
    for place in (*serving.places["logs"].iterdir(), serving.said):
        assert token not in place.read_text()


def test_a_large_head_or_body_is_refused_by_the_server_itself(serving: Serving):
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert b" 200 OK" in serving.ask(head + b"X: " + b"x" * 8_000 + b"\r\n\r\n")
    assert serving.ask(head + b"X: " + b"x" * 40_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 413 ")
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    sent = b"POST /ingest-now HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    sent += b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5
    assert serving.ask(sent).startswith(b"HTTP/1.1 413 ")


def test_it_writes_only_where_it_may_says_no_key_and_ends_when_told(serving: Serving):
    serving.process.send_signal(signal.SIGTERM)
    # Drained, the server ends by the signal that it was given.
    assert serving.process.wait(timeout=60) in (0, -signal.SIGTERM)
    assert contents(serving.tree) == serving.before
    assert (serving.places["data"] / "chocolate-factory.db").exists()
    said = serving.said.read_text()
    assert "Traceback" not in said
    assert "a-key" not in said
