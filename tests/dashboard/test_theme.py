"""States look the same everywhere, are told apart without colour, and can be read."""

import pytest

from dashboard import theme


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_states_of_a_clock_differ_without_colour():
    clocks = ("met", "breached", "overdue", "running", "cancelled", "no_data")
    assert len({theme.STATES[s].icon for s in clocks}) == len(clocks)
    assert len({theme.STATES[s].word for s in clocks}) == len(clocks)


def test_overdue_is_a_breach_still_open_one_colour_another_icon():
    assert theme.STATES["overdue"].colour == theme.STATES["breached"].colour
    assert theme.STATES["overdue"].icon != theme.STATES["breached"].icon


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["text", "greenText", "redText", "blueText", "orangeText", "grayText"]
)
def test_words_can_be_read_on_a_card(shade, name):
    assert contrast(theme.colour(name, shade), theme.colour("secondaryBackground", shade)) >= 4.5


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_alarm_text_can_be_read_on_its_tint(shade):
    for name in ("red", "orange"):
        pair = theme.colour(f"{name}Text", shade), theme.colour(f"{name}Background", shade)
        assert contrast(*pair) >= 4.5


def test_figures_get_every_state_and_the_frame():
    found = theme.palette("dark")
    frame = {"text", "muted", "border", "background", "accent"}
    series = {f"series_{n}" for n in range(8)}
    assert set(found) == set(theme.STATES) | frame | series
