"""Text in the encodings that exports come in."""

import random
from pathlib import Path

import pytest
from support.order_files import values, write

from recsvc.errors import UnreadableSourceError
from training.sources.encodings import detect_encoding
from training.sources.order_sources import OrderSources, read_orders
from training.sources.raw_orders import RawOrders

WORDS = {
    "German": ("cp1252", "Müller Straße Äpfel grün Öl Kühltasche Süßigkeiten Größe"),
    "German on an old Mac": ("mac_roman", "Müller Straße Äpfel grün Öl Größe"),
    "German in DOS": ("cp850", "Müller Straße Äpfel grün Öl Größe"),
    "with a euro of Latin-9": ("iso8859_15", "12,50€ Müller"),
    "French": ("cp1252", "Café crème brûlée pâté Noël forêt théière gâteau"),
    "one word": ("cp1252", "café"),
    "signs only": ("cp1252", "12,50€ £3 20°C “Mug”"),
    "Spanish": ("cp1252", "Niño jalapeño cafetera eléctrica azúcar jabón bañera"),
    "Portuguese": ("cp1252", "Pão camarão coração café açúcar lençóis"),
    "Italian": ("cp1252", "Caffè qualità città più tè"),
    "Danish": ("cp1252", "Rødgrød køleskab æbler blå stol grøn"),
    "Swedish": ("cp1252", "Smörgås blå köttbullar äpple grön"),
    "Finnish": ("cp1252", "pöytä tyyny hyvä keittiö sänky"),
    "many languages": ("cp1252", "Smörgås Jalapeño Café Größe crème"),
    "many languages on an old Mac": ("mac_roman", "Smörgås Jalapeño Café Größe crème"),
    "Polish": ("cp1250", "Krzesło półka świeca łyżka żółty dziecięcy"),
    "Polish in Latin-2": ("iso8859_2", "Krzesło półka świeca łyżka żółty dziecięcy"),
    "Czech": ("cp1250", "Černý stůl dřevěná židle křeslo dětská lžíce bílý příbor"),
    "Hungarian": ("cp1250", "Erdő kő gyűrű asztali lámpa bögre szék kék fűszer"),
    "Czech in DOS": ("cp852", "Černý stůl dřevěná židle křeslo dětská lžíce bílý příbor"),
    "Croatian": ("cp1250", "Žlica čaša stolić đak šalica"),
    "Turkish": ("cp1254", "Şeker kaşık ağaç masa ışık çanta gümüş yatak örtüsü"),  # noqa: RUF001  Turkish
    "Lithuanian": ("cp1257", "Kėdė šaukštas žalia lėkštė puodelis"),
    "Greek": ("cp1253", "Καρέκλα τραπέζι κόκκινο ποτήρι"),
    "Russian": ("cp1251", "Ложка нож скатерть тарелка белая чашка"),
    "one Russian word": ("cp1251", "Нож"),
    "Russian of Unix": ("koi8_r", "Ложка нож скатерть тарелка белая чашка"),
    "Russian in DOS": ("cp866", "Ложка нож скатерть тарелка белая чашка"),
    "Japanese": ("cp932", "湯呑み 日本茶碗 表示ソ 箸 コーヒー Tシャツ"),
    "Japanese of Unix": ("euc_jp", "湯呑み 日本茶碗 箸 コーヒー"),
    "Chinese": ("gb18030", "茶杯 椅子 红色 桌子"),
    "Chinese of Taiwan": ("big5", "茶杯 椅子 紅色 桌子"),
    "Korean": ("cp949", "찻잔 의자 빨간 책상"),
}


@pytest.mark.parametrize(("encoding", "text"), WORDS.values(), ids=WORDS)
def test_letters_tell_the_encoding(encoding: str, text: str) -> None:
    found = detect_encoding([word.encode(encoding) for word in text.split()])
    assert found is not None
    assert text.encode(encoding).decode(found) == text


def test_noise_is_in_no_encoding() -> None:
    noise = random.Random(1)  # noqa: S311  not a secret
    lines = [bytes(noise.randrange(128, 256) for _ in range(40)) for _ in range(8)]
    assert detect_encoding(lines) is None


def table(words: str) -> str:
    return "user_id,item_id,title\n" + "".join(f"u{n},i{n},{word}\n" for n, word in enumerate(words.split()))


def read(path: str, encoding: str | None = None) -> RawOrders:
    return read_orders(OrderSources((path,)), {}, encoding)


def titles(raw: RawOrders) -> list[object]:
    return [title for (title,) in values(raw, "title")]


@pytest.mark.parametrize(("encoding", "name"), [("cp1250", "windows-1250"), ("iso8859_2", "iso-8859-2")])
def test_a_file_is_read_in_the_encoding_its_letters_show(tmp_path: Path, encoding: str, name: str) -> None:
    words = WORDS["Czech"][1]
    raw = read(write(tmp_path, table(words).encode(encoding)))
    assert (titles(raw), raw.files[0].encoding) == (words.split(), name)


def test_a_file_whose_letters_make_sense_in_no_encoding_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, table("Caf\x81\x8d\x90 \x9d\xff\xa0\xd7x \xf7\xb2\xb9\xad").encode("latin-1"))
    with pytest.raises(UnreadableSourceError, match=r"orders.csv is not UTF-8.*--encoding windows-1250"):
        read(path)


@pytest.mark.parametrize(
    "encoding", ["cp852", "cp1252", "utf-8", "utf-16", "utf-16-le", "utf-8-sig", "shift_jis"]
)
def test_an_encoding_that_somebody_said_is_used(tmp_path: Path, encoding: str) -> None:
    words = "Größe Mug" if encoding != "shift_jis" else "表示ソ 箸"
    raw = read(write(tmp_path, table(words).encode(encoding)), encoding)
    assert (titles(raw), raw.files[0].encoding) == (words.split(), encoding)


def test_an_encoding_that_somebody_said_wins_over_what_the_letters_show(tmp_path: Path) -> None:
    path = write(tmp_path, table("Krzesło").encode("cp1250"))
    assert titles(read(path, "cp1252")) == ["Krzes³o"]


def test_a_damaged_line_in_a_utf8_file_does_not_change_the_others(tmp_path: Path) -> None:
    words = "Łyżka Półka Świeca"
    text = table(words).encode() + b"u9,i9,Gr\xf6\xdfe\n"
    raw = read(write(tmp_path, text))
    assert titles(raw) == [*words.split(), "Größe"]
    assert raw.files[0].encoding == "utf-8 and windows-1252, mixed"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_seen_by_its_nuls_in_any_script(tmp_path: Path, encoding: str) -> None:
    words = "Ложка скатерть тарелка " * 40
    raw = read(write(tmp_path, table(words).encode(encoding)))
    assert titles(raw) == words.split()


def test_an_encoding_that_shows_late_is_found(tmp_path: Path) -> None:
    rows = "".join(f"u{n},i{n},Mug\n" for n in range(400_000))
    path = write(tmp_path, ("user_id,item_id,title\n" + rows + "u,i,Krzesło\nu,j,Świeca\n").encode("cp1250"))
    assert titles(read(path))[-2:] == ["Krzesło", "Świeca"]
