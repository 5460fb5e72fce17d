"""Names of languages that QuickTime files can hold: those of the Macintosh, no others."""

# Found by writing every ISO 639-2 name into a MOV with FFmpeg 8.1 and reading it back.
_HELD = frozenset({
    "alb", "amh", "ara", "arm", "asm", "aym", "aze", "baq", "bel", "ben", "bul", "bur", "cat",
    "ces", "chi", "dan", "dut", "dzo", "eng", "epo", "est", "fin", "fra", "geo", "ger", "gre",
    "grn", "guj", "heb", "hin", "hun", "ice", "ind", "iri", "ita", "jav", "jpn", "kal", "kan",
    "kas", "kaz", "khm", "kin", "kir", "kor", "kur", "lao", "lat", "lav", "lit", "mac", "mal",
    "mar", "may", "mlg", "mlt", "mol", "mon", "nep", "nor", "nya", "ori", "orm", "per", "pol",
    "por", "pus", "que", "ron", "run", "rus", "san", "sin", "slk", "slv", "snd", "som", "spa",
    "sve", "swa", "tam", "tat", "tel", "tgk", "tgl", "tha", "tib", "tir", "tuk", "tur", "uig",
    "ukr", "urd", "uzb", "vie", "wel", "yid",
})  # fmt: skip
# The same language by its other name.
_OTHER_NAMES = {
    **{"bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre", "eus": "baq"},
    **{"fas": "per", "fre": "fra", "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac"},
    **{"msa": "may", "mya": "bur", "nld": "dut", "rum": "ron", "slo": "slk", "sqi": "alb"},
    **{"swe": "sve", "zho": "chi"},
}


def quicktime_language(name: str) -> str | None:
    """Return by which name QuickTime knows a language, None where it knows none.

    >>> quicktime_language("deu"), quicktime_language("fra"), quicktime_language("gle")
    ('ger', 'fra', None)
    """
    known = _OTHER_NAMES.get(name, name)
    return known if known in _HELD or known == "und" else None
