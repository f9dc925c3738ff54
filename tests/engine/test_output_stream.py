"""Text of programs: in pieces, in order, and never without end."""

from __future__ import annotations

from emout_lab.engine.output.stream import MAX_CHARACTERS, OutputStream


def test_what_was_cut_off_comes_first_and_only_once():
    transcript = OutputStream()
    transcript.write("stdout", "early")
    assert transcript.cut() == (0, (("stdout", "early"),))
    assert transcript.cut() == (1, ())
    transcript.write("stderr", "late")
    assert transcript.pieces() == ((("stdout", "early"),), (("stderr", "late"),))


def test_of_a_flood_the_beginning_is_kept_and_its_length_told():
    transcript = OutputStream()
    for _ in range(3 * MAX_CHARACTERS // 1000):
        transcript.write("stdout", "x" * 1000)
        transcript.cut()
    text = "".join(text for piece in transcript.pieces() for _, text in piece)
    kept, note = text[:MAX_CHARACTERS], text[MAX_CHARACTERS:]
    assert set(kept) == {"x"}
    assert note == f"\n… ({2 * MAX_CHARACTERS:,} characters more)\n"
