"""Texts for properties: everything that XML can say."""

from hypothesis import strategies as st

_XML = st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32))) + "\ufffe\uffff")
_NASTY = st.sampled_from(
    [
        "\t", "\n", "\r", "\r\n", " ", "\u00a0", "\u0085", "\u2028", "\u200b", "\ufeff", "\x7f", "\x9f", "]]>",
        "<![CDATA[", "&amp;", "&#13;", "<", "&", ">", '"', "'", "--", "<?x?>", "{}", "%s", "\\", "\u0301", "\U0001f600",
        "\U0010fffd", "\ud7ff", "\ue000", "\ufffd", "\ufdd0", "0", "null", "nil",
    ]
)  # fmt: skip


def xml_texts(max_size: int = 20) -> st.SearchStrategy[str]:
    """Texts of all characters that XML 1.0 has, the troublesome ones more often."""
    return st.lists(_XML | _NASTY, max_size=max_size).map("".join)
