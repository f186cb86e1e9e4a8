"""A trained model comes back to the last bit, and nothing else is taken for one."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime

import numpy as np
import pytest

from chocolate_factory.errors import ArtefactInvalid
from chocolate_factory.forecasting import artefact
from chocolate_factory.forecasting.boosted import BoostedTrees
from chocolate_factory.forecasting.bridge import BridgedBySpot
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.linear import LassoLear
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.training import Trained, TrainedPart
from chocolate_factory.market.catalog import PVPC, SPOT

AT = datetime(2025, 11, 20, 3, 20, tzinfo=UTC)
STATE = (("spot", 24),)


@pytest.fixture(scope="module")
def known(make_series) -> Known:
    past = slots(make_series(date(2025, 3, 1), date(2025, 11, 19)))
    return Known(PVPC, past.first_day, past.hourly)


@pytest.fixture(scope="module")
def trained(known: Known) -> Trained:
    """Trees of a few rounds in one state, and past forecasts alone in another."""
    days = known.days[-3:]
    mean = np.random.default_rng(1).normal(size=(3, 2, 24)) / 3
    fitted = BridgedBySpot(BoostedTrees(rounds=3)).fit(known, 2)
    trees = TrainedPart(days, mean, fitted, days[-1])
    return Trained(
        PVPC,
        known.first_day,
        known.days[-1],
        {(): {"naive": TrainedPart(days, mean)}, STATE: {"boosted": trees}},
        {(): {"naive": float("nan")}, STATE: {"boosted": 0.1 / 0.3}},
    )


@pytest.fixture(scope="module")
def content(trained: Trained) -> bytes:
    return artefact.dump(trained, trained_at=AT)


def header_with(content: bytes, **changed: object) -> bytes:
    magic, header, body = content.split(b"\n", 2)
    return b"\n".join((magic, json.dumps(json.loads(header) | changed).encode(), body))


def test_every_number_comes_back_to_the_last_bit(trained: Trained, content: bytes) -> None:
    again = artefact.load(content, key=PVPC).trained
    assert (again.key, again.first_day, again.last_day) == (
        trained.key, trained.first_day, trained.last_day,
    )  # fmt: skip
    assert list(again.parts) == [(), STATE]
    for state, parts in trained.parts.items():
        for name, part in parts.items():
            found = again.parts[state][name]
            assert found.mean.tobytes() == part.mean.tobytes()
            assert (found.days == part.days).all()
            assert found.fitted_on == part.fitted_on
    assert again.error[STATE] == trained.error[STATE]
    assert np.isnan(again.error[()]["naive"])


def test_trees_foretell_the_same_after_their_return(
    trained: Trained, content: bytes, known: Known
) -> None:
    again = artefact.load(content, key=PVPC).trained.parts[STATE]["boosted"].fitted
    before = trained.parts[STATE]["boosted"].fitted
    assert again is not None
    assert before is not None
    assert again.predict(known, 2).tobytes() == before.predict(known, 2).tobytes()


def test_lasso_foretells_the_same_after_its_return_with_its_column_and_without(
    known: Known,
) -> None:
    days = known.days[-1:]
    told = np.random.default_rng(2).normal(size=(len(known) + 1, 24))
    beside = dataclasses.replace(known, inputs={"wind": KnownInput(24, told)})
    part = BridgedBySpot(LassoLear(windows=(180, 240)))
    fitted = part.fit(beside, 2)
    done = TrainedPart(days, np.zeros((1, 2, 24)), fitted, days[-1])
    trained = Trained(
        PVPC, known.first_day, days[-1], {STATE: {"lasso": done}}, {STATE: {"lasso": 0.7}}
    )
    content = artefact.dump(trained, trained_at=AT)
    again = artefact.load(content, key=PVPC).trained.parts[STATE]["lasso"].fitted
    assert again is not None
    for now in (beside, known):
        assert again.predict(now, 2).tobytes() == fitted.predict(now, 2).tobytes()
    assert fitted.predict(beside, 2).tobytes() != fitted.predict(known, 2).tobytes()


def test_it_says_what_it_was_made_from(content: bytes) -> None:
    about = artefact.load(content, key=PVPC).about
    assert about["history"] == "2025-03-01..2025-11-19"
    assert about["columns"] == "spot"
    assert about["error of the naive's (spot 24 h ahead)"] == "boosted 0.333"
    assert {"program", "library numpy", "library lightgbm"} <= about.keys()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"program": "0.0.1"}, r"of version 0\.0\.1"),
        ({"format": 1}, "of version"),
        ({"versions": "0" * 40}, "other code or with other libraries"),
        ({"sha256": "0" * 64}, "its checksum is not"),
        ({"states": [{"state": [], "error": {}, "parts": {"naive": {"trees": 1}}}]}, "damaged"),
        ({"states": None}, "damaged"),
        ({"first_day": "yesterday"}, "damaged"),
        ({"versions": "0" * 40, "libraries": []}, "damaged"),
        ({"states": [{"state": [["spot", 1e999]], "error": {}, "parts": {}}]}, "damaged"),
    ],
)
def test_another_version_or_content_is_refused_with_the_reason(
    content: bytes, changed: dict[str, object], why: str
) -> None:
    with pytest.raises(ArtefactInvalid, match=why):
        artefact.load(header_with(content, **changed), key=PVPC)


def test_a_model_of_another_series_is_refused(content: bytes) -> None:
    with pytest.raises(ArtefactInvalid, match="of pvpc@peninsula, not of spot@peninsula"):
        artefact.load(content, key=SPOT)


@pytest.mark.parametrize("cut", [0, 10, 30, 400, -1])
def test_bytes_that_are_cut_off_are_refused(content: bytes, cut: int) -> None:
    with pytest.raises(ArtefactInvalid, match="damaged"):
        artefact.load(content[:cut], key=PVPC)


def test_a_header_that_is_too_deep_is_refused(content: bytes) -> None:
    magic, _, body = content.split(b"\n", 2)
    deep = b"\n".join((magic, b'{"format":' + b"[" * 100_000, body))
    for read in (artefact.load, artefact.told_by):
        with pytest.raises(ArtefactInvalid, match="damaged"):
            read(deep, key=PVPC)


@pytest.mark.parametrize("at", [9, 0])
def test_arrays_that_do_not_unpack_are_refused_under_a_right_checksum(
    content: bytes, at: int
) -> None:
    body = bytearray(content.split(b"\n", 2)[2])
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        first = archive.infolist()[0]
    packed = 30 + int.from_bytes(body[26:28], "little") + int.from_bytes(body[28:30], "little")
    if at:  # a kind of packing that is none
        central = body.index(b"PK\x01\x02")
        body[8] = body[central + 10] = at
    else:
        body[packed : packed + first.compress_size] = b"\xff" * first.compress_size
    right = hashlib.sha256(body).hexdigest()
    magic, header, _ = content.split(b"\n", 2)
    told = header_with(b"\n".join((magic, header, bytes(body))), sha256=right)
    with pytest.raises(ArtefactInvalid, match=r"damaged"):
        artefact.load(told, key=PVPC)


@pytest.mark.parametrize("about", [b"{'descr': '<i8', 'shape': (", b"{}\n  1\n 2", b"1_", b"\xff"])
def test_an_array_that_says_nonsense_of_itself_is_refused(content: bytes, about: bytes) -> None:
    magic, header, body = content.split(b"\n", 2)
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(told, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"\x93NUMPY\x01\x00" + len(about).to_bytes(2, "little") + about)
    right = hashlib.sha256(told.getvalue()).hexdigest()
    wrong = header_with(b"\n".join((magic, header, told.getvalue())), sha256=right)
    with pytest.raises(ArtefactInvalid, match="damaged"):
        artefact.load(wrong, key=PVPC)


def test_bytes_of_another_kind_are_refused() -> None:
    with pytest.raises(ArtefactInvalid, match=r"model\.pkl is damaged"):
        artefact.load(b"\x80\x04cos\nsystem\n.", key=PVPC, where="model.pkl")


def test_a_fit_that_is_not_of_trees_is_not_kept(trained: Trained) -> None:
    class Other:
        def predict(self, known, leads):
            raise NotImplementedError

    part = dataclasses.replace(trained.parts[STATE]["boosted"], fitted=Other())
    with pytest.raises(TypeError, match="cannot be kept"):
        artefact.dump(dataclasses.replace(trained, parts={STATE: {"b": part}}), trained_at=AT)
