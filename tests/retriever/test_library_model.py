"""Any sequence of adding, replacing, removing, reopening and losing indexes agrees with dicts."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from retriever import Library
from tests.retriever.hash_encoder import hash_encoder

WORDS = ("wye", "severn", "origin", "darwin", "kent", "北京", "plynlimon", "x")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map(lambda words: " ".join(words) + ".")
COLLECTIONS = st.sampled_from(("red", "blue"))
NAMES = st.sampled_from(("a.txt", "b.txt", "c.txt", "d.txt", "e.txt"))
Key = tuple[str, int]  # collection, document id


class LibraryMachine(RuleBasedStateMachine):
    """The model: which text each document of each collection holds, and which files gave it."""

    keys: Bundle[Key] = Bundle("keys")

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.model: dict[Key, str] = {}
        self.sources: dict[tuple[str, str], Key] = {}  # of a collection and a file's name
        self.used: set[int] = set()
        self.open()

    def open(self) -> None:
        self.library = Library.open(self.folder / "home", encoder=hash_encoder())

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.folder)

    @rule(target=keys, name=NAMES, text=TEXTS, collection=COLLECTIONS)
    def add(self, name: str, text: str, collection: str) -> Key:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        document = self.library.add(path, collection)
        assert document.state == "indexed"
        key = (collection, document.id)
        if key in self.model:
            assert self.model[key] == text  # the same bytes
        else:
            assert document.id not in self.used
            assert (collection, text) not in [(c, held) for (c, _), held in self.model.items()]
            self.used.add(document.id)
            self.model[key] = text
        earlier = self.sources.get((collection, name), key)
        self.sources[collection, name] = key
        if earlier not in self.sources.values():
            del self.model[earlier]
        return key

    @rule(target=keys, key=consumes(keys))
    def remove(self, key: Key) -> object:
        if key in self.model:  # neither removed through an equal key nor replaced
            self.library.remove([key[1]], key[0])
            del self.model[key]
            self.sources = {source: k for source, k in self.sources.items() if k != key}
        return multiple()

    @rule()
    def reopen(self) -> None:
        self.library.close()
        self.open()

    @rule()
    def lose_indexes(self) -> None:
        self.library.close()
        shutil.rmtree(self.folder / "home" / "indexes", ignore_errors=True)
        self.open()

    @rule(word=st.sampled_from(WORDS), collection=COLLECTIONS)
    def search(self, word: str, collection: str) -> None:
        hits = self.library.search(word, 1000, [collection])
        texts = {i: text for (name, i), text in self.model.items() if name == collection}
        assert {hit.passage.document_id for hit in hits} == set(texts)
        for hit in hits:
            passage = hit.passage
            whole = texts[passage.document_id]
            assert whole[passage.char_start : passage.char_end] == passage.text
        assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)

    @invariant()
    def lists_agree(self) -> None:
        for collection in ("red", "blue"):
            listed = {d.id for d in self.library.documents([collection])}
            assert listed == {i for name, i in self.model if name == collection}

    @rule()
    def verify(self) -> None:
        assert self.library.verify() == []


LibraryMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=15)
TestLibraryAgreesWithADict = LibraryMachine.TestCase
