"""Bytes as text, in whatever encoding they are."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import UnreadableDocument
from index.formats.text import decode

LANGUAGES = {
    "English": "The patient’s response was “complete” – no relapse in 95 % of cases. It costs £20, or 5 µg at 37 °C ± 2.",
    "German": "Die Müller fuhren über die Brücke nach Köln, weil das Wetter schön war. Später aßen sie Äpfel auf großen Straßen.",
    "French": "L'été dernier, nous avons mangé à la crêperie près de l'hôtel où Noël était déjà passé. Ça coûte cher.",
    "Spanish": "Los pacientes recibieron tratamiento y después fueron examinados de nuevo. ¿Qué pasó? El niño mejoró.",
    "Portuguese": "Os doentes receberam tratamento e não voltaram a ser examinados. A ação é rápida e eficaz em crianças.",
    "Finnish": "Potilaat saivat hoitoa kuuden kuukauden ajan, minkä jälkeen lääkärit tutkivat heidät uudelleen.",
    "Polish": "Zażółć gęślą jaźń. Pacjenci z białaczką otrzymywali leczenie przez sześć miesięcy, a następnie badania.",
    "Czech": "Pacienti s leukémií dostávali léčbu po dobu šesti měsíců a poté byli znovu vyšetřeni. Příliš žluťoučký kůň.",
    "Hungarian": "A betegek hat hónapon át kaptak kezelést, majd az orvosok megvizsgálták őket. Árvíztűrő tükörfúrógép.",
    "Turkish": "Hastalar altı ay boyunca tedavi gördü ve ardından yeniden muayene edildi, çünkü ağrı şiddetliydi.",
    "Latvian": "Pacienti ar leikēmiju tika ārstēti sešus mēnešus un pēc tam ārsti viņus pārbaudīja vēlreiz.",
    "Russian": "Пациенты с лейкозом получали лечение в течение шести месяцев, после чего их обследовали ещё раз.",
    "Greek": "Οι ασθενείς με λευχαιμία έλαβαν θεραπεία για έξι μήνες και στη συνέχεια εξετάστηκαν ξανά.",
    "Hebrew": "מטופלים עם לוקמיה קיבלו טיפול במשך שישה חודשים ולאחר מכן נבדקו שוב על ידי הרופאים.",
    "Arabic": "تلقى المرضى المصابون بسرطان الدم العلاج لمدة ستة أشهر ثم تم فحصهم مرة أخرى من قبل الأطباء.",
    "Japanese": "白血病の患者は六か月間治療を受け、その後再び医師によって検査されました。カタカナもあります。",
    "Chinese": "白血病患者接受了六个月的治疗，随后再次接受医生的检查。结果显示，大多数患者恢复良好。",
    "Taiwanese": "白血病患者接受了六個月的治療，隨後再次接受醫生的檢查。結果顯示，大多數患者恢復良好。",
    "Korean": "백혈병 환자들은 여섯 달 동안 치료를 받았으며 이후 의사들에 의해 다시 검사를 받았습니다.",
}
WESTERN = "English German French Spanish Portuguese Finnish".split()
OLD = [
    *((language, "cp1252") for language in WESTERN),
    *((language, "mac_roman") for language in ("German", "French", "Finnish")),
    *((language, encoding) for language in ("Polish", "Czech", "Hungarian") for encoding in ("cp1250", "iso8859_2")),
    *(("Russian", encoding) for encoding in ("cp1251", "koi8_r", "iso8859_5", "cp866")),
    *(("Hebrew", encoding) for encoding in ("cp1255", "iso8859_8")),
    *(("Greek", encoding) for encoding in ("cp1253", "iso8859_7")),
    *(("Japanese", encoding) for encoding in ("shift_jis", "euc_jp", "iso2022_jp")),
    *[("German", "cp850"), ("Turkish", "cp1254"), ("Latvian", "cp1257"), ("Arabic", "cp1256"), ("Arabic", "iso8859_6")],
    *[("Chinese", "gb18030"), ("Chinese", "gb2312"), ("Taiwanese", "big5"), ("Korean", "euc_kr")],
]
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
NAMES = "Müller, Muñoz, Françoise and Ångström wrote it in a year or so."
HOSPITAL = "北京协和医院 (Peking Union) took part in it."


@pytest.mark.parametrize(("language", "encoding"), OLD)
def test_text_in_the_encodings_of_old_is_read_as_it_was_written(language: str, encoding: str):
    text, _ = decode(LANGUAGES[language].encode(encoding))
    assert text == LANGUAGES[language]


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_unicode_is_read_with_and_without_a_byte_order_mark(language: str, encoding: str):
    lines = "\r\n".join(LANGUAGES[language][start : start + 9] for start in range(0, 90, 9))
    text, _ = decode(lines.encode(encoding))
    assert text.removeprefix("\ufeff") == lines


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        pytest.param(b"", "", "utf-8", id="nothing"),
        pytest.param(b"plain\r\n\x0cpage", "plain\r\n\x0cpage", "utf-8", id="ASCII, line ends and page breaks kept"),
        pytest.param(b"\xef\xbb\xbfbom", "\ufeffbom", "utf-8", id="the mark of UTF-8 stays in the text"),
        pytest.param(b"\xff\xfea\x00", "a", "utf-16", id="the mark of UTF-16 does not"),
        pytest.param(b"50 \xb5g", "50 µg", "cp1252", id="a single character is enough for Western text"),
        pytest.param(b"## k\xf6nnen\n\n\xe4\xf6\xfc\xdf\n", "## können\n\näöüß\n", "cp1252", id="umlauts in Markdown"),
        pytest.param(NAMES.encode("cp1252"), NAMES, "cp1252", id="names of many languages"),
        pytest.param(HOSPITAL.encode("gb18030"), HOSPITAL, "gb18030", id="Chinese in English"),
        pytest.param("\ue000\U000e0041\u202e".encode(), "\ue000\U000e0041\u202e", "utf-8", id="private, tag and direction characters stay"),
    ],
)  # fmt: skip
def test_the_encoding_is_named(content: bytes, text: str, encoding: str):
    assert decode(content) == (text, encoding)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"text\x00text", "byte 4 is NUL, so this is not a text file", id="NUL"),
        pytest.param(b"\xff\xfeabc", "byte 4 is not UTF-16", id="half a character of UTF-16"),
        pytest.param(b"\xff\xfea\x00\x00\x00", "character 1 is NUL", id="NUL in UTF-16"),
        pytest.param(bytes(range(1, 32)) * 9, "more control characters than text", id="control characters"),
        pytest.param("Köln ist schön. ".encode() * 9 + b"Z\xfcrich", "byte 163 is not UTF-8, though most of the file is", id="mixed"),
        pytest.param(bytes(range(128, 256)) * 9, "its encoding cannot be told. Save the file as UTF-8", id="every byte"),
        pytest.param(b"\x1b$B~~~~", "ISO2022_JP", id="an encoding that is said but not kept to"),
    ],
)  # fmt: skip
def test_what_is_not_text_or_cannot_be_told_is_refused(content: bytes, reason: str):
    with pytest.raises(UnreadableDocument, match=reason):
        decode(content)


def test_a_large_file_is_judged_by_a_part_of_it_and_decoded_whole():
    content = b"plain line\n" * 500_000 + "Größe der Straße\n".encode("cp1252") * 50_000
    text, encoding = decode(content)
    assert (encoding, len(text), text[-17:]) == ("cp1252", len(content), "Größe der Straße\n")


@given(st.binary(max_size=200))
@example(b"\x00\x00\xfe\xff\x00\x11\x00\x00")
def test_any_bytes_are_decoded_or_refused(content: bytes):
    with contextlib.suppress(UnreadableDocument):
        text, encoding = decode(content)
        assert text == content.decode(encoding)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"))))
def test_utf_8_is_never_taken_for_anything_else(text: str):
    assert decode(text.encode()) == (text, "utf-8")
