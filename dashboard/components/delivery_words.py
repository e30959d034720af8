"""Why something did not arrive, in words, and when it is tried again."""

from datetime import datetime

from dashboard.i18n import N_, _, formats

ERRORS = {
    # of a receiver (pipelines/alerts)
    "no_answer": N_("получатель не отвечает"),
    "refused": N_("получатель отказал"),
    "bad_address": N_("адрес не разобран"),
    # of a folder (pipelines/editions)
    "EROFS": N_("папка открыта только для чтения"),
    "EACCES": N_("нет права писать в папку"),
    "EPERM": N_("нет права писать в папку"),
    "ENOSPC": N_("на диске нет места"),
    "EDQUOT": N_("место, отведённое на диске, кончилось"),
    "ENOENT": N_("папки нет и создать её нельзя"),
    "ENOTDIR": N_("на месте папки стоит файл"),
    "EEXIST": N_("на месте папки стоит файл"),
}


def error(code: str | None) -> str:
    """Word the code of what went wrong; one that is not known is shown as it is."""
    if not code:
        return ""
    return _(ERRORS[code]) if code in ERRORS else code.upper() if code.startswith("http") else code


def retry(moment: datetime | None) -> str:
    """Say when it is tried next, by the wall clock; "" where that is not known."""
    if moment is None:
        return ""
    return _("повтор в {time}").format(time=formats.clock(moment, seconds=True))
