"""Many words looked up at once, against pymorphy3's own look-up of one word after the other."""

import functools
import zlib
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cleaning.dictionary import KNOWN, morph, readings_of

WORDS = (
    "а", "в", "еж", "елка", "ёлка", "решетка", "решётка", "семен", "семён", "артем", "королев",
    "королева", "иванов", "иванова", "ивановым", "перешел", "еще", "её", "пётр", "петр", "вера",
    "роман", "марта", "мой", "берег", "зеленой", "нет-нет", "санкт-петербург", "кто-то", "стекла",
    "переезжающее", "www", "хрмпф",
)  # fmt: skip


def _bit(tag: Any) -> int:
    return 1 << zlib.crc32(str(tag).encode()) % 50


def _joined(forms: Any) -> int:
    tag_of = morph().dictionary.build_tag_info
    return functools.reduce(int.__or__, (_bit(tag_of(*form)) | KNOWN for form in forms), 0)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(WORDS),
            st.builds(str.__add__, st.sampled_from(WORDS), st.text("аеёиймнов-", max_size=3)),
            st.text("абвгдеёжийклмнопрстуьыюя-", min_size=1, max_size=8),
            st.text(st.characters(categories=["L"]), min_size=1, max_size=4),
        ),
        max_size=20,
        unique=True,
    )
)
def test_many_words_at_once_are_read_as_pymorphy3_reads_each(words):
    dawg, column = morph().dictionary.words, pl.Series(words, dtype=pl.String)
    own = readings_of(column, _bit, with_yo=False).tolist()
    assert own == [_joined(dawg.get(word) or ()) for word in words]
    with_yo = readings_of(column, _bit, with_yo=True).tolist()
    alike = [dawg.similar_item_values(word, morph().char_substitutes) for word in words]
    assert with_yo == [_joined(form for some in several for form in some) for several in alike]
