"""Navigation and the frame of every page; run through `dashboard/asgi.py`, nothing else here."""

import streamlit as st

from dashboard import access, data, theme
from dashboard.components import frame
from dashboard.i18n import _, formats
from dashboard.pages import HOME, MISSING, PAGES
from pipelines.errors import LakeError, LiniyaError, NoLakeError

frame.language_from_address()
st.set_page_config(page_title=_("Линия"), page_icon=str(theme.FAVICON), layout="wide")
frame.style()
formats.set_zone(data.settings().tz)

try:
    person = access.current(data.settings())
except LiniyaError as error:
    st.error(str(error))
    st.stop()
if person is None:
    frame.entrance()
    st.stop()

pages = {
    page_id: st.Page(PAGES[page_id].file, title=PAGES[page_id].menu, url_path=page_id)
    for page_id in access.ROLES[person.role].pages
}
home = next(iter(pages.values()))
closed = [
    st.Page(frame.closed, title=PAGES[page_id].menu, url_path=page_id, visibility="hidden")
    for page_id in PAGES
    if page_id not in pages
]
missing = st.Page(frame.missing, title=_("Линия"), url_path=MISSING, visibility="hidden")
root = st.Page(
    lambda: st.switch_page(home),
    title=_("Линия"),
    url_path=HOME,
    default=True,
    visibility="hidden",
)
chosen = st.navigation([root, *pages.values(), *closed, missing])
frame.sidebar(person)
for page_id, at in pages.items():
    if chosen is at:
        frame.enter_page(PAGES[page_id])
try:
    chosen.run()
except NoLakeError as error:
    frame.no_lake(error)
except LakeError as error:
    frame.closed_lake(error)
