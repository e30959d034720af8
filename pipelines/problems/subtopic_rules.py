"""What holds of sub-topics for those who find them and those who count them."""

NONE = "none"  # the topic of a text that fits none
LEAST_TEXTS = (
    60  # distinct; three topics of twenty texts are the least that has held from fit to fit
)
MOST_TEXTS = 4_000  # more give the same topics, later
FIT_DAYS = 56  # a fit is to texts of so many days before,
LOOK_DAYS = 112  # where those hold too few, of so many; contacts of these are looked at
REFIT_DAYS = 28
