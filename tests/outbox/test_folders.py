"""Editions into folders: a set appears whole or not at all, is never replaced, and is known again after a crash."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from o7_warehouse.editions.folders import set_folder
from o7_warehouse.outbox import folder as folders
from o7_warehouse.outbox.letter import LETTER, SUMS
from tests.editions.desk import FIRST
from tests.outbox.hours import later


def there(post, name="folder"):
    """The sets in a recipient's folder, with their files."""
    return {
        place.name: {path.name: path.read_bytes() for path in place.iterdir()}
        for place in (post.folder / name).iterdir()
    }


def test_the_whole_set_lies_under_the_name_of_its_edition_with_a_letter_and_sums(post):
    post.issued(post.folder_for())

    post.deliver()

    [(name, files)] = there(post).items()
    documents = {
        path.name: path.read_bytes()
        for path in set_folder(post.settings, FIRST).iterdir()
        if not path.name.startswith("data_") and path.name != "manifest.json"
    }
    assert name == "2025-Q4-01"
    assert {one: content for one, content in files.items() if one not in {LETTER, SUMS}} == documents
    listed = dict(line.split("  ")[::-1] for line in files[SUMS].decode().splitlines())
    assert listed == {one: hashlib.sha256(content).hexdigest() for one, content in documents.items()}
    assert post.states("folder") == ["queued", "sending", "sent"]
    assert post.said("folder") == "выложено целиком, файлов: 8"


def test_a_folder_of_ours_is_made_where_none_is(post):
    post.issued({"id": "own", "audience": "ministry", "channel": "folder", "address": "own"})
    try:
        post.deliver()

        assert (post.settings.state / "outbox" / "own" / "2025-Q4-01" / SUMS).is_file()
    finally:
        shutil.rmtree(post.settings.state / "outbox")


def test_a_mounted_folder_that_is_missing_is_waited_for_and_never_made(post):
    post.issued(post.folder_for())
    (post.folder / "folder").rmdir()

    post.deliver()

    assert not (post.folder / "folder").exists()
    assert post.said("folder") == "папка недоступна: No such file or directory"
    (post.folder / "folder").mkdir()
    post.deliver(now=later(30))
    assert list(there(post)) == ["2025-Q4-01"]


def test_another_set_under_the_same_name_is_never_replaced(post):
    post.issued(post.folder_for())
    strange = post.folder / "folder" / "2025-Q4-01"
    (strange / "x").mkdir(parents=True)
    (strange / "x" / "y").write_bytes(b"y")

    post.deliver()

    assert [path.name for path in strange.rglob("*")] == ["x", "y"]
    assert post.states("folder") == ["queued", "given_up"]


@pytest.mark.parametrize("step", ["write", "rename", "record"])
def test_a_crash_at_any_step_leaves_no_half_set_and_the_next_pass_ends_it(post, monkeypatch, step):
    post.issued(post.folder_for())
    with monkeypatch.context() as broken:
        _crash(broken, step)
        with pytest.raises(KeyboardInterrupt):
            post.deliver()
    visible = [name for name in there(post) if not name.startswith(".")]
    assert visible == (["2025-Q4-01"] if step == "record" else [])

    post.deliver()

    assert list(there(post)) == ["2025-Q4-01"]
    assert len(there(post)["2025-Q4-01"]) == 8
    assert post.states("folder")[-1] == "sent"
    if step == "record":
        assert post.said("folder") == "уже лежит целиком, файлов: 8"


def _crash(broken, step):
    """The process ends after the third file, before the set gets its name, or before anybody notes that it has."""
    if step == "write":
        written, left = folders._write, [3]  # noqa: SLF001 - the step that is killed

        def write(path, content):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            written(path, content)

        broken.setattr(folders, "_write", write)
    elif step == "rename":
        broken.setattr("pathlib.Path.rename", _interrupt)
    else:
        broken.setattr(folders, "_settle", _interrupt)


def _interrupt(*_):
    raise KeyboardInterrupt
