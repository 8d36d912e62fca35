"""The encrypted file: what it protects, and what it does when something is wrong."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.encrypted import EncryptedFile
from ringlet.store.secrets.key_sources import KeySource, find_source, generated_source

CANARY = "sk-canary-51d0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "secrets"


def open_store(folder: Path, source: KeySource | None = None) -> EncryptedFile:
    generated = generated_source(folder.parents[1] / "state")
    return EncryptedFile(
        folder, folder.parent / "quarantine", source=source or generated, generated=generated
    )


def key_file(path: Path, text: str = "k" * 40, mode: int = 0o600) -> KeySource:
    path.write_text(text)
    path.chmod(mode)
    return KeySource("file", path=path)


async def test_secrets_survive_a_restart(folder: Path) -> None:
    store = open_store(folder)
    await store.put("a", Secret("one"))
    await store.put("b", Secret("two\n"))
    await store.put("a", Secret("three"))
    again = open_store(folder)
    assert await again.get("a") == Secret("three")
    assert await again.get("b") == Secret("two\n")
    assert await again.get("c") is None
    assert await again.names() == ["a", "b"]
    assert [await again.delete("a"), await again.delete("a")] == [True, False]
    assert await open_store(folder).names() == ["b"]


async def test_reading_an_empty_store_makes_no_file(folder: Path, tmp_path: Path) -> None:
    store = open_store(folder)
    assert await store.get("a") is None
    assert await store.names() == []
    assert not await store.delete("a")
    assert os.listdir(tmp_path) == ["home"]


async def test_no_file_holds_a_secret_in_the_clear(folder: Path, tmp_path: Path) -> None:
    await open_store(folder).put("name", Secret(CANARY))
    places = [*(tmp_path / "config").rglob("*"), *(tmp_path / "state").rglob("*")]
    assert {path.name for path in places} >= {"secrets", "store.enc", "secrets.key"}
    for path in places:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
        assert path.is_dir() or CANARY.encode() not in path.read_bytes()


async def test_each_write_has_a_nonce_of_its_own(folder: Path) -> None:
    store = open_store(folder)
    seen = set()
    for _ in range(5):
        await store.put("a", Secret("same"))
        seen.add((folder / "store.enc").read_bytes())
    assert len(seen) == 5


async def test_a_record_cannot_be_given_another_name(folder: Path) -> None:
    store = open_store(folder)
    await store.put("mine", Secret("one"))
    await store.put("other", Secret("two"))
    document = msgspec.json.decode((folder / "store.enc").read_bytes())
    document["records"]["mine"] = document["records"]["other"]
    (folder / "store.enc").write_bytes(msgspec.json.encode(document))
    with pytest.raises(RingletError, match=r"'mine'.* is damaged"):
        await store.get("mine")
    assert await store.get("other") == Secret("two")


async def test_a_record_of_another_store_does_not_open(folder: Path, tmp_path: Path) -> None:
    source = key_file(tmp_path / "key")
    await open_store(folder, source).put("a", Secret("one"))
    foreign = tmp_path / "foreign" / "secrets"
    await open_store(foreign, source).put("a", Secret("two"))
    document = msgspec.json.decode((folder / "store.enc").read_bytes())
    other = msgspec.json.decode((foreign / "store.enc").read_bytes())
    document["records"] = other["records"]
    (folder / "store.enc").write_bytes(msgspec.json.encode(document))
    with pytest.raises(RingletError, match="damaged"):
        await open_store(folder, source).get("a")


async def test_a_wrong_key_changes_nothing(folder: Path, tmp_path: Path) -> None:
    source = key_file(tmp_path / "key")
    await open_store(folder, source).put("a", Secret("one"))
    before = (folder / "store.enc").read_bytes()
    wrong = open_store(folder, key_file(tmp_path / "wrong", "w" * 40))
    with pytest.raises(RingletError, match="does not open") as caught:
        await wrong.get("a")
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE
    with pytest.raises(RingletError, match="does not open"):
        await wrong.put("a", Secret("two"))
    with pytest.raises(RingletError, match="does not open"):
        await wrong.delete("a")
    assert (folder / "store.enc").read_bytes() == before
    assert await open_store(folder, source).get("a") == Secret("one")


async def test_a_lost_generated_key_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    await open_store(folder).put("a", Secret("one"))
    (tmp_path / "state" / "secrets.key").unlink()
    for attempt in (open_store(folder).get("a"), open_store(folder).put("b", Secret("two"))):
        with pytest.raises(RingletError, match="missing"):
            await attempt
    assert not (tmp_path / "state" / "secrets.key").exists()


async def test_a_store_with_a_key_file_says_so_when_none_is_given(
    folder: Path, tmp_path: Path
) -> None:
    await open_store(folder, key_file(tmp_path / "key")).put("a", Secret("one"))
    with pytest.raises(RingletError, match="RINGLET_SECRETS_KEY_FILE"):
        await open_store(folder).get("a")


async def test_a_store_moves_from_the_generated_key_to_a_better_one(
    folder: Path, tmp_path: Path
) -> None:
    await open_store(folder).put("a", Secret("one"))
    source = key_file(tmp_path / "key")
    better = open_store(folder, source)
    assert await better.get("a") == Secret("one")
    await better.put("b", Secret("two"))
    (tmp_path / "state" / "secrets.key").unlink()
    again = open_store(folder, source)
    assert await again.get("a") == Secret("one")
    assert await again.get("b") == Secret("two")


async def test_a_passphrase_opens_its_store_and_no_other_does(folder: Path) -> None:
    source = KeySource("passphrase", passphrase=Secret("correct horse"))
    store = open_store(folder, source)
    await store.put("a", Secret("one"))
    await store.put("b", Secret("two"))
    assert await open_store(folder, source).get("a") == Secret("one")
    wrong = KeySource("passphrase", passphrase=Secret("battery"))
    with pytest.raises(RingletError, match="the passphrase does not open"):
        await open_store(folder, wrong).get("a")
    assert "horse" not in repr(source)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\0" * 300, b"\xef\xbb\xbf{}", b"[1]", b'{"schema_version":1}']
)
async def test_a_damaged_file_is_set_aside_and_never_taken_for_empty(
    damage: bytes, folder: Path
) -> None:
    store = open_store(folder)
    await store.put("a", Secret("one"))
    (folder / "store.enc").write_bytes(damage)
    for _ in range(2):
        with pytest.raises(RingletError, match="was damaged") as caught:
            await store.get("a")
        assert caught.value.code is ErrorCode.STORAGE_ERROR
    with pytest.raises(RingletError, match="was damaged"):
        await store.names()
    (aside,) = (folder.parent / "quarantine").iterdir()
    assert aside.name.startswith("store.enc.")
    assert aside.read_bytes() == damage
    assert len(store.problems) == 1
    await store.put("b", Secret("two"))
    assert await store.get("b") == Secret("two")


async def test_a_folder_in_place_of_the_file_is_set_aside(folder: Path) -> None:
    (folder / "store.enc").mkdir(parents=True)
    store = open_store(folder)
    with pytest.raises(RingletError, match="was damaged"):
        await store.get("a")
    await store.put("a", Secret("one"))
    assert await store.get("a") == Secret("one")


async def test_a_file_of_a_newer_version_is_left_alone(folder: Path) -> None:
    await open_store(folder).put("a", Secret("one"))
    newer = b'{"schema_version":2,"new":true}'
    (folder / "store.enc").write_bytes(newer)
    with pytest.raises(RingletError, match="newer version"):
        await open_store(folder).put("a", Secret("two"))
    assert (folder / "store.enc").read_bytes() == newer


@pytest.mark.parametrize("text", ["", "x" * 70_000])
async def test_an_empty_or_huge_secret_is_refused(text: str, folder: Path) -> None:
    with pytest.raises(RingletError, match="must have 1 to"):
        await open_store(folder).put("a", Secret(text))


def test_many_processes_can_write_at_once(folder: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from test_encrypted import open_store; from ringlet.domain.secret import Secret\n"
        "async def main():\n"
        "    store = open_store(Path(sys.argv[2]))\n"
        "    for n in range(10): await store.put(f'{sys.argv[3]}-{n}', Secret(str(n)))\n"
        "asyncio.run(main())"
    )
    here = str(Path(__file__).parent)
    writers = [
        subprocess.Popen([sys.executable, "-c", code, here, str(folder), f"w{number}"])
        for number in range(3)
    ]
    assert [writer.wait(30) for writer in writers] == [0, 0, 0]
    assert len(asyncio.run(open_store(folder).names())) == 30
    assert asyncio.run(open_store(folder).get("w2-9")) == Secret("9")


async def test_tasks_of_one_process_can_write_at_once(folder: Path) -> None:
    stores = [open_store(folder) for _ in range(3)]
    await asyncio.gather(
        *(store.put(f"s{i}-{n}", Secret("x")) for i, store in enumerate(stores) for n in range(5))
    )
    assert len(await stores[0].names()) == 15


def test_the_sources_of_the_key_have_an_order(tmp_path: Path) -> None:
    passphrase = Secret("p")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "ringlet-key").write_text("c" * 32)
    environ = {"RINGLET_SECRETS_KEY_FILE": "/k", "CREDENTIALS_DIRECTORY": str(credentials)}

    def find(*names: str, passphrase: Secret | None = None) -> KeySource:
        chosen = {name: environ[name] for name in names}
        return find_source(chosen, state_dir=tmp_path, passphrase=passphrase)

    assert find(*environ, passphrase=passphrase).path == Path("/k")
    assert find("CREDENTIALS_DIRECTORY", passphrase=passphrase).path == credentials / "ringlet-key"
    assert find(passphrase=passphrase).kind == "passphrase"
    assert find().kind == "generated"


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [("k" * 40, 0o644, "other users"), ("short", 0o600, "less than 32")],
)
def test_a_key_file_that_protects_nothing_is_refused(
    text: str, mode: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RingletError, match=message):
        key_file(tmp_path / "key", text, mode).derive(b"salt")


def test_a_line_end_behind_the_key_does_not_matter(tmp_path: Path) -> None:
    plain = key_file(tmp_path / "plain", "k" * 40)
    edited = key_file(tmp_path / "edited", "k" * 40 + "\n")
    assert plain.derive(b"salt") == edited.derive(b"salt")


def test_cryptography_is_loaded_at_first_use() -> None:
    code = "import sys, ringlet.store.secrets.choice; print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
